/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operator puts on a list: addresses and networks, from the command line or from a file. */
#ifndef LIST_ENTRIES_H
#define LIST_ENTRIES_H

#include <stdbool.h>
#include "ip_prefix.h"
#include "lists.h"

struct list_entries {
	struct ip_prefix *prefix; /* to be freed, also when it is empty or was not read */
	int count, room;
};

/*
 * A network with bits behind its prefix is refused: 192.0.2.7/24 is a slip for one thing or the other. So is a block
 * list entry that covers all of IPv4, unless `force`. Both return 0, or a negative errno after one logged line that names
 * the text, and for a file (- is standard input) its line.
 */
int list_entries_from_texts(struct list_entries *out, enum list list, bool force, char *const *text, int count);
int list_entries_from_file(struct list_entries *out, enum list list, bool force, const char *path);

#endif
