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

/* "until 2026-01-01T00:00:00Z" or "for good". */
static const char *until_print(__u64 expires_ns, char *text, size_t size)
{
	char until[CLOCK_TEXT_SIZE];

	if (expires_ns)
		snprintf(text, size, "until %s", clock_print(clock_unix_from_monotonic(expires_ns), until));
	else
		snprintf(text, size, "for good");
	return text;
}

#define UNTIL_SIZE (CLOCK_TEXT_SIZE + 32)

/* What of the entry before is no more so. */
static void before_print(const struct list_entry *before, const struct list_entry *now)
{
	bool was_for = before->reason[0] && strncmp(before->reason, now->reason, LIST_REASON_SIZE);
	char until[UNTIL_SIZE];

	if (before->expires_ns == now->expires_ns && !was_for)
		return;
	printf(" (before: %s", until_print(before->expires_ns, until, sizeof(until)));
	if (was_for)
		printf(", '%.*s'", LIST_REASON_SIZE, before->reason);
	printf(")");
}

static void on_list_print(enum list list, const char *what, const struct list_entry *entry, const struct list_replaced *replaced)
{
	char until[UNTIL_SIZE];

	printf("%s: on the %s list %s", what, list_names[list], until_print(entry->expires_ns, until, sizeof(until)));
	if (replaced->count)
		before_print(&replaced->entry, entry);
	printf("\n");
}

const char *list_sooner_print(const struct list_replaced *replaced, char text[LIST_SOONER_SIZE])
{
	*text = 0;
	if (replaced->sooner)
		snprintf(text, LIST_SOONER_SIZE, "; %zu of them would have stayed longer", replaced->sooner);
	return text;
}

void list_change_print(enum list list, const struct list_items *items, const struct list_replaced *replaced)
{
	char what[IP_TEXT_SIZE + 32], sooner[LIST_SOONER_SIZE], until[UNTIL_SIZE] = "each until a time of its own";

	if (!items->count) {
		printf("nothing changed: the time given has passed\n");
		return;
	}
	list_key_print(&items->item[0].key, what);
	if (items->count == 1 && replaced) {
		on_list_print(list, what, &items->item[0].entry, replaced);
		return;
	}
	if (items->count > 1)
		snprintf(what + strlen(what), 32, " and %zu more", items->count - 1);
	if (!replaced) {
		printf("%s: off the %s list\n", what, list_names[list]);
		return;
	}
	if (expiry_is_one(items))
		until_print(items->item[0].entry.expires_ns, until, sizeof(until));
	printf("%s: on the %s list%s%s%s\n", what, list_names[list], expiry_is_one(items) ? " " : ", ", until,
	       list_sooner_print(replaced, sooner));
}

void list_flow_change_print(const char *what, const struct list_entry *entry, const struct list_replaced *replaced)
{
	if (replaced)
		on_list_print(LIST_BLOCK, what, entry, replaced);
	else
		printf("%s: off the %s list\n", what, list_names[LIST_BLOCK]);
}
