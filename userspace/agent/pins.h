/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of ours that `ip link`, or whoever loads the object as libbpf does, pinned by name in a BPF file system. Which
 * datapath they are of is told by the id of the table of flows, never by the path.
 */
#ifndef PINS_H
#define PINS_H

#include <stdbool.h>
#include <linux/types.h>

#define PINS_MAX 4
#define PINS_PATH_SIZE 128

/* A folder with pinned tables. */
struct pins {
	char folder[PINS_PATH_SIZE];
	__u32 flows_id; /* of the table of flows there */
	bool enforces;	/* the mode in the settings there */
};

/* Looks below /sys/fs/bpf. Fills up to PINS_MAX, returns how many; what we may not look at is not there. */
int pins_find(struct pins *out);

/* Unpins the tables in that folder. What is not ours stays, and the folder itself. Returns how many. */
int pins_remove(const struct pins *p);

#endif
