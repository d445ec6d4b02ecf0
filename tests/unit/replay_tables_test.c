// SPDX-License-Identifier: BSD-2-Clause
/* The kernel's maps on the host: what is put in is found, what is full evicts the one nobody asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bpf.h>
#include "tables.h"

static struct table made_for(__u32 type, __u32 entries, __u32 key_size)
{
	struct table t = { .type = type, .key_size = key_size, .value_size = 12, .entries = entries };

	assert_int_equal(table_open(&t), 0);
	return t;
}

static struct table made(__u32 type, __u32 entries)
{
	return made_for(type, entries, 8);
}

/* The number as a key of the table's size, in its last word. */
static const void *key_of(const struct table *t, __u64 number)
{
	static __u64 word[TABLE_KEY_MAX / 8];

	memset(word, 0, sizeof(word));
	word[t->key_size / 8 - 1] = number;
	return word;
}

static int put(struct table *t, __u64 key, __u32 number, __u64 flags)
{
	__u32 value[3] = { number, 0, ~number };

	return table_update(t, key_of(t, key), value, flags);
}

/* The number put in under this key, -1 without one. */
static long get(struct table *t, __u64 key)
{
	__u32 *value = table_lookup(t, key_of(t, key));

	if (!value)
		return -1;
	assert_int_equal(value[2], ~value[0]);
	return value[0];
}

/* Of twice as many keys as there is room for. */
static void random_changes_compare(__u32 room, int changes, __u32 key_size)
{
	struct table t = made_for(BPF_MAP_TYPE_HASH, room, key_size);
	__u32 keys = 2 * room, present = 0;
	long *plain = malloc(keys * sizeof(*plain));
	__u64 seed = 1;

	memset(plain, -1, keys * sizeof(*plain));
	for (int i = 0; i < changes; i++) {
		__u64 key;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		key = seed >> 33;
		if (key % 3 == 0) {
			key = key / 3 % keys;
			assert_int_equal(table_delete(&t, key_of(&t, key)), plain[key] < 0 ? -ENOENT : 0);
			present -= plain[key] >= 0;
			plain[key] = -1;
			assert_int_equal(get(&t, key), -1);
			continue;
		}
		key = key / 3 % keys;
		assert_int_equal(get(&t, key), plain[key]); /* is remembered, and no longer true after this */
		if (plain[key] < 0 && present == room) {
			assert_int_equal(put(&t, key, i, BPF_ANY), -E2BIG);
			continue;
		}
		assert_int_equal(put(&t, key, i, BPF_ANY), 0);
		present += plain[key] < 0;
		plain[key] = i;
		assert_int_equal(get(&t, key), i);
	}
	assert_int_equal(t.present, present);
	for (__u64 key = 0; key < keys; key++)
		assert_int_equal(get(&t, key), plain[key]);
	table_close(&t);
	free(plain);
}

static void random_changes_agree_with_a_plain_list(void **state)
{
	(void)state;
	random_changes_compare(500, 200000, 8);
}

/* Their keys are hashed and compared by ways of their own. */
static void random_changes_of_hosts_and_flows_agree_with_a_plain_list(void **state)
{
	(void)state;
	random_changes_compare(500, 200000, 16);
	random_changes_compare(500, 200000, 48);
}

/* So many that their cells become more, several times. */
static void many_records_are_found_when_cells_were_added(void **state)
{
	(void)state;
	random_changes_compare(20000, 400000, 8);
}

static void flags_are_those_of_the_kernel(void **state)
{
	struct table t = made(BPF_MAP_TYPE_HASH, 4);

	(void)state;
	assert_int_equal(put(&t, 1, 10, BPF_EXIST), -ENOENT);
	assert_int_equal(put(&t, 1, 10, BPF_NOEXIST), 0);
	assert_int_equal(put(&t, 1, 11, BPF_NOEXIST), -EEXIST);
	assert_int_equal(get(&t, 1), 10);
	assert_int_equal(put(&t, 1, 12, BPF_EXIST), 0);
	assert_int_equal(get(&t, 1), 12);
	table_close(&t);
}

static int farewells;

static void farewell_count(void *context, const void *key, void *value)
{
	(void)context;
	(void)key;
	(void)value;
	farewells++;
}

static void full_table_evicts_who_was_not_asked_for(void **state)
{
	struct table t = made(BPF_MAP_TYPE_LRU_HASH, 100);

	(void)state;
	t.farewell = farewell_count;
	farewells = 0;
	for (__u64 key = 0; key < 1000; key++) {
		assert_int_equal(put(&t, key, key, BPF_ANY), 0);
		assert_int_equal(get(&t, 7 < key ? 7 : key), 7 < key ? 7 : key); /* it always is */
	}
	assert_int_equal(t.present, 100);
	assert_int_equal(t.evicted, 900);
	assert_int_equal(farewells, 900);
	assert_int_equal(get(&t, 7), 7);
	table_clear(&t);
	assert_int_equal(farewells, 1000);
	assert_int_equal(get(&t, 7), -1);
	assert_int_equal(put(&t, 7, 70, BPF_NOEXIST), 0);
	assert_int_equal(get(&t, 7), 70);
	table_close(&t);
}

static void record_stays_where_it_is(void **state)
{
	struct table t = made(BPF_MAP_TYPE_HASH, 1000);
	__u64 first = 0;
	void *at;

	(void)state;
	put(&t, first, 0, BPF_ANY);
	at = table_lookup(&t, &first);
	for (__u64 key = 1; key < 1000; key++)
		put(&t, key, key, BPF_ANY);
	for (__u64 key = 1; key < 1000; key += 2)
		table_delete(&t, &key);
	assert_ptr_equal(table_lookup(&t, &first), at);
	table_close(&t);
	assert_null(table_lookup_sized(&t, &first, sizeof(first))); /* which it remembered */
}

static void array_has_its_entries_and_no_more(void **state)
{
	struct table t = made(BPF_MAP_TYPE_ARRAY, 3);
	__u32 at = 2, beyond = 3, value[3] = { 5, 0, ~5u };

	(void)state;
	assert_int_equal(table_update(&t, &at, value, BPF_ANY), 0);
	assert_memory_equal(table_lookup(&t, &at), value, sizeof(value));
	assert_null(table_lookup(&t, &beyond));
	assert_int_equal(table_update(&t, &beyond, value, BPF_ANY), -E2BIG);
	table_clear(&t);
	assert_int_equal(*(__u32 *)table_lookup(&t, &at), 0);
	table_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_changes_agree_with_a_plain_list),
		cmocka_unit_test(random_changes_of_hosts_and_flows_agree_with_a_plain_list),
		cmocka_unit_test(many_records_are_found_when_cells_were_added),
		cmocka_unit_test(flags_are_those_of_the_kernel),
		cmocka_unit_test(full_table_evicts_who_was_not_asked_for),
		cmocka_unit_test(record_stays_where_it_is),
		cmocka_unit_test(array_has_its_entries_and_no_more),
	};

	return cmocka_run_group_tests_name("replay_tables", tests, NULL, NULL);
}
