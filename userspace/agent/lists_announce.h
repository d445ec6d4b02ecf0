/* SPDX-License-Identifier: BSD-2-Clause */
/* What packets and the agent have to know when a list changes, whichever it is. */
#ifndef LISTS_ANNOUNCE_H
#define LISTS_ANNOUNCE_H

#include "datapath.h"

/* For who changes one of the tables: what flows are told of all of them. The lock of `s` is given back. */
int lists_announce(const struct datapath *dp, int lock, const struct settings *s);

/* Before an entry that expires is added, under the lock: when the agent has to look. */
int lists_note_expiry(const struct datapath *dp, __u64 expires_ns);

/* The sooner of two expiries, of which 0 is never. */
__u64 expiry_sooner(__u64 a, __u64 b);

#endif
