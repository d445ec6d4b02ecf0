/* SPDX-License-Identifier: BSD-2-Clause */
/* The code form of a model in the kernel: made, loaded, and put where the datapath enters it (bpf/model_entry.h). */
#ifndef MODEL_CODE_H
#define MODEL_CODE_H

#include <stdbool.h>
#include "model.h"

struct model_code_facts {
	__u32 instructions;
	__u32 longest;	/* instructions at most for one score */
	__u32 verified; /* instructions that the verifier looked at; 0: a kernel before 5.16 does not tell */
	__u32 bytes;	/* of machine code */
};

/*
 * Makes and loads the code of `m`, for a program that takes frames of several buffers where `frags`. Returns a descriptor
 * of the program, or a negative errno: -E2BIG for a model that is too large, -EOPNOTSUPP for one that is not of trees, or
 * of several classes. *facts may be NULL. What the verifier says is logged at debug level only.
 */
int model_code_load(const struct model *m, int scratch_fd, bool frags, struct model_code_facts *facts);

/* Why model_code_load() made none. */
const char *model_code_refusal(int err);

#endif
