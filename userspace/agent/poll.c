// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include "flow_reader.h"
#include "newcomers.h"
#include "poll.h"

static bool is_over(const struct flow_sweep *sweep, const struct settings *settings, const struct flow_record *r,
		    __u64 now_ns)
{
	return sweep->last || flow_has_ended(settings, &r->flow, r->key.l4_proto, now_ns);
}

/* While the kernel begins the next flow in the record, the old one is the kernel's to tell. */
static bool is_beginning_anew(const struct flow_sweep *sweep, const struct flow_record *r)
{
	return r->flow.life & 1 && !sweep->last;
}

/*
 * Takes out a flow that had ended when the batch was read. Packets may have come since: a look at the record as it is
 * now spares most of these flows. A flow that came back to life between that look and the deletion is put back; if its
 * next packet was faster and has made another record, this one is exported, and the counts are complete all the same.
 */
static bool flow_take_out(const struct datapath *dp, const struct flow_sweep *sweep, const struct settings *settings,
			  struct flow_record *r, __u64 now_ns)
{
	int map = dp->map[DATAPATH_FLOWS];

	if (bpf_map_lookup_elem(map, &r->key, &r->flow) || !is_over(sweep, settings, r, now_ns) ||
	    is_beginning_anew(sweep, r))
		return false;
	if (bpf_map_lookup_and_delete_elem(map, &r->key, &r->flow) || is_beginning_anew(sweep, r))
		return false;
	return is_over(sweep, settings, r, now_ns) || bpf_map_update_elem(map, &r->key, &r->flow, BPF_NOEXIST);
}

static void flow_visit(const struct datapath *dp, const struct settings *settings, __u64 now_ns,
		       struct flow_sweep *sweep, struct flow_record *r)
{
	if (!is_over(sweep, settings, r, now_ns)) {
		sweep->present_count++;
		if (sweep->live)
			sweep->live(sweep->context, r);
	} else if (flow_take_out(dp, sweep, settings, r, now_ns)) {
		sweep->ended_count++;
		if (sweep->ended)
			sweep->ended(sweep->context, r);
	}
}

static void newcomer_visit(const struct newcomers *n, __u32 place, const struct settings *settings, __u64 now_ns,
			   struct flow_sweep *sweep)
{
	struct flow_record record;
	__u32 state;

	if (!newcomer_read(n, place, &state, &record))
		return;
	if (!is_over(sweep, settings, &record, now_ns)) {
		sweep->present_count++;
		sweep->newcomer_count++;
		if (sweep->live)
			sweep->live(sweep->context, &record);
	} else if (newcomer_take(n, place, state)) {
		sweep->ended_count++;
		if (sweep->ended)
			sweep->ended(sweep->context, &record);
	}
}

static int newcomers_sweep(const struct datapath *dp, const struct settings *settings, __u64 now_ns,
			   struct flow_sweep *sweep)
{
	struct newcomers n;
	int err = newcomers_open(&n, dp);

	if (err)
		return err;
	for (__u32 place = 0; place < n.count; place++)
		newcomer_visit(&n, place, settings, now_ns, sweep);
	newcomers_close(&n);
	return 0;
}

static void batch_visit(const struct datapath *dp, const struct settings *settings, __u64 now_ns,
			struct flow_sweep *sweep, const struct flow_batch *batch)
{
	struct flow_record record = { 0 };

	for (__u32 i = 0; i < batch->count; i++) {
		record.key = batch->key[i];
		record.flow = batch->flow[i];
		flow_visit(dp, settings, now_ns, sweep, &record);
	}
}

int flow_table_sweep(const struct datapath *dp, const struct settings *settings, __u64 now_ns, struct flow_sweep *sweep)
{
	const struct flow_batch *batch;
	struct flow_reader reader;
	int err;

	sweep->present_count = sweep->ended_count = sweep->newcomer_count = 0;
	err = newcomers_sweep(dp, settings, now_ns, sweep); /* first: whoever is admitted meanwhile is met below, if need be twice */
	if (err)
		return err;
	flow_reader_open(&reader, dp->map[DATAPATH_FLOWS]);
	while ((batch = flow_reader_next(&reader))) {
		batch_visit(dp, settings, now_ns, sweep, batch);
		err = batch->err;
	}
	flow_reader_close(&reader);
	return err;
}
