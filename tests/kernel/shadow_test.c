// SPDX-License-Identifier: BSD-2-Clause
/*
 * Champion and challenger in the real program, changed by the agent's own functions: what is compared, counted and told;
 * that a challenger has no effect but on its share of the flows; and what becomes of verdicts when the models change.
 */
#include "agent_fixture.h"
#include "model_bounds.h"
#include "model_shadow.h"
#include "model_slots.h"
#include "models.h"
#include "shadow_report.h"

#define PASSES 0
#define CONDEMNS 1000

/* Says the same of everybody, on no evidence. */
static struct model *model_of_one_mind(__u32 id, __s32 score)
{
	return model_stump(id, FEATURE_fpk, 0, 0, score);
}

static void load(__u32 id, __s32 score)
{
	struct model *m = model_of_one_mind(id, score);

	model_load(m);
	free(m);
}

static int challenge_by(struct model *m, __u32 split)
{
	struct model_given given = given_of(m);

	return model_shadow_begin(&dp, &given, split);
}

static int challenge(__u32 id, __s32 score, __u32 split)
{
	struct model *m = model_of_one_mind(id, score);
	int err = challenge_by(m, split);

	free(m);
	return err;
}

static struct frame frame_of(__u32 flow)
{
	struct frame f = frame_udp("192.0.2.1", 1, "198.51.100.1", 2, 10);
	__u32 source = htonl(10u << 24 | flow);

	memcpy(f.data + ETH_HLEN + 12, &source, sizeof(source));
	return f;
}

static int send_of(__u32 flow)
{
	struct frame f = frame_of(flow);

	return frame_send(&f);
}

static struct flow flow_of(__u32 flow)
{
	struct frame f = frame_of(flow);
	struct flow out;

	assert_true(flow_find(&f, &out));
	return out;
}

static struct shadow_report report(void)
{
	struct settings s = settings_now();
	struct shadow_report r = { 0 };
	struct agent_state agent;

	assert_int_equal(agent_state_read(&dp, &agent), 0);
	assert_int_equal(shadow_report_read(&dp, &s, &agent, &r), 1);
	return r;
}

static __u64 drops(void)
{
	return counter(COUNTER_drop_source) + counter(COUNTER_drop_destination) + counter(COUNTER_drop_condemned);
}

static void settings_put(enum mode mode, __u32 event_rate)
{
	struct settings s;
	int lock = settings_change_begin(&dp, &s);

	assert_true(lock >= 0);
	s.mode = mode;
	s.event_rate = event_rate;
	assert_int_equal(settings_change_end(&dp, lock, &s), 0);
}

/* --- in the shadow ----------------------------------------------------------- */

static void a_challenger_drops_nothing_and_what_it_would_have_done_is_counted(void **state)
{
	struct shadow_report r;

	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_ENFORCE, UINT32_MAX);
	load(1, PASSES);
	assert_int_equal(challenge(2, CONDEMNS, SPLIT_SAME), 0);
	for (__u32 flow = 0; flow < 10; flow++)
		for (int packet = 0; packet < 5; packet++)
			assert_int_equal(send_of(flow), XDP_PASS);
	assert_int_equal(drops(), 0);
	assert_int_equal(counter(COUNTER_scores), 30); /* at packets 1, 2 and 4, of the champion alone */
	assert_int_equal(flow_of(3).model_id, 1);
	r = report();
	assert_int_equal(r.verdicts, 30);
	assert_int_equal(r.verdicts_differ, 30);
	assert_int_equal(r.flows, 10);
	assert_int_equal(r.flows_differ, 10);
	assert_int_equal(r.told, 30);
	assert_int_equal(r.pair_count, 1);
	assert_int_equal(r.pair[0].key.verdict[ARM_CHAMPION], VERDICT_PASS);
	assert_int_equal(r.pair[0].key.verdict[ARM_CHALLENGER], VERDICT_DROP);
	assert_int_equal(r.arm[ARM_CHAMPION].scored, 30);
	assert_int_equal(r.arm[ARM_CHAMPION].flows, 10);
	assert_int_equal(r.arm[ARM_CHALLENGER].scored, 0);
	shadow_report_free(&r);
}

