/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The secret of this load, drawn by whoever needs it first: nothing has to be set up beside `ip link`. */
#ifndef SECRET_BPF_H
#define SECRET_BPF_H

#include "packet.bpf.h"

/* Who comes while another CPU draws goes without. */
VERIFIED_ONCE int secret_draw(struct secret *secret)
{
	if (!secret || __sync_val_compare_and_swap(&secret->state, SECRET_NONE, SECRET_BEING_DRAWN) != SECRET_NONE)
		return 0;
	for (int i = 0; i < SECRET_WORDS; i++)
		secret->word[i] = bpf_get_prandom_u32();
	__sync_lock_test_and_set(&secret->state, SECRET_DRAWN);
	return 0;
}

static __always_inline struct secret *secret_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hr_secret, &zero);
}

/* Returns NULL while another CPU draws it. */
static __always_inline struct secret *secret_drawn(void)
{
	struct secret *secret = secret_get();
	__u32 state;

	if (!secret)
		return NULL;
	if (unlikely(*(volatile __u32 *)&secret->state != SECRET_DRAWN))
		secret_draw(secret);
	state = *(volatile __u32 *)&secret->state;
	return state == SECRET_DRAWN ? READ_BEHIND(state, secret) : NULL;
}

#endif
