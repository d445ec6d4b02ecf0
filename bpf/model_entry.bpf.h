/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The program arrays that hold the code forms, and the way into them and back. */
#ifndef MODEL_ENTRY_BPF_H
#define MODEL_ENTRY_BPF_H

#include "packet.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, MODEL_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_codes SEC(".maps");

/* For the program that takes frames of several buffers: the kernel wants all programs of an array to be of one kind. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, MODEL_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} hr_codes_frags SEC(".maps");

/* An index known beforehand makes a direct jump of each call. */
static __always_inline int model_code_jump(struct xdp_md *ctx, void *codes, __u32 slot)
{
	switch (slot) {
	case 0:
		bpf_tail_call(ctx, codes, 0);
		break;
	case 1:
		bpf_tail_call(ctx, codes, 1);
		break;
	case 2:
		bpf_tail_call(ctx, codes, 2);
		break;
	case 3:
		bpf_tail_call(ctx, codes, 3);
		break;
	}
	return 0;
}

/*
 * Hands the packet to the code in a slot. The program called takes this function's place, and its end is the return from
 * it; without a program there the function just returns. The kernel allows that while the frames above hold less than
 * 256 bytes, so only the program itself may call it, not one of its functions.
 */
VERIFIED_ONCE int model_code_enter(struct xdp_md *ctx, __u32 slot)
{
	return model_code_jump(ctx, &hr_codes, slot);
}

VERIFIED_ONCE int model_code_enter_frags(struct xdp_md *ctx, __u32 slot)
{
	return model_code_jump(ctx, &hr_codes_frags, slot);
}

VERIFIED_ONCE int model_call_forget_dest(struct model_call *call)
{
	if (call)
		features_without_dest(&call->vector[1], &call->vector[0]);
	return 0;
}

/* Has the model's code score the first vector, and the second where the first condemns. `frags`: see above. */
static __always_inline void model_call_score(struct xdp_md *ctx, struct model_call *call, int frags)
{
	call->which = 0;
	call->scored_by = 0;
	frags ? model_code_enter_frags(ctx, call->slot) : model_code_enter(ctx, call->slot);
	if (!call->scored_by || call->score[0] < call->again_at)
		return;
	model_call_forget_dest(call);
	call->which = 1;
	call->scored_by = 0;
	frags ? model_code_enter_frags(ctx, call->slot) : model_code_enter(ctx, call->slot);
}

#endif
