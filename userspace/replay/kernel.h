/* SPDX-License-Identifier: BSD-2-Clause */
/* The real programs under BPF_PROG_TEST_RUN, with tables of their own and the capture's clock. Needs root. */
#ifndef KERNEL_H
#define KERNEL_H

#include "native.h"

#define KERNEL_FRAME_MIN 15   /* bytes that the call takes in one piece */
#define KERNEL_FRAME_MAX 3000

struct kernel;

/* Returns 0, or a negative errno after one logged line. */
int kernel_open(struct kernel **out, const struct native_sizes *sizes, const struct native_listener *listener);
void kernel_close(struct kernel *k);

/* All return 0 or a negative errno. */
int kernel_reset(struct kernel *k);
int kernel_settings_set(struct kernel *k, const struct settings *s);
/* As code, too, where m->code. */
int kernel_model_set(struct kernel *k, __u32 slot, const struct model *m);

/* The frame enters: sets its XDP action. Or it leaves. The listener hears of both before these return. */
int kernel_enter(struct kernel *k, const struct native_frame *f, int *action);
int kernel_leave(struct kernel *k, const struct native_frame *f);

/*
 * Compares hash tables and counters with those of the host, byte by byte. Returns how many records differ or are missing
 * on either side, and adds those that are equal to *equal; or a negative errno.
 */
long long kernel_compare(struct kernel *k, uint64_t *equal);

#endif
