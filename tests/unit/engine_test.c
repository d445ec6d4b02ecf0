// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "engine.h"
#include "flow_features.h"
#include "model_bounds.h"
#include "model_features.h"
#include "models.h"

static void flow_is_due_once_for_each_checkpoint_passed(void **state)
{
	struct settings s;

	(void)state;
	settings_defaults(&s);
	assert_true(engine_is_due(&s, 0, 1));
	assert_false(engine_is_due(&s, 1, 1));
	assert_true(engine_is_due(&s, 1, 2));
	assert_false(engine_is_due(&s, 5, 7));
	assert_true(engine_is_due(&s, 5, 8));
	assert_true(engine_is_due(&s, 5, 5000)); /* several at once: scored once */
	assert_false(engine_is_due(&s, 5000, 8191));
	s.checkpoints = 1 << 3 | 1 << 5;
	assert_false(engine_is_due(&s, 0, 7));
	assert_true(engine_is_due(&s, 0, 8));
	assert_false(engine_is_due(&s, 8, 31));
	assert_false(engine_is_due(&s, 32, 1ull << 40));
	s.checkpoints = 0;
	assert_false(engine_is_due(&s, 0, 1ull << 40));
}

/* Meets flow `id`, scored at so many packets. */
static void memory_keep(struct flow_memory *m, uint64_t id, uint32_t packets, enum flow_memory_state state)
{
	struct flow_memory_entry *e = flow_memory_meet(m, id);

	assert_non_null(e);
	e->packets = packets;
	e->state = state;
}

static void flow_met_at_every_turn_is_remembered(void **state)
{
	struct flow_memory m = { 0 };

	(void)state;
	assert_null(flow_memory_find(&m, 0));
	for (uint64_t id = 0; id < 10000; id++) /* low bits alike: the table has to mix them */
		memory_keep(&m, id << 12, id + 1, FLOW_MEMORY_TAKEN);
	assert_null(flow_memory_find(&m, 1));
	for (int turn = 0; turn < 3; turn++) {
		flow_memory_turn(&m);
		for (uint64_t id = 0; id < 10000; id++) {
			const struct flow_memory_entry *e = flow_memory_meet(&m, id << 12);

			assert_int_equal(e->packets, id + 1);
			assert_int_equal(e->state, FLOW_MEMORY_TAKEN);
		}
	}
	flow_memory_clear(&m);
	assert_null(flow_memory_find(&m, 5 << 12));
}

static void flow_not_met_between_two_turns_is_forgotten_and_begins_anew(void **state)
{
	struct flow_memory m = { 0 };

	(void)state;
	for (uint64_t id = 1; id <= 400; id++)
		memory_keep(&m, id, 9, FLOW_MEMORY_LOGGED);
	flow_memory_turn(&m);
	assert_non_null(flow_memory_find(&m, 7));
	assert_int_equal(flow_memory_meet(&m, 8)->packets, 9);
	flow_memory_turn(&m);
	assert_null(flow_memory_find(&m, 7)); /* nobody met it */
	assert_int_equal(flow_memory_meet(&m, 7)->packets, 0);
	assert_int_equal(flow_memory_meet(&m, 7)->state, FLOW_MEMORY_NEW);
	assert_int_equal(flow_memory_find(&m, 8)->packets, 9);
	flow_memory_clear(&m);
}

static void memory_of_many_flows_that_come_and_go_stays_small(void **state)
{
	struct flow_memory m = { 0 };
	uint64_t id = 1;

	(void)state;
	for (int turn = 0; turn < 100; turn++, flow_memory_turn(&m)) {
		memory_keep(&m, UINT64_MAX - 1, turn, FLOW_MEMORY_LOGGED);
		for (int i = 0; i < 10000; i++)
			memory_keep(&m, id++, 1, FLOW_MEMORY_NEW);
		assert_int_equal(flow_memory_find(&m, UINT64_MAX - 1)->packets, turn);
		assert_int_equal(flow_memory_find(&m, id - 1)->packets, 1);
	}
	assert_true(m.room <= 131072); /* of a million: those of two turns, with four places each */
	for (int turn = 0; turn < 3; turn++, flow_memory_turn(&m))
		memory_keep(&m, UINT64_MAX - 1, 7, FLOW_MEMORY_LOGGED);
	assert_true(m.room <= 1024); /* the others left */
	assert_int_equal(flow_memory_find(&m, UINT64_MAX - 1)->packets, 7);
	flow_memory_clear(&m);
}

static void same_vector_agrees_and_another_score_or_verdict_does_not(void **state)
{
	uint64_t seed = 1;
	struct model *m = model_random(20, 4, &seed);
	struct user_engine e = { .model = m };
	int drops = 0, spared = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct features x;
		struct judging room;
		struct snapshot s = { .packets = 1 + i % 8 };
		enum verdict verdict = VERDICT_COUNT;
		enum reason reason;
		__s64 score;

		features_random(&x, m, &seed);
		s.verdict = verdict_by_policy(m, &m->policy, &x, &room, s.packets, 1 /* exact */, &score, &reason);
		s.record.flow.score = score;
		s.record.flow.model_id = m->id;
		memcpy(s.feature, x.value, sizeof(s.feature));
		drops += s.verdict == VERDICT_DROP;
		assert_true(engine_agrees(&e, &s, &score, &verdict));
		if (s.verdict == VERDICT_DROP_ONCE) { /* the kernel let a retry pass, or somebody who is guarded */
			s.verdict = VERDICT_LOG;
			assert_true(engine_agrees(&e, &s, &score, &verdict));
			s.verdict = VERDICT_DROP_ONCE;
			spared++;
		}
		s.record.flow.score++;
		assert_false(engine_agrees(&e, &s, &score, &verdict));
		assert_true(score == s.record.flow.score - 1);
		assert_int_equal(verdict, s.verdict);
		s.record.flow.score--;
		s.verdict ^= 1;
		assert_false(engine_agrees(&e, &s, &score, &verdict));
		s.record.flow.model_id++; /* another model's: nothing to compare */
		assert_true(engine_agrees(&e, &s, &score, &verdict));
	}
	assert_true(drops > 0 && drops < 1000);
	assert_true(spared > 0);
	assert_int_equal(e.tally.agreed, 1000 + spared);
	assert_int_equal(e.tally.disagreed, 2000);
	free(m);
}