static void a_champion_drops_whatever_its_challenger_says(void **state)
{
	struct shadow_report r;

	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_ENFORCE, 20);
	load(1, CONDEMNS);
	assert_int_equal(challenge(2, PASSES, SPLIT_SAME), 0);
	for (__u32 flow = 0; flow < 10; flow++)
		for (int packet = 0; packet < 5; packet++)
			assert_int_equal(send_of(flow), XDP_DROP);
	r = report();
	assert_int_equal(r.verdicts, 10); /* who is condemned is not scored again */
	assert_int_equal(r.verdicts_differ, 10);
	assert_int_equal(r.arm[ARM_CHAMPION].condemned, 10);
	shadow_report_free(&r);
}

/* Of three flows that both score, one is judged otherwise, and only from its second packet on. */
static void agreement_is_counted_beside_disagreement(void **state)
{
	struct shadow_report r;
	struct model *m;

	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_MONITOR, 20);
	load(1, PASSES);
	m = model_stump(2, FEATURE_fpk, 2, 0, 150);
	assert_int_equal(challenge_by(m, SPLIT_SAME), 0);
	free(m);
	for (__u32 flow = 0; flow < 3; flow++)
		send_of(flow);
	send_of(1);
	r = report();
	assert_int_equal(r.verdicts, 4);
	assert_int_equal(r.flows, 3);
	assert_int_equal(r.verdicts_differ, 1);
	assert_int_equal(r.flows_differ, 1);
	assert_int_equal(r.pair_count, 2);
	assert_int_equal(r.pair[0].count.verdicts, 3); /* the most frequent first */
	assert_int_equal(r.pair[1].key.verdict[ARM_CHALLENGER], VERDICT_LOG);
	shadow_report_free(&r);
}

static void disagreements_are_told_with_both_opinions_as_far_as_the_rate_goes(void **state)
{
	struct shadow_event e = { 0 };
	struct shadow_report r;

	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_MONITOR, UINT32_MAX);
	load(1, PASSES);
	assert_int_equal(challenge(2, CONDEMNS, SPLIT_SAME), 0);
	send_of(7);
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 1);
	assert_int_equal(e.e.type, EVENT_SHADOW);
	assert_int_equal(e.e.record.flow.packets[0], 1);
	assert_int_equal(e.arm, ARM_CHAMPION);
	assert_int_equal(e.opinion[ARM_CHAMPION].model_id, 1);
	assert_int_equal(e.opinion[ARM_CHAMPION].verdict, VERDICT_PASS);
	assert_int_equal(e.opinion[ARM_CHALLENGER].model_id, 2);
	assert_int_equal(e.opinion[ARM_CHALLENGER].verdict, VERDICT_DROP);
	assert_int_equal(e.opinion[ARM_CHALLENGER].score, CONDEMNS);
	settings_put(MODE_MONITOR, 0);
	for (__u32 flow = 0; flow < 50; flow++)
		send_of(flow);
	assert_int_equal(ring_drain("hr_events", NULL, 0), 0);
	r = report();
	assert_int_equal(r.verdicts_differ, 51);
	assert_int_equal(r.told, 1);
	shadow_report_free(&r);
}

/* --- in earnest --------------------------------------------------------------- */

#define SPLIT_FLOWS 4000

static __u32 split_send(__u32 split, bool *dropped)
{
	__u32 count = 0;

	assert_int_equal(model_shadow_split(&dp, split), 0);
	flows_clear(); /* who passes already is judged again at the next checkpoint only */
	for (__u32 flow = 0; flow < SPLIT_FLOWS; flow++) {
		bool now = send_of(flow) == XDP_DROP;

		if (dropped[flow])
			assert_true(now); /* a larger share keeps the flows of a smaller one */
		assert_int_equal(now, send_of(flow) == XDP_DROP); /* and a flow its judge */
		assert_int_equal(flow_of(flow).model_id, now ? 2 : 1);
		dropped[flow] = now;
		count += now;
	}
	return count;
}

