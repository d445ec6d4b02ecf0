/* SPDX-License-Identifier: BSD-2-Clause */
/* The features of a flow that the agent read from the table, with its two hosts as they stand now. */
#ifndef FLOW_FEATURES_H
#define FLOW_FEATURES_H

#include <stdbool.h>
#include "datapath.h"
#include "host_memo.h"

/* now_ns: CLOCK_MONOTONIC. `memo` may be NULL. The rest of `groups` (enum feature_group) stays 0. */
void flow_features(struct features *out, const struct flow_record *record, const struct datapath *dp,
		   const struct settings *settings, __u64 now_ns, struct host_memo *memo, __u32 groups);

/* The flow's features are about to be asked for: has fetched what the memo knows of its hosts. */
void flow_features_expect(const struct flow_record *record, const struct settings *settings,
			  const struct host_memo *memo);

/* The other groups, of the same record, where they ask for no host. */
void flow_features_complete(struct features *x, const struct flow_record *record, __u32 groups);

/* The hosts alone, into a zeroed view. Returns whether the source has a record. */
bool flow_hosts(struct host_view *view, const struct flow_record *record, const struct datapath *dp,
		const struct settings *settings, __u64 now_ns, struct host_memo *memo);

#endif
