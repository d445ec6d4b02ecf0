// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include "flow_features.h"

bool flow_hosts(struct host_view *view, const struct flow_record *record, const struct datapath *dp,
		const struct settings *settings, __u64 now_ns, struct host_memo *memo)
{
	unsigned int initiator = record->flow.initiator & 1;
	struct host_key source, dest;

	host_key_from_source(&source, record->key.addr[initiator], settings->ipv6_mask);
	memcpy(dest.addr, record->key.addr[!initiator], sizeof(dest.addr));
	host_memo_view(memo, view, HOST_DEST, dp->map[DATAPATH_DESTS], &dest, now_ns);
	return host_memo_view(memo, view, HOST_SOURCE, dp->map[DATAPATH_SOURCES], &source, now_ns);
}

void flow_features(struct features *out, const struct flow_record *record, const struct datapath *dp,
		   const struct settings *settings, __u64 now_ns, struct host_memo *memo)
{
	struct host_view view = { 0 };

	flow_hosts(&view, record, dp, settings, now_ns, memo);
	*out = (struct features){ 0 };
	features_from_flow(out, &record->flow, &record->key, &view, FEATURE_GROUPS_ALL);
}
