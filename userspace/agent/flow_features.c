// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include "flow_features.h"

static void host_keys_fill(struct host_key *source, struct host_key *dest, const struct flow_record *record,
			   const struct settings *settings)
{
	unsigned int initiator = record->flow.initiator & 1;

	host_key_from_source(source, record->key.addr[initiator], settings->ipv6_mask);
	memcpy(dest->addr, record->key.addr[!initiator], sizeof(dest->addr));
}

bool flow_hosts(struct host_view *view, const struct flow_record *record, const struct datapath *dp,
		const struct settings *settings, __u64 now_ns, struct host_memo *memo)
{
	struct host_key source, dest;

	host_keys_fill(&source, &dest, record, settings);
	host_memo_view(memo, view, HOST_DEST, dp->map[DATAPATH_DESTS], &dest, now_ns);
	return host_memo_view(memo, view, HOST_SOURCE, dp->map[DATAPATH_SOURCES], &source, now_ns);
}

void flow_features(struct features *out, const struct flow_record *record, const struct datapath *dp,
		   const struct settings *settings, __u64 now_ns, struct host_memo *memo, __u32 groups)
{
	struct host_view view = { 0 };

	flow_hosts(&view, record, dp, settings, now_ns, memo);
	*out = (struct features){ 0 };
	features_from_flow(out, &record->flow, &record->key, &view, groups);
}

void flow_features_complete(struct features *x, const struct flow_record *record, __u32 groups)
{
	const struct host_view none = { 0 };

	features_from_flow(x, &record->flow, &record->key, &none,
			   FEATURE_GROUPS_ALL & ~(groups | FEATURE_GROUP_SOURCE | FEATURE_GROUP_DEST));
}

void flow_features_expect(const struct flow_record *record, const struct settings *settings,
			  const struct host_memo *memo)
{
	struct host_key source, dest;

	host_keys_fill(&source, &dest, record, settings);
	host_memo_expect(memo, HOST_DEST, &dest);
	host_memo_expect(memo, HOST_SOURCE, &source);
}
