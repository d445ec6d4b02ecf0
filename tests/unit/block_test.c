// SPDX-License-Identifier: BSD-2-Clause
/* What turns against a source, and on what evidence; rates; which addresses are one source; thresholds of scopes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include "block.h"
#include "scope.h"

#define HOUR (3600 * SECOND_NS)

static const struct response block_after_3 = { .kind = RESPONSE_BLOCK, .count = 3, .within_ns = SECOND_NS, .for_ns = HOUR };

static void block_needs_proof_or_is_short_and_spares_the_honest(void **state)
{
	static const struct {
		const char *what;
		__u32 flows, proven;
		struct host_window lately;
		__u64 for_ns;
	} rows[] = {
		{ "too few", 2, 2, { 0 }, 0 },
		{ "enough, all with handshakes", 3, 3, { .flows = 3, .handshakes = 3 }, HOUR },
		{ "one of them without", 3, 2, { .flows = 3, .handshakes = 2 }, 0 },
		{ "more, enough of them with", 9, 3, { .flows = 9, .handshakes = 3 }, HOUR },
		{ "none with, of an address that nobody knows", 3, 0, { 0 }, 60 * SECOND_NS },
		{ "half-open ones", 3, 0, { .flows = 900, .syns = 900, .answered = 900 }, 60 * SECOND_NS },
		{ "refused ones", 3, 0, { .flows = 9, .answered = 9, .rejected = 9 }, 60 * SECOND_NS },
		{ "of an address with a handshake", 900, 0, { .flows = 900, .syns = 900, .handshakes = 1 }, 0 },
		{ "of an address that was answered over UDP", 900, 0, { .flows = 900, .udp_answered = 1, .answered = 1 }, 0 },
		{ "of an address with older connections", 9, 2, { .flows = 4, .syns = 3, .answered = 4 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (block_earned_ns(&block_after_3, rows[i].flows, rows[i].proven, &rows[i].lately) != rows[i].for_ns)
			fail_msg("%s", rows[i].what);
}

static void short_block_stays_as_short_as_it_was_wanted(void **state)
{
	struct response r = block_after_3;
	struct host_window nothing = { 0 };

	(void)state;
	r.for_ns = 5 * SECOND_NS;
	assert_int_equal(block_earned_ns(&r, 3, 0, &nothing), 5 * SECOND_NS);
	assert_int_equal(block_earned_ns(&r, 3, 3, &nothing), 5 * SECOND_NS);
}

static void handshake_proves_its_sender_only_where_the_answer_was_seen(void **state)
{
	struct flow f = { .events = FLOW_ANSWERED };

	(void)state;
	assert_false(flow_shows_sender(&f));
	f.events |= FLOW_HANDSHAKE;
	assert_false(flow_shows_sender(&f));
	f.isn[1] = 500;
	assert_true(flow_shows_sender(&f));
}

static void offences_count_within_their_time_and_by_source(void **state)
{
	struct offences o = { 0 };

	(void)state;
	offences_add(&o, 7, SECOND_NS, 0, HOUR);
	offences_add(&o, 7, SECOND_NS, 1, HOUR + SECOND_NS);
	assert_int_equal(o.flows, 2);
	assert_int_equal(o.proven, 1);
	offences_add(&o, 7, SECOND_NS, 0, HOUR + SECOND_NS + 1);
	assert_int_equal(o.flows, 1);
	assert_int_equal(o.proven, 0);
	offences_add(&o, 9, SECOND_NS, 1, HOUR + SECOND_NS + 2);
	assert_int_equal(o.flows, 1);
	assert_int_equal(o.proven, 1);
}

static void block_holds_until_its_time_silence_or_another_model(void **state)
{
	struct source_block b = { .until_ns = HOUR, .last_ns = HOUR / 2, .generation = 5 };
	struct settings s;

	(void)state;
	settings_defaults(&s);
	s.voided_at = 5;
	assert_true(source_block_holds(&b, &s, HOUR / 2 + s.unblock_quiet_ns - 1));
	assert_false(source_block_holds(&b, &s, HOUR / 2 + s.unblock_quiet_ns));
	s.unblock_quiet_ns = 0;
	assert_true(source_block_holds(&b, &s, HOUR - 1));
	assert_false(source_block_holds(&b, &s, HOUR));
	s.voided_at = 6;
	assert_false(source_block_holds(&b, &s, HOUR - 1));
}

static void rate_lets_so_many_pass_and_saves_nothing(void **state)
{
	__u64 paid = 0;
	int passed = 0;

	(void)state;
	for (__u64 t = 0; t < 10 * SECOND_NS; t += SECOND_NS / 10000)
		passed += limit_admits(&paid, 100, HOUR + t);
	assert_in_range(passed, 1000, 1011);
	for (passed = 0; limit_admits(&paid, 100, 2 * HOUR); passed++)
		;
	assert_int_equal(passed, 11); /* an hour of silence: a tenth of a second's packets and one */
	assert_false(limit_admits(&paid, 0, 3 * HOUR));
	for (passed = 0; limit_admits(&paid, 1, 4 * HOUR); passed++)
		;
	assert_int_equal(passed, 1);
	assert_false(limit_admits(&paid, 1, 4 * HOUR + SECOND_NS - LIMIT_BURST_NS - 1));
	assert_true(limit_admits(&paid, 1, 4 * HOUR + SECOND_NS - LIMIT_BURST_NS));
}

