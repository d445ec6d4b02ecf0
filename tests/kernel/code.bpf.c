// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A model's code form over a table of vectors, one vector a run: what code_test compares with the host. */
#include "model_entry.bpf.h"

#define CODE_ROWS 1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CODE_ROWS);
	__type(key, __u32);
	__type(value, struct model_call);
} code_calls SEC(".maps");

__u32 code_row;

/* The row's call as it is, entered at its slot; what came of it is written back. */
SEC("xdp")
int code_enter(struct xdp_md *ctx)
{
	struct scratch *scratch = scratch_get();
	__u32 row = code_row++ & (CODE_ROWS - 1);
	struct model_call *call = bpf_map_lookup_elem(&code_calls, &row);

	if (!scratch || !call)
		return XDP_ABORTED;
	scratch->call = *call;
	model_call_score(ctx, &scratch->call, 0);
	*call = scratch->call;
	return XDP_PASS;
}

char code_license[] SEC("license") = "Dual BSD/GPL";
