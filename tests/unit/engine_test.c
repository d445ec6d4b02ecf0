// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "engine.h"
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

static void flow_kept_at_every_turn_is_remembered(void **state)
{
	struct flow_memory m = { 0 };
	struct flow_memory_entry e = { .id = 0, .packets = 9, .state = FLOW_MEMORY_TAKEN };

	(void)state;
	assert_int_equal(flow_memory_find(&m, 0).packets, 0);
	for (uint64_t id = 0; id < 10000; id++) {
		e.id = id << 12; /* low bits alike: the table has to mix them */
		e.packets = id + 1;
		assert_int_equal(flow_memory_keep(&m, &e), 0);
	}
	assert_int_equal(flow_memory_find(&m, 5 << 12).packets, 0); /* not before the turn */
	assert_true(flow_memory_has(&m, 5 << 12));
	assert_false(flow_memory_has(&m, 1));
	flow_memory_turn(&m);
	for (uint64_t id = 0; id < 10000; id++) {
		assert_int_equal(flow_memory_find(&m, id << 12).packets, id + 1);
		assert_int_equal(flow_memory_find(&m, id << 12).state, FLOW_MEMORY_TAKEN);
	}
	assert_int_equal(flow_memory_find(&m, 1).packets, 0);
	flow_memory_turn(&m); /* nothing was kept anew */
	assert_int_equal(flow_memory_find(&m, 5 << 12).packets, 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flow_is_due_once_for_each_checkpoint_passed),
		cmocka_unit_test(flow_kept_at_every_turn_is_remembered),
		cmocka_unit_test(same_vector_agrees_and_another_score_or_verdict_does_not),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
