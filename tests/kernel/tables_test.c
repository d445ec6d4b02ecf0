// SPDX-License-Identifier: BSD-2-Clause
/* Programs beside the first one, on other interfaces or on the way out, keep no tables apart: one state, one budget. */
#include "agent_fixture.h"
#include "bpf/egress.skel.h"
#include "bpf/member.skel.h"

/* What the compiler makes for constants and variables is a program's own. */
static bool map_is_ours(const struct bpf_map *map)
{
	return !strncmp(bpf_map__name(map), "hr_", strlen("hr_"));
}

static void every_table_is_the_datapath_s(struct bpf_object *object)
{
	struct bpf_map *map;
	int tables = 0;

	bpf_object__for_each_map(map, object) {
		if (!map_is_ours(map))
			continue;
		assert_int_equal(datapath_map_reuse(&dp, map), 0);
		if (bpf_map__fd(map) < 0)
			fail_msg("%s is made anew for each program", bpf_map__name(map));
		tables++;
	}
	assert_true(tables > 20);
}

static void a_program_under_a_dispatcher_shares_every_table(void **state)
{
	struct member_bpf *member;

	(void)state;
	NEEDS_ROOT();
	member = member_bpf__open();
	assert_non_null(member);
	every_table_is_the_datapath_s(member->obj);
	member_bpf__destroy(member);
}

static void the_egress_companion_shares_every_table(void **state)
{
	struct egress_bpf *egress;

	(void)state;
	NEEDS_ROOT();
	egress = egress_bpf__open();
	assert_non_null(egress);
	every_table_is_the_datapath_s(egress->obj);
	egress_bpf__destroy(egress);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_under_a_dispatcher_shares_every_table),
		cmocka_unit_test(the_egress_companion_shares_every_table),
	};

	return cmocka_run_group_tests_name("tables", tests, agent_take, agent_leave);
}
