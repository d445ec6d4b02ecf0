/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables may outlive the program: `ip link` pins them, and finds them there the next time. */
#ifndef TABLES_FORGET_H
#define TABLES_FORGET_H

#include "datapath.h"

/*
 * Leaves nothing in the tables that drops: monitor mode and the other defaults, no model, no lists, no verdict, and
 * nothing remembered of them. Flows, hosts and counters stay. Returns 0 or a negative errno; logs nothing.
 */
int tables_forget(const struct datapath *dp);

#endif
