/* SPDX-License-Identifier: BSD-2-Clause */
/* The operator's lists: addresses that are never judged, and addresses that nothing passes from. */
#ifndef LISTS_H
#define LISTS_H

#include <stdio.h>
#include "datapath.h"
#include "ip_prefix.h"

enum list { LIST_ALLOW, LIST_BLOCK, LIST_COUNT };
extern const char *const list_names[LIST_COUNT];

/*
 * Both take all prefixes or none: when one does not fit, or is not there to be deleted, nothing is changed. `expires_ns`:
 * CLOCK_MONOTONIC, 0 never. Return 0, or a negative errno after one logged line.
 */
int list_add(const struct datapath *dp, enum list list, const struct ip_prefix *prefixes, int count, __u64 expires_ns);
int list_delete(const struct datapath *dp, enum list list, const struct ip_prefix *prefixes, int count);

/* Calls `each` for all entries; `cidr` is their text. Returns 0 or a negative errno. */
int list_walk(const struct datapath *dp, enum list list,
	      void (*each)(void *context, const char *cidr, const struct list_entry *entry), void *context);

/* Deletes what expired, of both lists. Returns how many entries that were, or a negative errno. Logs nothing. */
int lists_expire(const struct datapath *dp, __u64 now_ns);

#endif