static void a_share_of_the_flows_is_judged_by_the_challenger(void **state)
{
	static bool dropped[SPLIT_FLOWS];
	struct shadow_report r;
	__u32 tenth, half;

	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_ENFORCE, 20);
	load(1, PASSES);
	assert_int_equal(challenge(2, CONDEMNS, SPLIT_SAME), 0);
	tenth = split_send(SPLIT_WHOLE / 10, dropped);
	assert_in_range(tenth, SPLIT_FLOWS / 10 * 8 / 10, SPLIT_FLOWS / 10 * 12 / 10);
	r = report();
	assert_int_equal(r.arm[ARM_CHALLENGER].flows, tenth);
	assert_int_equal(r.arm[ARM_CHALLENGER].scored, tenth);
	assert_int_equal(r.arm[ARM_CHALLENGER].condemned, tenth);
	assert_int_equal(r.arm[ARM_CHAMPION].flows, SPLIT_FLOWS - tenth);
	assert_int_equal(r.arm[ARM_CHAMPION].scored, 2 * (SPLIT_FLOWS - tenth));
	assert_int_equal(r.arm[ARM_CHAMPION].condemned, 0);
	assert_int_equal(r.flows_differ, SPLIT_FLOWS);
	shadow_report_free(&r);
	half = split_send(SPLIT_WHOLE / 2, dropped);
	assert_in_range(half, SPLIT_FLOWS / 2 * 9 / 10, SPLIT_FLOWS / 2 * 11 / 10);
	assert_int_equal(split_send(SPLIT_WHOLE, dropped), SPLIT_FLOWS);
	memset(dropped, 0, sizeof(dropped));
	assert_int_equal(split_send(0, dropped), 0);
}

/* Three classes, the first honest, of which one has all that comes. */
static struct model *model_of_classes(__u32 id, const char *first_attack, const char *second_attack, __u32 speaks)
{
	struct model *m = model_of_one_mind(id, 0);

	m->class_count = 3;
	m->base[speaks] = CONDEMNS;
	snprintf(m->class_name[0], MODEL_CLASS_NAME, "honest");
	snprintf(m->class_name[1], MODEL_CLASS_NAME, "%s", first_attack);
	snprintf(m->class_name[2], MODEL_CLASS_NAME, "%s", second_attack);
	m->class_role[1] = m->class_role[2] = CLASS_ATTACK;
	return m;
}

static void response_put(__u32 class, enum response_kind kind)
{
	struct settings s;
	int lock = settings_change_begin(&dp, &s);

	assert_true(lock >= 0);
	s.response[class].kind = kind;
	assert_int_equal(settings_change_end(&dp, lock, &s), 0);
}

/* The champion's scans are only logged; what the challenger calls a scan has another number. */
static void classes_of_a_challenger_take_the_champion_s_policies_by_name(void **state)
{
	struct model *champion = model_of_classes(1, "scan", "flood", 0);
	struct model *scans = model_of_classes(2, "worm", "scan", 2), *floods = model_of_classes(3, "flood", "scan", 1);
	struct model *worms = model_of_classes(4, "worm", "scan", 1);

	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_ENFORCE, 20);
	model_load(champion);
	response_put(1, RESPONSE_LOG);
	assert_int_equal(challenge_by(scans, SPLIT_WHOLE), 0);
	assert_int_equal(send_of(1), XDP_PASS);
	assert_int_equal(flow_of(1).verdict, VERDICT_LOG);
	assert_int_equal(challenge_by(floods, SPLIT_WHOLE), 0);
	assert_int_equal(send_of(2), XDP_DROP);
	response_put(1, RESPONSE_DROP);
	response_put(2, RESPONSE_LOG); /* while it judges */
	assert_int_equal(send_of(2), XDP_PASS);
	assert_int_equal(challenge_by(worms, SPLIT_WHOLE), 0); /* whom the champion does not know */
	assert_int_equal(send_of(3), XDP_DROP);
	response_put(1, RESPONSE_LOG);
	assert_int_equal(send_of(3), XDP_DROP);
	free(champion);
	free(scans);
	free(floods);
	free(worms);
}

static void in_monitor_mode_the_challenger_s_arm_drops_nothing_either(void **state)
{
	struct shadow_report r;

	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_MONITOR, 20);
	load(1, PASSES);
	assert_int_equal(challenge(2, CONDEMNS, SPLIT_WHOLE), 0);
	assert_int_equal(send_of(1), XDP_PASS);
	assert_int_equal(send_of(1), XDP_PASS);
	assert_int_equal(counter(COUNTER_would_source), 1);
	assert_int_equal(counter(COUNTER_would_condemned), 1);
	r = report();
	assert_int_equal(r.arm[ARM_CHALLENGER].condemned, 1);
	shadow_report_free(&r);
}

