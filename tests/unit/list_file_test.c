// SPDX-License-Identifier: BSD-2-Clause
/* List files as people, ipset and nftables write them: entries in, or one refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clock.h"
#include "list_file.h"
#include "list_hints.h"
#include "lists.h"
#include "settings.h"

static struct list_items items;
static size_t expired;

static int text_read(const char *text, const struct list_defaults *defaults)
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");
	int err;

	items_free(&items);
	assert_non_null(in);
	err = list_file_read(in, "test", defaults, &items, &expired);
	fclose(in);
	return err;
}

/* The keys of all items, in order, with a blank between them. */
static const char *keys_text(void)
{
	static char all[4096];

	all[0] = 0;
	for (size_t i = 0; i < items.count; i++) {
		char text[IP_TEXT_SIZE];

		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? " " : "",
			 list_key_print(&items.item[i].key, text));
	}
	return all;
}

static const struct list_defaults none;

static void every_form_yields_its_entries(void **state)
{
	static const struct {
		const char *text, *keys;
	} rows[] = {
		{ "192.0.2.1\n2001:db8::/32 # why\n\n# no\n", "192.0.2.1/32 2001:db8::/32" },
		{ "192.0.2.1", "192.0.2.1/32" },
		{ "192.0.2.1\r\n192.0.2.2\r\n", "192.0.2.1/32 192.0.2.2/32" },
		{ "0.0.0.0/0\n::/0\n", "0.0.0.0/0 ::/0" },
		{ "address,expires,reason\n192.0.2.1,,\n192.0.2.2,1h\n", "192.0.2.1/32 192.0.2.2/32" },
		{ "192.0.2.1-192.0.2.6\n", "192.0.2.1/32 192.0.2.2/31 192.0.2.4/31 192.0.2.6/32" },
		{ "0.0.0.0-255.255.255.255\n", "0.0.0.0/0" },
		{ "2001:db8::-2001:db8::ff\n", "2001:db8::/120" },
		{ "192.0.2.9-192.0.2.9\n", "192.0.2.9/32" },
		{ "create s hash:ip\nadd s 192.0.2.1 timeout 60\nadd s 192.0.2.2 packets 3 bytes 120\nCOMMIT\n",
		  "192.0.2.1/32 192.0.2.2/32" },
		{ "add element inet filter bad { 192.0.2.1, 198.51.100.0/24 }\n", "192.0.2.1/32 198.51.100.0/24" },
		{ "elements = { 192.0.2.1 comment \"a, b }\",\n 192.0.2.2 }\n192.0.2.3\n",
		  "192.0.2.1/32 192.0.2.2/32 192.0.2.3/32" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(text_read(rows[i].text, &none), 0);
		assert_string_equal(keys_text(), rows[i].keys);
	}
}

static void what_is_no_entry_is_refused(void **state)
{
	static const char *const texts[] = {
		"192.0.2.300\n", "192.0.2.1/33\n", "192.0.2.1 192.0.2.2\n", "192.0.2.9-192.0.2.1\n",
		"192.0.2.1-2001:db8::1\n", "192.0.2.1,soon\n", "192.0.2.1,2026-13-01T00:00:00Z\n", "2001:db8::/129\n",
		"elements = { 192.0.2.1\n", "add s\n", "add s 192.0.2.1 timeout\n", "add s 192.0.2.1 timeout x\n",
		"add s 192.0.2.1,tcp:80\n", "192.0.2.1\naddress,expires\n", "type ipv4_addr\n", "-\n", ",\n", "/\n", "\"\n",
		"192.0.2.1 comment\n", "192.0.2.7/24\n", "elements = { \"\n}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(text_read(texts[i], &none), -EINVAL);
}

/* Unless it is forced, nobody blocks all there is. */
static void what_covers_everything_is_refused_where_it_matters(void **state)
{
	static const char *const texts[] = { "0.0.0.0/0", "::/0", "::/8", "0.0.0.0-255.255.255.255", "::-::ffff:ffff:ffff" };
	struct list_defaults careful = { .all_would = "do it" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(text_read(texts[i], &none), 0);
		assert_int_equal(text_read(texts[i], &careful), -EINVAL);
	}
	assert_int_equal(text_read("0.0.0.0/1\n2000::/3\n", &careful), 0);
}

static void expiry_is_from_now_or_a_date_or_never(void **state)
{
	struct list_defaults hour = { .expires_ns = clock_monotonic_ns() + 3600 * SECOND_NS };
	__u64 now = clock_monotonic_ns();
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "192.0.2.1,1h30m\n192.0.2.2,\n192.0.2.3,never\n192.0.2.4,%llu\n192.0.2.5,1000000001\n",
		 (unsigned long long)(clock_unix_ns() / SECOND_NS + 100));
	assert_int_equal(text_read(text, &hour), 0);
	assert_int_equal(items.count, 4);
	assert_int_equal(expired, 1);
	assert_in_range(items.item[0].entry.expires_ns, now + 5400 * SECOND_NS, now + 5401 * SECOND_NS);
	assert_int_equal(items.item[1].entry.expires_ns, hour.expires_ns);
	assert_int_equal(items.item[2].entry.expires_ns, 0);
	assert_in_range(items.item[3].entry.expires_ns, now + 98 * SECOND_NS, now + 101 * SECOND_NS);
}

static void reasons_are_kept_and_cut_to_size(void **state)
{
	(void)state;
	assert_int_equal(text_read("192.0.2.1,,\"spam, mostly\"\n192.0.2.2,,123456789012345678901234567890\n", &none), 0);
	assert_string_equal(items.item[0].entry.reason, "spam, mostly");
	assert_string_equal(items.item[1].entry.reason, "12345678901234567890123");
}

static struct list_key key_of(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p, NULL), 0);
	return list_key_from_prefix(&p);
}

