/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether an agent runs on a datapath, by its last sign of life, and what follows when it does not. */
#ifndef AGENT_LIFE_H
#define AGENT_LIFE_H

#include "safety.h"

enum agent_life {
	AGENT_NONE,   /* and none is expected: it ended in good order, or there never was one */
	AGENT_RUNS,
	AGENT_SILENT, /* it was killed, or is held up */
	AGENT_LIVES
};

#define AGENT_LIFE_TEXT_SIZE 240

enum agent_life agent_life_of(const struct safety *safety, __u64 now_ns);
const char *agent_life_name(enum agent_life life);

/* For how long its poll has been overdue; 0 unless it is silent. */
__u64 agent_silent_ns(const struct safety *safety, __u64 now_ns);

/* In one line for people. Returns `text`. */
const char *agent_life_print(const struct settings *s, const struct safety *safety, __u64 now_ns,
			     char text[AGENT_LIFE_TEXT_SIZE]);

#endif
