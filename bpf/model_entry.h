/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where the code form of a model meets the datapath. The code is an XDP program that the agent makes out of a model's
 * tables and puts into the slot of a program array. It is tail-called by a function of the datapath, so its end leads
 * back there. What it works on, and what it found, is in a struct of the scratch memory.
 */
#ifndef MODEL_ENTRY_H
#define MODEL_ENTRY_H

#include "model.h"

struct model_call {
	struct features vector[2]; /* with all features, and without the destination's */
	__u32 which;		   /* of the vectors is to be scored: 0 or 1 */
	__u32 id;		   /* of the model that is asked for */
	__s64 score[2];
	__s64 again_at;	 /* from this score on the second vector is asked for as well */
	__u32 slot;	 /* of the code */
	__u32 scored_by; /* id of the model whose code was here, 0: none was */
	__u64 until;	 /* all ones: a score may end when the verdict is decided; 0: it must be exact */
	__u32 score_is[2]; /* enum score_is */
};

_Static_assert(sizeof(struct model_call) == 2 * sizeof(struct features) + 56, "model_call has hidden padding");

/* `m` in `slot` is to be asked. */
static __always_inline void model_call_prepare(struct model_call *call, const struct model *m, __u32 slot)
{
	call->scored_by = 0;
	call->id = m->id;
	call->slot = slot;
	call->again_at = m->policy.drop_at;
}

#endif
