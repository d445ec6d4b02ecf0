/* SPDX-License-Identifier: BSD-2-Clause */
/* Alerts: the verdicts that the kernel added up instead of telling them one by one. */
#ifndef ALERTS_H
#define ALERTS_H

#include "datapath.h"

/*
 * Calls `each` for every alert that grew since it was last called for it, by this agent or one before it. Makes room in
 * a table that is nearly full by forgetting alerts that have been quiet for long. Returns 0 or a negative errno; an
 * alert that could not be read is called for next time. Logs nothing.
 */
int alerts_collect(const struct datapath *dp, __u64 now_ns,
		   void (*each)(void *context, const struct alert_key *key, const struct alert *alert,
				const struct alert_logged *grown),
		   void *context);

#endif
