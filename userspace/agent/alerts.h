/* SPDX-License-Identifier: BSD-2-Clause */
/* Alerts: the verdicts that the kernel added up instead of telling them one by one. */
#ifndef ALERTS_H
#define ALERTS_H

#include "datapath.h"

struct alert_listener {
	void (*grown)(void *context, const struct alert_key *key, const struct alert *alert,
		      const struct alert_logged *grown);
	void (*settle)(void *context); /* when it returns, what was told is written, or counted as lost */
	void *context;
	bool with_suspicious; /* those of flows that are only suspicious too: else they wait */
};

/*
 * Tells of every alert that grew since it was last told of, by this agent or one before it; noted is that only when it is
 * settled. Makes room in a table that is nearly full by forgetting alerts that have been quiet for long. Returns 0 or a
 * negative errno; an alert that could not be read is told of next time. Logs nothing.
 */
int alerts_collect(const struct datapath *dp, __u64 now_ns, const struct alert_listener *listener);

#endif
