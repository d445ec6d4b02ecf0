/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The code form of a model: BPF instructions that ask each tree's questions one after the other and jump, instead of
 * walking tables. It is made out of these, so that there is one model; the scores are the same to the integer.
 */
#ifndef MODEL_CODE_EMIT_H
#define MODEL_CODE_EMIT_H

#include <linux/bpf.h>
#include "model.h"

struct model_code {
	struct bpf_insn *insn;
	__u32 count;
	__u32 longest; /* instructions on the longest way through, whatever comes */
};

/*
 * Makes an XDP program that scores a struct model_call (bpf/model_entry.h) at the beginning of the scratch memory, a
 * per-CPU array. Returns 0, -ENOMEM, -E2BIG when it would be too long, or -EOPNOTSUPP for a model that is not of
 * trees, or of several classes.
 */
int model_code_emit(const struct model *m, int scratch_fd, struct model_code *out);

void model_code_free(struct model_code *code);

#endif
