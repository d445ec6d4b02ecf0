/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether anybody works on a table of ours. */
#ifndef MAP_USE_H
#define MAP_USE_H

#include <stdbool.h>
#include <linux/types.h>

/*
 * True when a datapath program, in whatever network namespace, works on the map, or when that cannot be told. The program
 * with the id `but` does not count; 0: all do.
 */
bool map_is_in_use(__u32 map_id, __u32 but);

#endif
