// SPDX-License-Identifier: BSD-2-Clause
/* New entries take the places of those with their keys, whatever the order, and say which these were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "clock.h"
#include "list_merge.h"

#define AN_HOUR (3600 * SECOND_NS)

static void add(struct list_items *items, __u32 host, __u32 prefix_len, __u64 expires_ns, __u64 packets)
{
	*items_add(items) = (struct list_item){ .key = { .prefix_len = prefix_len, .addr = { [3] = host } },
						.entry = { .expires_ns = expires_ns, .packets = packets } };
}

static void new_entries_take_places_and_go_on_with_the_counts(void **state)
{
	struct list_items all = { 0 }, items = { 0 };
	struct list_replaced replaced = { 0 };
	__u64 now = clock_of_packets_ns();

	(void)state;
	add(&all, 1, 128, 0, 11);
	add(&all, 2, 128, now + AN_HOUR, 12);
	add(&all, 2, 120, 0, 13);
	add(&all, 3, 128, 1, 14); /* long over */
	add(&all, 4, 128, 0, 15);
	add(&items, 4, 128, 0, 0);
	add(&items, 2, 128, now + 2 * AN_HOUR, 0);
	add(&items, 9, 128, 0, 0);
	add(&items, 1, 128, 5, 0);
	add(&items, 3, 128, 0, 0);
	add(&items, 1, 128, now + AN_HOUR, 0);
	assert_int_equal(list_merge(&all, &items, &replaced), 0);
	assert_int_equal(all.count, 1 + items.count);
	assert_int_equal(all.item[0].entry.packets, 13); /* a network of the same first bits is another */
	assert_int_equal(all.item[1].entry.packets, 15);
	assert_int_equal(all.item[2].entry.packets, 12);
	assert_int_equal(all.item[4].entry.packets, 0);
	assert_int_equal(all.item[5].entry.packets, 0);
	assert_int_equal(all.item[6].entry.packets, 11); /* the last of two that are given */
	assert_int_equal(items.item[5].entry.packets, 0);
	assert_int_equal(replaced.count, 3);
	assert_int_equal(replaced.sooner, 1);
	assert_int_equal(replaced.entry.packets, 15);
	items_free(&all);
	items_free(&items);
}

static void empty_lists_merge(void **state)
{
	struct list_items all = { 0 }, items = { 0 };
	struct list_replaced replaced = { 0 };

	(void)state;
	assert_int_equal(list_merge(&all, &items, &replaced), 0);
	add(&items, 7, 128, 0, 0);
	assert_int_equal(list_merge(&all, &items, &replaced), 0);
	assert_int_equal(list_merge(&all, &(struct list_items){ 0 }, &replaced), 0);
	assert_int_equal(all.count, 1);
	assert_int_equal(replaced.count, 0);
	items_free(&all);
	items_free(&items);
}

static void many_merge_into_many(void **state)
{
	struct list_items all = { 0 }, items = { 0 };
	struct list_replaced replaced = { 0 };

	(void)state;
	for (__u32 i = 0; i < 5000; i++)
		add(&all, i * 2654435761u, 128, 0, i);
	for (__u32 i = 7500; i-- > 2500;)
		add(&items, i * 2654435761u, 128, 0, 0);
	assert_int_equal(list_merge(&all, &items, &replaced), 0);
	assert_int_equal(all.count, 7500);
	assert_int_equal(replaced.count, 2500);
	for (size_t i = 0; i < 2500; i++)
		assert_int_equal(all.item[i].entry.packets, i);
	for (size_t i = 2500; i < 7500; i++)
		assert_int_equal(all.item[i].entry.packets, 9999 - i < 5000 ? 9999 - i : 0);
	items_free(&all);
	items_free(&items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_entries_take_places_and_go_on_with_the_counts),
		cmocka_unit_test(empty_lists_merge),
		cmocka_unit_test(many_merge_into_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
