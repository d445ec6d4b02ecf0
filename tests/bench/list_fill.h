/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists for the bench, put into the datapath as the agent does. */
#ifndef LIST_FILL_H
#define LIST_FILL_H

#include "stage.h"

/*
 * Puts `count` networks of `bits` bits (32: single addresses) on a list, `step` apart from `first` on (host order), and
 * switches it on. Returns 0 or a negative errno.
 */
int list_fill(struct stage *s, enum list list, __u32 first, __u32 step, int bits, __u32 count);

/* The same of IPv6, in PLAN_NET6: `first` is the last word of the address, and `bits` counts from there. */
int list_fill_ipv6(struct stage *s, enum list list, __u32 first, __u32 step, int bits, __u32 count);

/* Blocks `count` sources from `first` on, as the kernel does by the policy of a class. The same. */
int source_blocks_fill(struct stage *s, __u32 first, __u32 count);

#endif
