// SPDX-License-Identifier: BSD-2-Clause
/* Reading the flow table ahead: every flow comes once, whatever the table's size, and reading may end at any time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include "flow_reader.h"

#define ROOM 60000

/* A table of so many flows, each with its number in key and record. */
static int table_make(unsigned int count)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "reader_test", sizeof(struct flow_key), sizeof(struct flow), 2 * ROOM,
				NULL);

	if (fd < 0 && errno == EPERM) {
		print_message("skip: needs root\n");
		skip();
	}
	assert_true(fd >= 0);
	for (unsigned int i = 0; i < count; i++) {
		struct flow_key key = { .addr = { { [3] = i } } };
		struct flow flow = { .first_ns = i };

		assert_int_equal(bpf_map_update_elem(fd, &key, &flow, BPF_ANY), 0);
	}
	return fd;
}

static void every_flow_comes_once(void **state)
{
	static const unsigned int counts[] = { 0, 1, 4000, 12345, ROOM };

	(void)state;
	for (size_t n = 0; n < sizeof(counts) / sizeof(*counts); n++) {
		int fd = table_make(counts[n]);
		unsigned char *seen = calloc(ROOM, 1);
		const struct flow_batch *b;
		unsigned int batches = 0, flows = 0;
		struct flow_reader r;

		flow_reader_open(&r, fd);
		for (; (b = flow_reader_next(&r)); batches++) {
			assert_int_equal(b->err, 0);
			for (__u32 i = 0; i < b->count; i++, flows++) {
				assert_in_range(b->key[i].addr[0][3], 0, counts[n] - 1);
				assert_int_equal(b->flow[i].first_ns, b->key[i].addr[0][3]);
				assert_int_equal(seen[b->key[i].addr[0][3]]++, 0);
			}
		}
		assert_null(flow_reader_next(&r));
		assert_int_equal(r.has_thread, counts[n] > 4096);
		flow_reader_close(&r);
		assert_int_equal(flows, counts[n]);
		assert_true(batches > counts[n] / 4096);
		free(seen);
		close(fd);
	}
}

static void reading_may_end_before_the_table_does(void **state)
{
	int fd = table_make(ROOM);

	(void)state;
	for (int after = 0; after < 8; after++) {
		struct flow_reader r;

		flow_reader_open(&r, fd);
		for (int i = 0; i < after; i++)
			assert_non_null(flow_reader_next(&r));
		flow_reader_close(&r);
	}
	close(fd);
}

static void what_cannot_be_read_is_said(void **state)
{
	const struct flow_batch *b;
	struct flow_reader r;

	(void)state;
	flow_reader_open(&r, -1);
	b = flow_reader_next(&r);
	assert_non_null(b);
	assert_int_equal(b->err, -EBADF);
	assert_int_equal(b->count, 0);
	assert_null(flow_reader_next(&r));
	flow_reader_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flow_comes_once),
		cmocka_unit_test(reading_may_end_before_the_table_does),
		cmocka_unit_test(what_cannot_be_read_is_said),
	};

	return cmocka_run_group_tests_name("flow reader", tests, NULL, NULL);
}
