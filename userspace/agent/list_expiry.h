/* SPDX-License-Identifier: BSD-2-Clause */
/* When an entry expires, as list files write it. */
#ifndef LIST_EXPIRY_H
#define LIST_EXPIRY_H

#include <linux/types.h>

/*
 * "90", "1h30m", "2d": from now on; "1767225600" or "2026-01-01T00:00:00Z": at that time; "never" or "0": 0. Sets
 * *expires_ns, CLOCK_MONOTONIC, 1 for a time that has passed. Returns 0 or -EINVAL; logs nothing.
 */
int list_expiry_parse(const char *text, __u64 *expires_ns);

#endif
