// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* One score alone: the model walk of the datapath on recorded vectors, nothing else. Shares the datapath's maps. */
#include "maps.bpf.h"
#include "model.bpf.h"
#include "vectors.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VECTORS);
	__type(key, __u32);
	__type(value, struct features);
} bench_vectors SEC(".maps");

__u32 bench_vector;
__s64 bench_sum; /* so that no score is for nothing */
struct model_sums bench_sums;
const volatile __u32 bench_until = 0; /* 1: as for a verdict, which ends the walk when it is decided */

SEC("xdp")
int bench_score(struct xdp_md *ctx)
{
	__u32 zero = 0, which = bench_vector++ & (VECTORS - 1);
	struct features *x = bpf_map_lookup_elem(&bench_vectors, &which);
	struct model *m = bpf_map_lookup_elem(&hr_models, &zero);

	if (x && m)
		bench_sum += bench_until ? model_score_until(m, x, &bench_sums) : model_score(m, x);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
