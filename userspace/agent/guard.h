/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The management guard: addresses that the model may never drop, so that no model locks its operator out. The default
 * gateways and the remote ends of login sessions are found when an agent starts; others are named.
 */
#ifndef GUARD_H
#define GUARD_H

#include "options.h"
#include "list_tables.h"

/* Puts anew on the guard list what can be found, and `protect` beside it. Operators' own entries stay. 0 or a negative errno. */
int guard_refresh(const struct datapath *dp, const struct option_list *protect);

/* Checks that these are networks. Returns 0, or -EINVAL after one logged line. */
int guard_check(const struct option_list *protect);

#endif