/* A flow of anything, one or several packets old; of its hosts nothing is known. */
static void record_random(struct flow_record *r, uint64_t *seed)
{
	*r = (struct flow_record){ 0 };
	for (int i = 0; i < 4; i++)
		r->key.addr[0][i] = random_u32(seed);
	r->key.addr[1][3] = random_u32(seed);
	r->key.port[0] = random_u32(seed);
	r->key.port[1] = random_u32(seed);
	r->key.l4_proto = random_u32(seed) % 2 ? IPPROTO_TCP : IPPROTO_UDP;
	r->flow.first_ns = 1 + random_u32(seed);
	r->flow.last_ns = r->flow.first_ns + random_u32(seed);
	r->flow.packets[0] = 1 + random_u32(seed) % 40;
	r->flow.packets[1] = random_u32(seed) % 40;
	r->flow.bytes[0] = r->flow.packets[0] * (40 + random_u32(seed) % 1400);
	r->flow.bytes[1] = r->flow.packets[1] * (40 + random_u32(seed) % 1400);
	r->flow.len_min = 40 + random_u32(seed) % 100;
	r->flow.len_max = 140 + random_u32(seed) % 1400;
	r->flow.kind = random_u32(seed) % 7;
	r->flow.state = random_u32(seed) % 6;
	r->flow.payload_first = random_u32(seed) % 1400;
	r->flow.tcp_flags[0] = random_u32(seed);
	r->flow.tcp_flags[1] = random_u32(seed);
}

#define FLOWS 5000
#define AT_ONCE 37 /* no multiple of what is judged together */

struct told {
	unsigned int count;
	struct event event[FLOWS];
};

static void on_told(void *context, const struct event *e)
{
	struct told *t = context;

	assert_in_range(t->count, 0, FLOWS - 1);
	t->event[t->count++] = *e;
}

static void flows_judge(struct user_engine *e, const struct flow_record *r)
{
	for (int i = 0; i < FLOWS; i++) {
		engine_judge(e, &r[i], 1);
		if (i % AT_ONCE == AT_ONCE - 1)
			engine_judge_rest(e);
	}
	engine_judge_rest(e);
	engine_judge_rest(e); /* there is none */
}

/* Each flow that is told is the next one that would be told alone. */
static void told_compare(const struct user_engine *e, const struct flow_record *r, const struct told *told)
{
	unsigned int next = 0;

	for (int i = 0; i < FLOWS; i++) {
		__u64 packets = r[i].flow.packets[0] + r[i].flow.packets[1];
		struct features x;
		struct judging room;
		enum reason reason;
		enum verdict verdict;
		__s64 score;

		flow_features(&x, &r[i], e->dp, &e->settings, 1, NULL, FEATURE_GROUPS_ALL);
		verdict = verdict_by_policy(e->model, &e->model->policy, &x, &room, packets, 1, &score, &reason);
		if (verdict != VERDICT_LOG)
			continue;
		assert_in_range(next, 0, (int)told->count - 1);
		assert_memory_equal(&told->event[next].record.key, &r[i].key, sizeof(r[i].key));
		assert_int_equal(told->event[next].record.flow.score, score);
		assert_int_equal(told->event[next].reason, reason);
		assert_int_equal(told->event[next].verdict, verdict);
		next++;
	}
	assert_int_equal(next, told->count);
	assert_true(next > FLOWS / 20 && next < FLOWS - FLOWS / 20);
}

static void flows_judged_together_are_told_as_each_alone(void **state)
{
	struct flow_record *r = calloc(FLOWS, sizeof(*r));
	struct told *told = calloc(1, sizeof(*told));
	struct datapath dp = datapath_none();
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < FLOWS; i++)
		record_random(&r[i], &seed);
	for (int round = 0; round < 4; round++) {
		struct user_engine e = { .dp = &dp, .told = on_told, .context = told };
		struct explainer learns = { 0 };

		settings_defaults(&e.settings);
		e.settings.engine = ENGINE_USER;
		e.model = model_random(30, 5, &seed);
		e.model->policy = (struct policy){ .log_at = 1 << 20, .drop_at = 3 << 21, .source_flows = 4 };
		if (round & 2) {
			model_spares_fill(e.model);
			model_bounds_fill(e.model);
			e.explainer = &learns;
		}
		if (round & 1)
			e.rows = model_rows_make(e.model);
		told->count = 0;
		flows_judge(&e, r);
		told_compare(&e, r, told);
		told->count = 0;
		flows_judge(&e, r); /* none is due */
		assert_int_equal(told->count, 0);
		engine_close(&e);
		explainer_close(&learns);
	}
	free(told);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flow_is_due_once_for_each_checkpoint_passed),
		cmocka_unit_test(flow_met_at_every_turn_is_remembered),
		cmocka_unit_test(flow_not_met_between_two_turns_is_forgotten_and_begins_anew),
		cmocka_unit_test(memory_of_many_flows_that_come_and_go_stays_small),
		cmocka_unit_test(flows_judged_together_are_told_as_each_alone),
		cmocka_unit_test(same_vector_agrees_and_another_score_or_verdict_does_not),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
