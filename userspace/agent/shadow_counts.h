/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel counted of champion and challenger: one count for each pair of opinions. bpf/shadow.h */
#ifndef SHADOW_COUNTS_H
#define SHADOW_COUNTS_H

#include "datapath.h"

struct shadow_pair {
	struct shadow_key key;
	struct shadow_count count; /* of all CPUs */
};

/*
 * The pairs that were counted under this settings.shadow_since. Returns their number with *out for the caller to free, or
 * a negative errno. Logs nothing.
 */
int shadow_counts_read(const struct datapath *dp, __u32 since, struct shadow_pair **out);

/* Takes out what was counted under any other, once no packet counts there any more. Logs nothing: it only takes room. */
void shadow_counts_forget(const struct datapath *dp, __u32 since);

#endif
