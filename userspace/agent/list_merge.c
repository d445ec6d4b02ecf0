// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "list_merge.h"

void list_replaced_add(struct list_replaced *r, const struct list_entry *before, struct list_entry *now)
{
	if (!list_entry_holds(before, clock_of_packets_ns()))
		return;
	r->count++;
	r->sooner += now->expires_ns && (!before->expires_ns || now->expires_ns < before->expires_ns);
	r->entry = *before;
	now->packets = before->packets;
}

static int keys_compare(const struct list_key *a, const struct list_key *b)
{
	return memcmp(a, b, sizeof(*a));
}

/* Items of one key stay in their order. */
static int items_compare(const void *left, const void *right)
{
	const struct list_item *a = *(struct list_item *const *)left, *b = *(struct list_item *const *)right;

	return keys_compare(&a->key, &b->key) ?: (a > b) - (a < b);
}

/* The last item with that key, NULL without one. */
static struct list_item *item_find(struct list_item *const *sorted, size_t count, const struct list_key *key)
{
	size_t first = 0, end = count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (keys_compare(&sorted[middle]->key, key) <= 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first && !keys_compare(&sorted[first - 1]->key, key) ? sorted[first - 1] : NULL;
}

/* Takes those out of the first `count` of `all` that have the key of an item behind them. */
static void replaced_take(struct list_items *all, size_t count, struct list_item *const *sorted, struct list_replaced *replaced)
{
	size_t added = all->count - count, kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct list_item *item = item_find(sorted, added, &all->item[i].key);

		if (item)
			list_replaced_add(replaced, &all->item[i].entry, &item->entry);
		else
			all->item[kept++] = all->item[i];
	}
	memmove(&all->item[kept], &all->item[count], added * sizeof(*all->item));
	all->count = kept + added;
}

int list_merge(struct list_items *all, const struct list_items *items, struct list_replaced *replaced)
{
	struct list_item **sorted = calloc(items->count + 1, sizeof(*sorted));
	size_t count = all->count;
	int err = sorted ? 0 : -ENOMEM;

	for (size_t i = 0; i < items->count && !err; i++) {
		struct list_item *item = items_add(all);

		if (item)
			*item = items->item[i];
		else
			err = -ENOMEM;
	}
	for (size_t i = 0; i < items->count && !err; i++)
		sorted[i] = &all->item[count + i];
	if (!err && count && items->count) {
		qsort(sorted, items->count, sizeof(*sorted), items_compare);
		replaced_take(all, count, sorted, replaced);
	}
	free(sorted);
	return err;
}
