/* SPDX-License-Identifier: BSD-2-Clause */
/* The code form of a model in the programs that a replay runs in the kernel. docs/model-forms.md */
#ifndef KERNEL_CODE_H
#define KERNEL_CODE_H

#include <stdbool.h>
#include <bpf/libbpf.h>
#include "model.h"

/*
 * Puts the model's code into a slot of `codes`. Returns 1, or 0 after one logged line where the kernel takes none and walks the
 * model's tables; or a negative errno.
 */
int kernel_code_put(const struct bpf_map *codes, const struct bpf_map *scratch, __u32 slot, const struct model *m);

/* True when the last vector that was scored was so by a code form. */
bool kernel_code_was_last(const struct bpf_map *scratch, int cpus);

#endif
