/* SPDX-License-Identifier: BSD-2-Clause */
/* The sweep: goes through flow table and newcomers, and takes out the flows that have ended, each exactly once. */
#ifndef POLL_H
#define POLL_H

#include "counters.h"
#include "datapath.h"

struct flow_sweep {
	/* Either may be NULL. A flow is one or the other. */
	void (*live)(void *context, const struct flow_record *record);
	void (*ended)(void *context, const struct flow_record *record);
	void *context;
	bool last; /* the tables are about to vanish: every flow has ended */

	/* What the sweep found. */
	__u64 present_count, ended_count;
	__u64 newcomer_count; /* how many of those present are flows on probation */
};

/* now_ns: CLOCK_MONOTONIC. Returns 0 or a negative errno; what was found until then has been passed on. Logs nothing. */
int flow_table_sweep(const struct datapath *dp, const struct settings *settings, __u64 now_ns, struct flow_sweep *sweep);

#endif
