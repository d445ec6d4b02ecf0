// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>
#include "clock.h"
#include "ip_prefix.h"
#include "list_change.h"
#include "lists.h"

/* Whether all items expire with the first. */
static bool expiry_is_one(const struct list_items *items)
{
	for (size_t i = 1; i < items->count; i++)
		if (items->item[i].entry.expires_ns != items->item[0].entry.expires_ns)
			return false;
	return true;
}

static void on_list_print(enum list list, const char *what, __u64 expires_ns)
{
	char until[CLOCK_TEXT_SIZE];

	if (expires_ns)
		printf("%s: on the %s list until %s\n", what, list_names[list],
		       clock_print(clock_unix_from_monotonic(expires_ns), until));
	else
		printf("%s: on the %s list for good\n", what, list_names[list]);
}

void list_change_print(enum list list, const struct list_items *items, bool deletes)
{
	char what[IP_TEXT_SIZE + 32];

	if (!items->count) {
		printf("nothing changed: the time given has passed\n");
		return;
	}
	list_key_print(&items->item[0].key, what);
	if (items->count > 1)
		snprintf(what + strlen(what), 32, " and %zu more", items->count - 1);
	if (deletes)
		printf("%s: off the %s list\n", what, list_names[list]);
	else if (!expiry_is_one(items))
		printf("%s: on the %s list, each until a time of its own\n", what, list_names[list]);
	else
		on_list_print(list, what, items->item[0].entry.expires_ns);
}

void list_flow_change_print(const char *what, const struct list_entry *entry, bool deletes)
{
	if (deletes)
		printf("%s: off the %s list\n", what, list_names[LIST_BLOCK]);
	else
		on_list_print(LIST_BLOCK, what, entry->expires_ns);
}
