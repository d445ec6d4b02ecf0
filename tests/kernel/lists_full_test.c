// SPDX-License-Identifier: BSD-2-Clause
/* A list that has no room for more: nothing is taken, and the line that says so names what fits. */
#include <sys/mman.h>
#include "agent_fixture.h"
#include "block_flows.h"
#include "list_tables.h"
#include "lists.h"

static char said[512];

/* What goes to stderr meanwhile is in `said` afterwards. */
static int stderr_keep(FILE **to)
{
	int before = dup(STDERR_FILENO);

	*to = tmpfile();
	assert_non_null(*to);
	fflush(stderr);
	dup2(fileno(*to), STDERR_FILENO);
	return before;
}

static void stderr_take(FILE *to, int before)
{
	size_t n;

	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	rewind(to);
	n = fread(said, 1, sizeof(said) - 1, to);
	said[n] = 0;
	fclose(to);
}

/* So many networks that nobody has the memory for them: pages that are only read are all one. */
static void a_list_past_its_most_names_what_was_given_and_what_fits(void **state)
{
	struct list_items many = { .count = LIST_TABLE_MOST + 1ul };
	size_t size = many.count * sizeof(*many.item), count = 1;
	FILE *to;
	int err, before;

	(void)state;
	NEEDS_ROOT();
	many.item = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (many.item == MAP_FAILED)
		skip();
	before = stderr_keep(&to);
	err = list_replace(&dp, LIST_BLOCK, &many);
	stderr_take(to, before);
	munmap(many.item, size);
	assert_int_equal(err, -E2BIG);
	assert_non_null(strstr(said, "50000001 entries given, at most 50000000 addresses and as many networks fit"));
	assert_int_equal(list_count(&dp, LIST_BLOCK, &count), 0);
	assert_int_equal(count, 0);
}

static void flows_past_the_most_that_are_blocked_name_how_many_are(void **state)
{
	struct list_entry entry = { 0 };
	struct list_replaced replaced;
	struct flow_key key = { .l4_proto = IPPROTO_TCP };
	int err, before;
	FILE *to;

	(void)state;
	NEEDS_ROOT();
	for (__u32 i = 0; i < dp.max_entries[DATAPATH_BLOCK_FLOWS]; i++) {
		key.addr[0][3] = i;
		assert_int_equal(bpf_map_update_elem(dp.map[DATAPATH_BLOCK_FLOWS], &key, &entry, BPF_ANY), 0);
	}
	key.addr[0][3] = ~0u;
	before = stderr_keep(&to);
	err = block_flow_add(&dp, &key, &entry, &replaced);
	stderr_take(to, before);
	assert_int_equal(err, -E2BIG);
	assert_non_null(strstr(said, "65536 flows are, the most that fit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_past_its_most_names_what_was_given_and_what_fits),
		cmocka_unit_test(flows_past_the_most_that_are_blocked_name_how_many_are),
	};

	return cmocka_run_group_tests_name("lists_full", tests, agent_take, agent_leave);
}
