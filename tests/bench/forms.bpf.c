// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* One score alone, in each form that a model has in the kernel, over a long table of vectors taken in turn. */
#include "model.bpf.h"
#include "model_entry.bpf.h"
#include "forms_shared.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, FORMS_VECTORS);
	__type(key, __u32);
	__type(value, struct features);
} forms_vectors SEC(".maps");

struct forms_progress forms_progress;
struct model_sums forms_sums SEC(".data.sums"); /* apart from what the host reads */

struct forms_block {
	struct features x[FORMS_BLOCK];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct forms_block);
} forms_near SEC(".maps");

static __always_inline void block_fetch(struct forms_block *near, __u32 first)
{
	for (__u32 i = 0; i < FORMS_BLOCK; i++) {
		__u32 which = first + i;
		struct features *x = bpf_map_lookup_elem(&forms_vectors, &which);

		if (x)
			near->x[i] = *x;
	}
}

/* The next vector, where the datapath has it too: just written. */
static __always_inline struct model_call *call_next(void)
{
	__u32 zero = 0, which = forms_progress.next;
	struct forms_block *near = bpf_map_lookup_elem(&forms_near, &zero);
	struct scratch *scratch = scratch_get();

	forms_progress.next = which + 1 < forms_progress.count ? which + 1 : 0;
	if (!near || !scratch)
		return NULL;
	if (which % FORMS_BLOCK == 0)
		block_fetch(near, which);
	scratch->call.vector[0] = near->x[which % FORMS_BLOCK];
	return &scratch->call;
}

SEC("xdp")
int forms_none(struct xdp_md *ctx)
{
	struct model_call *call = call_next();

	if (call)
		forms_progress.sum += call->vector[0].value[0];
	return XDP_PASS;
}

static __always_inline int table_score(int exact)
{
	struct model_call *call = call_next();
	__u32 slot = 0;
	struct model *m = bpf_map_lookup_elem(&hr_models, &slot);

	if (call && m)
		forms_progress.sum += model_decide(m, &call->vector[0], &forms_sums, exact);
	return XDP_PASS;
}

static __always_inline int code_score(struct xdp_md *ctx, int exact)
{
	struct model_call *call = call_next();
	__u32 slot = 0;
	struct model *m = bpf_map_lookup_elem(&hr_models, &slot);

	if (!call || !m)
		return XDP_PASS;
	call->id = m->id;
	call->slot = 0;
	call->again_at = FORMS_NEVER_AGAIN;
	call->until = exact ? 0 : ~0ull;
	model_call_score(ctx, call, 0);
	if (call->scored_by)
		forms_progress.sum += call->score[0];
	return XDP_PASS;
}

SEC("xdp")
int forms_table(struct xdp_md *ctx)
{
	(void)ctx;
	return table_score(1);
}

SEC("xdp")
int forms_code(struct xdp_md *ctx)
{
	return code_score(ctx, 1);
}

SEC("xdp")
int forms_table_decided(struct xdp_md *ctx)
{
	(void)ctx;
	return table_score(0);
}

SEC("xdp")
int forms_code_decided(struct xdp_md *ctx)
{
	return code_score(ctx, 0);
}

char forms_license[] SEC("license") = "Dual BSD/GPL";