static bool hinted(const struct list_hints *hints, const char *addr)
{
	struct list_key key = key_of(addr);

	return list_is_hinted(hints, key.addr);
}

/* A hint too many costs time; one too few would let a blocked packet through. */
static void every_address_of_a_network_is_hinted_at(void **state)
{
	static const struct {
		const char *net, *in[3], *out;
	} rows[] = {
		{ "192.0.2.7", { "192.0.2.7", "192.0.2.7", "192.0.2.7" }, "192.0.3.7" },
		{ "10.32.0.0/11", { "10.32.0.0", "10.63.255.255", "10.50.1.1" }, "10.64.0.0" },
		{ "0.0.0.0/0", { "0.0.0.0", "255.255.255.255", "9.9.9.9" }, "2001:db8::1" },
		{ "2001:db8::/32", { "2001:db8::", "2001:db8:ffff::1", "2001:db8::1" }, "192.0.2.1" },
		{ "2001:db8::/29", { "2001:db8::", "2001:dbf:ffff::1", "2001:dba::1" }, "192.0.2.1" },
		{ "2000::/3", { "2000::", "3fff:ffff::1", "2a00::1" }, "192.0.2.1" },
		{ "::/0", { "::", "ffff::1", "192.0.2.1" }, NULL },
		{ "::ffff:0:0/96", { "0.0.0.0", "255.255.255.255", "192.0.2.1" }, NULL },
		{ "::/80", { "0.0.0.1", "::1", "223.0.0.1" }, NULL },
	};
	struct list_hints *hints = calloc(1, sizeof(*hints));

	(void)state;
	assert_non_null(hints);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct list_key key = key_of(rows[i].net);

		memset(hints, 0, sizeof(*hints));
		list_hints_add(hints, &key);
		for (int k = 0; k < 3; k++)
			assert_true(hinted(hints, rows[i].in[k]));
		if (rows[i].out)
			assert_false(hinted(hints, rows[i].out));
	}
	free(hints);
}

static int items_teardown(void **state)
{
	(void)state;
	items_free(&items);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_yields_its_entries),
		cmocka_unit_test(what_is_no_entry_is_refused),
		cmocka_unit_test(what_covers_everything_is_refused_where_it_matters),
		cmocka_unit_test(expiry_is_from_now_or_a_date_or_never),
		cmocka_unit_test(reasons_are_kept_and_cut_to_size),
		cmocka_unit_test(every_address_of_a_network_is_hinted_at),
	};

	return cmocka_run_group_tests_name("list_file", tests, NULL, items_teardown);
}