/* --- when the models change ----------------------------------------------------- */

static void condemnations_of_an_arm_die_with_its_model(void **state)
{
	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_ENFORCE, 20);
	load(1, PASSES);
	assert_int_equal(challenge(2, CONDEMNS, SPLIT_WHOLE), 0);
	assert_int_equal(send_of(1), XDP_DROP);
	assert_int_equal(challenge(3, PASSES, SPLIT_WHOLE), 0); /* another challenger */
	assert_int_equal(send_of(1), XDP_PASS);
	assert_int_equal(flow_of(1).model_id, 3);
	assert_int_equal(challenge(2, CONDEMNS, SPLIT_WHOLE), 0);
	assert_int_equal(send_of(2), XDP_DROP);
	assert_int_equal(model_shadow_end(&dp), 0); /* none */
	assert_int_equal(send_of(2), XDP_PASS);
	assert_int_equal(flow_of(2).model_id, 1);
}

static void condemnations_of_the_champion_outlive_challengers(void **state)
{
	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_ENFORCE, 20);
	load(1, CONDEMNS);
	assert_int_equal(send_of(1), XDP_DROP);
	assert_int_equal(challenge(2, PASSES, SPLIT_SAME), 0);
	assert_int_equal(send_of(1), XDP_DROP);
	assert_int_equal(model_shadow_end(&dp), 0);
	assert_int_equal(send_of(1), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_condemned), 2); /* it was not judged anew */
	assert_int_equal(challenge(2, PASSES, SPLIT_WHOLE), 0); /* now the flow is the challenger's */
	assert_int_equal(send_of(1), XDP_PASS);
}

