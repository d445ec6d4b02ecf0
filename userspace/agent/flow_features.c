// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <string.h>
#include "flow_features.h"

/* A host without a record is one of which nothing is known. */
static void view_read(struct host_view *view, enum host_role role, int map, const __be32 *addr, __u64 now_ns)
{
	struct host_key key;
	struct host host;

	memcpy(key.addr, addr, sizeof(key.addr));
	if (!bpf_map_lookup_elem(map, &key, &host))
		host_view_fill(view, role, &host, now_ns);
}

void flow_features(struct features *out, const struct flow_record *record, int sources_map, int dests_map, __u64 now_ns)
{
	unsigned int initiator = record->flow.initiator & 1;
	struct host_view view = { 0 };

	view_read(&view, HOST_SOURCE, sources_map, record->key.addr[initiator], now_ns);
	view_read(&view, HOST_DEST, dests_map, record->key.addr[!initiator], now_ns);
	*out = (struct features){ 0 };
	features_from_flow(out, &record->flow, record->key.l4_proto, &view);
}
