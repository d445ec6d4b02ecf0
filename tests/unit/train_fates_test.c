// SPDX-License-Identifier: BSD-2-Clause
/* What a flow comes to is the severest verdict that the kernel's own policy gives any of its rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "fates.h"
#include "made_dataset.h"

#define LOG_AT 1
#define DROP_AT 2

static struct dataset d;
static float all[64], source[64];

static int setup(void **state)
{
	(void)state;
	made_dataset_open(&d);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	made_dataset_close(&d);
	return 0;
}

/* A row of a flow: its margins with and without the destination. Returns its feature values. */
static float *row_add(uint32_t flow, uint32_t packets, float margin_all, float margin_source)
{
	size_t row = d.rows;

	made_row_add(&d, flow, 0, LABEL_MALICIOUS, 0);
	d.packets[row] = packets;
	all[row] = margin_all;
	source[row] = margin_source;
	return d.value + row * FEATURE_COUNT;
}

/* One of a crowd whose handshakes stay half-open. */
static void stranger(float *value)
{
	value[FEATURE_kind] = FLOW_KIND_SYN;
	value[FEATURE_d_half_long] = VERDICT_PLIGHT_FLOWS;
	value[FEATURE_d_half_pm_short] = 500;
	value[FEATURE_d_peers_short] = VERDICT_CROWD_PEERS;
}

/* No SYN was seen: the flow may have begun before we looked. */
static void older(float *value)
{
	value[FEATURE_kind] = FLOW_KIND_ACK;
	value[FEATURE_fpk] = 8;
}

static enum verdict fate_of(uint32_t flow)
{
	uint8_t fate[8];

	fates_find(fate, &d, &(struct margins){ all, source }, LOG_AT, DROP_AT);
	return fate[flow];
}

static void margins_below_the_thresholds_pass_and_are_logged(void **state)
{
	(void)state;
	row_add(0, 1, 0.99f, 9);
	row_add(1, 1, 1, 9);
	row_add(2, 1, 1.99f, 9);
	assert_int_equal(fate_of(0), VERDICT_PASS);
	assert_int_equal(fate_of(1), VERDICT_LOG);
	assert_int_equal(fate_of(2), VERDICT_LOG);
}

static void evidence_about_the_source_condemns_at_once(void **state)
{
	(void)state;
	row_add(0, 1, 2, 2)[FEATURE_s_unans_long] = VERDICT_SOURCE_FLOWS;
	row_add(1, 1, 2, 2)[FEATURE_s_unans_long] = VERDICT_SOURCE_FLOWS - 1;
	row_add(2, 1, 2, 1.99f)[FEATURE_s_unans_long] = VERDICT_SOURCE_FLOWS; /* only with the destination is it malicious */
	assert_int_equal(fate_of(0), VERDICT_DROP);
	assert_int_equal(fate_of(1), VERDICT_LOG);
	assert_int_equal(fate_of(2), VERDICT_LOG);
}

static void strangers_lose_their_first_packet_and_from_the_sixteenth_on_all(void **state)
{
	(void)state;
	stranger(row_add(0, 1, 9, 9));
	stranger(row_add(1, 2, 9, 9));
	stranger(row_add(2, 1, 9, 9));
	stranger(row_add(2, 2, 9, 9));
	stranger(row_add(2, 4, 9, 9));
	stranger(row_add(4, 4, 9, 9));
	stranger(row_add(2, 16, 9, 9));
	older(row_add(3, 16, 9, 9));
	assert_int_equal(fate_of(0), VERDICT_DROP_ONCE);
	assert_int_equal(fate_of(1), VERDICT_LOG);
	assert_int_equal(fate_of(2), VERDICT_DROP);
	assert_int_equal(fate_of(3), VERDICT_LOG);
	assert_int_equal(fate_of(4), VERDICT_LOG);
}

static void what_comes_later_does_not_make_up_for_it(void **state)
{
	(void)state;
	row_add(0, 1, 2, 2)[FEATURE_s_unans_long] = VERDICT_SOURCE_FLOWS;
	row_add(0, 2, -9, -9);
	stranger(row_add(1, 1, 9, 9));
	row_add(1, 2, -9, -9);
	assert_int_equal(fate_of(0), VERDICT_DROP);
	assert_int_equal(fate_of(1), VERDICT_DROP_ONCE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(margins_below_the_thresholds_pass_and_are_logged),
		TEST(evidence_about_the_source_condemns_at_once),
		TEST(strangers_lose_their_first_packet_and_from_the_sixteenth_on_all),
		TEST(what_comes_later_does_not_make_up_for_it),
	};

	return cmocka_run_group_tests_name("fates", tests, NULL, NULL);
}
