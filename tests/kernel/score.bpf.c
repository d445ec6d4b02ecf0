// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The datapath's own walks over a table of vectors: what score_test compares with the host. */
#include "maps.bpf.h"
#include "model.bpf.h"

#define SCORE_ROWS 1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCORE_ROWS);
	__type(key, __u32);
	__type(value, struct features);
} score_vectors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCORE_ROWS);
	__type(key, __u32);
	__type(value, __s64);
} score_results SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCORE_ROWS);
	__type(key, __u32);
	__type(value, struct model_sums);
} score_sums SEC(".maps");

__u32 score_until; /* 1: as for a verdict, which may end a walk early */

static long score_row(__u32 row, void *unused)
{
	struct features *x = bpf_map_lookup_elem(&score_vectors, &row);
	__s64 *score = bpf_map_lookup_elem(&score_results, &row);
	struct model_sums *sums = bpf_map_lookup_elem(&score_sums, &row);
	__u32 slot = 0;
	struct model *m = bpf_map_lookup_elem(&hr_models, &slot);

	(void)unused;
	if (x && score && sums && m)
		*score = model_decide(m, x, sums, !score_until);
	return 0;
}

SEC("xdp")
int score_all(struct xdp_md *ctx)
{
	(void)ctx;
	bpf_loop(SCORE_ROWS, score_row, NULL, 0);
	return XDP_PASS;
}

char score_license[] SEC("license") = "Dual BSD/GPL";