static void promoted_challenger_judges_all_and_rollback_brings_the_old_champion_back(void **state)
{
	__u32 id = 0;

	(void)state;
	NEEDS_ROOT();
	settings_put(MODE_ENFORCE, 20);
	load(1, CONDEMNS);
	assert_int_equal(challenge(2, PASSES, SPLIT_SAME), 0);
	assert_int_equal(send_of(1), XDP_DROP);
	assert_int_equal(model_shadow_promote(&dp, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(send_of(1), XDP_PASS); /* what the old one condemned is void */
	assert_int_equal(settings_now().shadow, 0);
	assert_int_equal(model_store_rollback(&dp, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(send_of(2), XDP_DROP);
	assert_int_equal(model_store_rollback(&dp, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(send_of(2), XDP_PASS);
}

/* Each pair of models has counts of its own, from zero, and leaves none behind. */
static void counts_begin_anew_with_each_change(void **state)
{
	struct shadow_report r;
	struct shadow_key key;
	__u32 id;

	(void)state;
	NEEDS_ROOT();
	load(1, PASSES);
	for (__u32 round = 0; round < 5; round++) {
		assert_int_equal(round % 2 ? model_shadow_split(&dp, round) : challenge(2 + round, CONDEMNS, SPLIT_SAME), 0);
		send_of(round);
		send_of(round);
		send_of(100); /* an old flow is counted anew, too, when it is scored */
		r = report();
		assert_int_equal(r.flows, round ? 1 + (round == 1 || round == 3) : 2);
		assert_int_equal(r.verdicts, round ? 2 + (round == 1 || round == 3) : 3);
		shadow_report_free(&r);
	}
	assert_int_equal(model_shadow_promote(&dp, &id), 0);
	assert_int_not_equal(bpf_map_get_next_key(map_fd("hr_shadow"), NULL, &key), 0);
}

static struct agent_state state_now(void)
{
	struct agent_state state;

	assert_int_equal(agent_state_read(&dp, &state), 0);
	return state;
}

/* Killed before packets were told of the challenger: what is compared goes on. Killed amid it: whoever comes next begins anew. */
static void a_change_that_died_half_way_leaves_no_comparison_of_two_halves(void **state)
{
	struct agent_state noted;
	struct shadow_report r;
	struct settings s;
	int lock;

	(void)state;
	NEEDS_ROOT();
	load(1, PASSES);
	assert_int_equal(challenge(2, CONDEMNS, SPLIT_SAME), 0);
	noted = state_now();
	assert_true(noted.compared_from > 1000);
	noted.compared_from = 1000; /* long ago */
	assert_int_equal(agent_state_write(&dp, &noted), 0);
	send_of(1);
	lock = settings_change_begin(&dp, &s);
	assert_true(lock >= 0);
	assert_int_equal(slot_challenge(&dp, &s, s.shadow - 1, 77), 0);
	assert_int_equal(settings_change_end(&dp, lock, NULL), 0);
	r = report();
	assert_int_equal(r.since, 1000);
	assert_int_equal(r.verdicts, 1);
	shadow_report_free(&r);
	noted.publishing = 1;
	assert_int_equal(agent_state_write(&dp, &noted), 0);
	settings_put(MODE_MONITOR, 1);
	s = settings_now();
	assert_int_equal(s.shadow_since, s.generation);
	r = report();
	assert_true(r.since > 1000);
	assert_int_equal(r.verdicts, 0);
	shadow_report_free(&r);
	send_of(2);
	r = report();
	assert_int_equal(r.verdicts, 1);
	shadow_report_free(&r);
}

static __u32 id_in(__u32 slot)
{
	struct model *m = slot_read(&dp, slot);
	__u32 id;

	assert_non_null(m);
	id = m->id;
	free(m);
	return id;
}

static void no_slot_in_use_is_ever_written(void **state)
{
	struct agent_state agent;
	struct settings s;
	__u32 id;

	(void)state;
	NEEDS_ROOT();
	load(1, PASSES);
	load(2, PASSES);
	for (__u32 next = 10; next < 30; next++) {
		assert_int_equal(challenge(next, PASSES, SPLIT_SAME), 0);
		s = settings_now();
		assert_int_equal(agent_state_read(&dp, &agent), 0);
		assert_int_equal(id_in(s.model_slot), 2);
		assert_int_equal(id_in(agent.slot_before[s.model_slot] - 1), 1);
		assert_int_equal(id_in(s.shadow - 1), next);
	}
	load(3, PASSES); /* beside a challenger */
	s = settings_now();
	assert_int_equal(id_in(s.model_slot), 3);
	assert_int_equal(id_in(s.shadow - 1), 29);
	assert_int_equal(model_store_rollback(&dp, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(settings_now().shadow, s.shadow);
	load(29, PASSES); /* the very model that challenges */
	assert_int_equal(settings_now().shadow, 0);
}

static void what_cannot_be_done_is_refused_and_changes_nothing(void **state)
{
	struct settings before;
	__u32 id;

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(challenge(2, PASSES, SPLIT_SAME), -EINVAL); /* whom? */
	load(1, PASSES);
	before = settings_now();
	assert_int_equal(challenge(1, PASSES, SPLIT_SAME), -EINVAL); /* itself */
	assert_int_equal(model_shadow_split(&dp, 1), -ENOENT);
	assert_int_equal(model_shadow_promote(&dp, &id), -ENOENT);
	assert_int_equal(model_shadow_end(&dp), -ENOENT);
	assert_memory_equal(&before, &(struct settings[]){ settings_now() }, sizeof(before));
}

/* --- the scores ------------------------------------------------------------------- */

struct told {
	struct shadow_event e[4096];
	struct snapshot s[4096];
	int events, snapshots;
};

static int told_take(void *context, void *data, size_t size)
{
	struct told *t = context;
	const __u32 *type = data;

	if (*type == EVENT_SHADOW && t->events < 4096)
		memcpy(&t->e[t->events++], data, sizeof(*t->e));
	if (*type == EVENT_SNAPSHOT && t->snapshots < 4096)
		memcpy(&t->s[t->snapshots++], data, sizeof(*t->s));
	(void)size;
	return 0;
}

/* Where the models disagree, both scores are those of the whole walk on the host, whatever form each model has. */
static void scores_compare(bool champion_is_code, bool challenger_is_code)
{
	static struct told told;
	uint64_t seed = 77;
	struct model *m[ARM_COUNT] = { model_random(60, 5, &seed), model_random(40, 6, &seed) };
	struct ring_buffer *ring;
	struct settings s;
	int lock;

	m[ARM_CHALLENGER]->id = 2;
	m[ARM_CHAMPION]->code = champion_is_code;
	m[ARM_CHALLENGER]->code = challenger_is_code;
	model_bounds_fill(m[ARM_CHAMPION]);
	model_bounds_fill(m[ARM_CHALLENGER]);
	model_load(m[ARM_CHAMPION]);
	lock = settings_change_begin(&dp, &s);
	s.event_rate = s.suspicious_rate = s.snapshot_rate = UINT32_MAX;
	s.snapshot_share = 65536;
	assert_int_equal(settings_change_end(&dp, lock, &s), 0);
	assert_int_equal(challenge_by(m[ARM_CHALLENGER], SPLIT_WHOLE / 2), 0);
	told.events = told.snapshots = 0;
	ring = ring_buffer__new(map_fd("hr_events"), told_take, &told, NULL);
	assert_int_equal(ring_buffer__add(ring, map_fd("hr_snapshots"), told_take, &told), 0);
	for (int i = 0; i < 1500; i++) {
		send_of(random_u32(&seed) % 300);
		ring_buffer__consume(ring);
	}
	ring_buffer__free(ring);
	assert_in_range(told.events, 50, told.snapshots - 1);
	for (int i = 0, at = 0; i < told.events; i++, at++) {
		const struct shadow_event *e = &told.e[i];
		struct features x = { 0 };

		while (at < told.snapshots && memcmp(&told.s[at].record, &e->e.record, sizeof(e->e.record)))
			at++;
		assert_in_range(at, 0, told.snapshots - 1);
		memcpy(x.value, told.s[at].feature, sizeof(told.s[at].feature));
		for (int arm = 0; arm < ARM_COUNT; arm++) {
			assert_int_equal(e->opinion[arm].score, model_score(m[arm], &x));
			assert_int_equal(e->opinion[arm].score_is, SCORE_EXACT);
			assert_int_equal(e->opinion[arm].model_id, m[arm]->id);
		}
		assert_int_equal(e->e.record.flow.score, e->opinion[e->arm].score);
		assert_int_equal(e->e.record.flow.model_id, m[e->arm]->id);
	}
	free(m[0]);
	free(m[1]);
}

static void scores_are_those_of_the_whole_walk_in_every_pair_of_forms(void **state)
{
	NEEDS_ROOT();
	for (int forms = 0; forms < 4; forms++) {
		scores_compare(forms & 1, forms >> 1);
		assert_int_equal(datapath_reset(state), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_challenger_drops_nothing_and_what_it_would_have_done_is_counted, datapath_reset),
		cmocka_unit_test_setup(a_champion_drops_whatever_its_challenger_says, datapath_reset),
		cmocka_unit_test_setup(agreement_is_counted_beside_disagreement, datapath_reset),
		cmocka_unit_test_setup(disagreements_are_told_with_both_opinions_as_far_as_the_rate_goes, datapath_reset),
		cmocka_unit_test_setup(a_share_of_the_flows_is_judged_by_the_challenger, datapath_reset),
		cmocka_unit_test_setup(classes_of_a_challenger_take_the_champion_s_policies_by_name, datapath_reset),
		cmocka_unit_test_setup(in_monitor_mode_the_challenger_s_arm_drops_nothing_either, datapath_reset),
		cmocka_unit_test_setup(condemnations_of_an_arm_die_with_its_model, datapath_reset),
		cmocka_unit_test_setup(condemnations_of_the_champion_outlive_challengers, datapath_reset),
		cmocka_unit_test_setup(promoted_challenger_judges_all_and_rollback_brings_the_old_champion_back, datapath_reset),
		cmocka_unit_test_setup(counts_begin_anew_with_each_change, datapath_reset),
		cmocka_unit_test_setup(a_change_that_died_half_way_leaves_no_comparison_of_two_halves, datapath_reset),
		cmocka_unit_test_setup(no_slot_in_use_is_ever_written, datapath_reset),
		cmocka_unit_test_setup(what_cannot_be_done_is_refused_and_changes_nothing, datapath_reset),
		cmocka_unit_test_setup(scores_are_those_of_the_whole_walk_in_every_pair_of_forms, datapath_reset),
	};

	return cmocka_run_group_tests_name("shadow", tests, agent_take, agent_leave);
}
