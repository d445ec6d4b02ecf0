/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of struct safety: the agent's sign of life, the breaker, and since when the tables have seen everything. */
#ifndef SAFETY_STATE_H
#define SAFETY_STATE_H

#include "datapath.h"

/* The state itself, shared with the kernel, to be closed. NULL with errno set. */
struct safety *safety_open(const struct datapath *dp);
void safety_close(struct safety *safety); /* accepts NULL */

/* The breaker watches anew; no error when it had not tripped. Logs what it did when it had. */
void safety_rearm(const struct datapath *dp);

/* Packets were missed until now: what we know of hosts and flows is incomplete. 0 or a negative errno; logs nothing. */
int safety_begin_watching(const struct datapath *dp);

#define SAFETY_TEXT_SIZE 240

/*
 * In one line, why verdicts are not enforced at present; returns `text`, "" when they are, or would be. Without a model there
 * is nothing that a warm-up keeps waiting.
 */
const char *safety_print(const struct settings *s, const struct safety *safety, bool has_model, __u64 now_ns, char *text);

/* The breaker's last hour: shares of proven flows condemned, a minute each. */
#define HISTORY_MINUTES 60

struct breaker_history {
	__u64 judged[HISTORY_MINUTES], condemned[HISTORY_MINUTES];
	__u64 judged_before, condemned_before; /* totals when the running minute began */
	__u64 minute;			       /* number of the running minute, 0: none yet */
};

/*
 * Adds what came since the last call and returns the bound that the last hour suggests, in permille: four times its
 * share, at least BREAKER_LEAST_PERMILLE and at most `most`; `most` while there are fewer than ten minutes to go by.
 */
__u32 breaker_history_limit(struct breaker_history *h, const struct safety *safety, __u64 now_ns, __u32 most);

#endif
