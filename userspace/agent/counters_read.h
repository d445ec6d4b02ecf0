/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's counters, summed over the CPUs, and their names. */
#ifndef COUNTERS_READ_H
#define COUNTERS_READ_H

#include "counters.h"
#include "datapath.h"

struct counters {
	__u64 value[COUNTER_COUNT];
};

int counters_read(const struct datapath *dp, struct counters *out);

const char *counter_name(enum counter id);
const char *counter_doc(enum counter id);
enum counter_kind counter_kind(enum counter id);

/*
 * Adds to a counter that no packet touches: what the agent found or lost. The counter has a value per CPU; adding to one of
 * them is enough. Returns 0 or a negative errno; logs nothing.
 */
int counter_add(const struct datapath *dp, enum counter counter, __u64 count);

#endif
