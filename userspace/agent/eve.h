/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the verdict log: JSON objects with the field names of Suricata's EVE. Format: docs/verdict-log.md */
#ifndef EVE_H
#define EVE_H

#include <jansson.h>
#include "counters_read.h"
#include "shadow.h"

/* All return a new object, NULL when memory is short. */

/*
 * One verdict. `settings`: in force, for what a verdict does not say itself: the mode of flows in no scope, whether answers
 * are seen. `class`: what the score speaks for; NULL where the model tells only two apart.
 */
json_t *eve_from_event(const struct event *e, const struct settings *settings, const char *class);

/* EVENT_BLOCK. `settings` say how IPv6 sources are told apart; `class` as above. */
json_t *eve_from_block(const struct event *e, const struct settings *settings, const char *class);

/* What an alert aggregated since the last line. `grown` holds the difference; `settings` as above. */
json_t *eve_from_alert(const struct alert_key *key, const struct alert *a, const struct alert_logged *grown,
		       const struct settings *settings);

/* What engine `both` found: how often kernel and agent agreed. */
struct engine_tally {
	__u64 agreed, disagreed;
	__u64 condemned;      /* by engine `user`: flows */
	__u64 notes_unlogged; /* suspicious flows that it did not log, for there were too many */
};

/* Totals since the program was loaded: repeat packets, losses. `log_lost`: lines that never reached the file. */
json_t *eve_from_counters(const struct counters *c, const struct engine_tally *tally, __u64 log_lost);

/* A vector that the agent scores otherwise than the kernel did. */
json_t *eve_from_disagreement(const struct snapshot *kernel, __s64 score, enum verdict verdict);

/* A vector on which champion and challenger differ. `class`: what each speaks for; NULL as above. */
json_t *eve_from_shadow(const struct shadow_event *e, const struct settings *settings, const char *const class[ARM_COUNT]);

/* Something happened to the agent or its program: "started", "stopped", "detached", ... `iface` may be NULL, the ids 0. */
json_t *eve_from_state(const char *state, const char *iface, const struct settings *settings, __u32 model_id,
		       __u32 challenger_id);

#endif
