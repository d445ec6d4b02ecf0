/* SPDX-License-Identifier: BSD-2-Clause */
/* The words for the contract's enums, as options, tables and logs spell them. */
#ifndef NAMES_H
#define NAMES_H

#include "shadow.h"

#define MODE_COUNT (MODE_ENFORCE + 1)
#define ENGINE_COUNT (ENGINE_BOTH + 1)

#define DEAD_AGENT_COUNT (DEAD_AGENT_MONITOR + 1)

extern const char *const dead_agent_names[DEAD_AGENT_COUNT];
extern const char *const response_names[RESPONSE_KINDS];
extern const char *const mode_names[MODE_COUNT];
extern const char *const engine_names[ENGINE_COUNT];
extern const char *const verdict_names[VERDICT_COUNT];
extern const char *const reason_names[REASON_COUNT];
extern const char *const class_role_names[CLASS_ROLE_COUNT];
extern const char *const score_is_names[SCORE_IS_COUNT];
extern const char *const tunnels_names[TUNNELS_COUNT];
extern const char *const answers_names[ONE_WAY_COUNT]; /* seen, unseen, lost: by enum one_way */
extern const char *const no_yes_names[2];
extern const char *const tunnel_names[TUNNEL_COUNT];
extern const char *const arm_names[ARM_COUNT];
extern const char *const suspension_names[SUSPENSIONS];

/* Like the tables, for values that come from a map or a ring: "unknown" for one that is none of the enum's. */
const char *mode_name(unsigned int mode);
const char *engine_name(unsigned int engine);
const char *verdict_name(unsigned int verdict);
const char *reason_name(unsigned int reason);
const char *class_role_name(unsigned int role);
const char *score_is_name(unsigned int score_is);
const char *tunnels_name(unsigned int tunnels);
const char *answers_name(unsigned int one_way);
const char *tunnel_name(unsigned int tunnel);
const char *arm_name(unsigned int arm);
const char *suspension_name(unsigned int suspension);

#endif
