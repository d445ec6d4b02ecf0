/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The third of three: libxgboost, the walk here, and the kernel's. The exporter needs no privilege and links no libbpf; where
 * root runs it, the agent that is installed beside it (`hedgerow model test`) has the kernel walk the self-test vectors.
 */
#ifndef KERNEL_WALK_H
#define KERNEL_WALK_H

#include "model_file.h"
#include "refusal.h"

enum kernel_walk {
	KERNEL_WALK_UNTRIED, /* no root, no agent beside the exporter, or the kernel would not */
	KERNEL_WALK_AGREES,
	KERNEL_WALK_DIFFERS,
};

/* Tries a copy of the model. `why` says why not, for the first and the last. */
enum kernel_walk kernel_walk_try(const struct model *m, const struct model_extras *extras, struct refusal *why);

#endif
