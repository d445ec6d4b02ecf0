/* SPDX-License-Identifier: BSD-2-Clause */
/* How the agent's engine comes to a verdict on a vector. */
#ifndef ENGINE_VERDICT_H
#define ENGINE_VERDICT_H

#include "engine.h"

/* The thresholds that hold for the flow: its scope's. There is a model. */
struct policy engine_policy(const struct user_engine *e, const struct flow *f);

/*
 * The verdict by these thresholds and its class's response, as in the kernel. Unless the score must be exact, it is one
 * that comes to the same verdict.
 */
enum verdict engine_verdict(const struct user_engine *e, const struct flow *f, const struct features *x,
			    struct judging *room, __u64 packets, bool exact, __s64 *score, enum reason *reason);

#endif
