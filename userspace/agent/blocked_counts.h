/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of blocked senders that the kernel has not yet added to the counts of their entries. */
#ifndef BLOCKED_COUNTS_H
#define BLOCKED_COUNTS_H

#include "datapath.h"
#include "list_tables.h"

/* Adds them to what was read of the block list. Returns 0 or a negative errno; logs nothing. */
int blocked_counts_add(const struct datapath *dp, struct list_items *items);

#endif