static struct host_key source_of(const char *addr, __u32 bits, int *alone)
{
	struct host_key out;
	__be32 in[4] = { 0, 0, htonl(0xffff) }, mask[4] = { 0 };

	for (__u32 bit = 0; bit < bits; bit++)
		((unsigned char *)mask)[bit / 8] |= 0x80 >> bit % 8;
	if (strchr(addr, ':'))
		assert_int_equal(inet_pton(AF_INET6, addr, in), 1);
	else
		assert_int_equal(inet_pton(AF_INET, addr, &in[3]), 1);
	*alone = host_key_from_source(&out, in, mask);
	return out;
}

static void ipv6_sources_are_networks_but_for_those_that_many_share(void **state)
{
	static const struct {
		const char *a, *b;
		__u32 bits;
		int same;
	} rows[] = {
		{ "2001:db8::1", "2001:db8::ffff:1:2:3", 64, 1 },   { "2001:db8::1", "2001:db8:0:1::1", 64, 0 },
		{ "2001:db8::1", "2001:db8:0:ff::1", 56, 1 },	    { "2001:db8::1", "2001:db8::2", 128, 0 },
		{ "2001:db8::1", "2001:db8::1", 128, 1 },	    { "192.0.2.1", "192.0.2.2", 64, 0 },
		{ "fe80::1", "fe80::2", 64, 0 },		    { "64:ff9b::c000:201", "64:ff9b::c000:202", 64, 0 },
		{ "2001:db8:ffff:ffff::", "2001:db8:ffff:fffe::", 48, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int alone[2];
		struct host_key a = source_of(rows[i].a, rows[i].bits, &alone[0]);
		struct host_key b = source_of(rows[i].b, rows[i].bits, &alone[1]);

		if ((memcmp(&a, &b, sizeof(a)) == 0) != rows[i].same)
			fail_msg("%s and %s by %u bits", rows[i].a, rows[i].b, rows[i].bits);
		assert_int_equal(alone[0], alone[1]);
	}
}

static void scope_marks_say_which_and_what_mode(void **state)
{
	struct scopes all = { .count = SCOPES_MAX };
	struct flow f = { 0 };

	(void)state;
	for (__u32 i = 0; i < SCOPES_MAX; i++) {
		all.scope[i].mode = i % 3 ? MODE_ENFORCE : MODE_MONITOR;
		f.scope = scope_mark(i, &all.scope[i]);
		assert_ptr_equal(scope_marked(&all, f.scope), &all.scope[i]);
		assert_int_equal(scope_mark_mode(f.scope), all.scope[i].mode);
	}
	assert_null(scope_marked(&all, 0));
	all.count = SCOPES_MAX - 1;
	assert_null(scope_marked(&all, f.scope));
}

static void thresholds_of_a_scope_are_margins_on_any_scale(void **state)
{
	struct model *m = test_calloc(1, sizeof(*m));
	struct scope_margins c = { .has = SCOPE_HAS_DROP_AT, .drop_at = -3 * (1 << (SCOPE_MARGIN_SHIFT - 1)) };
	struct policy p;

	(void)state;
	m->policy = (struct policy){ .log_at = 11, .drop_at = 22, .source_flows = 4 };
	for (m->scale_shift = 1; m->scale_shift < 24; m->scale_shift++) {
		policy_by_margins(&p, m, &c);
		assert_int_equal(p.log_at, 11);
		assert_int_equal(p.drop_at, -3 * (1 << (m->scale_shift - 1)));
		assert_int_equal(p.source_flows, 4);
	}
	c.drop_at = 1;
	policy_by_margins(&p, m, &c);
	assert_int_equal(p.drop_at, 1 << (m->scale_shift - SCOPE_MARGIN_SHIFT));
	m->scale_shift = 0;
	policy_by_margins(&p, m, &c);
	assert_int_equal(p.drop_at, 1); /* no score between 0 and that */
	c.drop_at = 0x7fffffff;
	m->scale_shift = 31;
	policy_by_margins(&p, m, &c);
	assert_int_equal(p.drop_at, 0x7fffffff);
	test_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(block_needs_proof_or_is_short_and_spares_the_honest),
		cmocka_unit_test(short_block_stays_as_short_as_it_was_wanted),
		cmocka_unit_test(handshake_proves_its_sender_only_where_the_answer_was_seen),
		cmocka_unit_test(offences_count_within_their_time_and_by_source),
		cmocka_unit_test(block_holds_until_its_time_silence_or_another_model),
		cmocka_unit_test(rate_lets_so_many_pass_and_saves_nothing),
		cmocka_unit_test(ipv6_sources_are_networks_but_for_those_that_many_share),
		cmocka_unit_test(scope_marks_say_which_and_what_mode),
		cmocka_unit_test(thresholds_of_a_scope_are_margins_on_any_scale),
	};

	return cmocka_run_group_tests_name("block", tests, NULL, NULL);
}
