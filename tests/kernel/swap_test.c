// SPDX-License-Identifier: BSD-2-Clause
/*
 * Models are changed while packets run on every CPU: no packet goes unscored, no score is of two models, none is lost.
 * Models whose every leaf is 1, or 2, or 3, make a mixture visible: its sum is no multiple. Each swap writes a whole slot
 * and goes the way of `hedgerow model load` or `shadow`. SWAPS=10000 asks for more of them than every day's.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include "agent_fixture.h"
#include "model_bounds.h"
#include "model_proof.h"
#include "model_shadow.h"
#include "model_trial.h"
#include "models.h"
#include "unit/rows_file.h"

#define TREES 200
#define DEPTH 6
#define CPUS_MAX 64

#define MARKERS 3 /* models, by the value of their leaves less 1; that is in the id, too */
#define ID_OF(marker) (0xa1u + (marker))

static volatile bool stop;

struct pump {
	pthread_t thread;
	int cpu;
	__u64 sent, unscored, mixed, of[MARKERS];
};

static struct model *marker_make(__u32 marker, bool as_code)
{
	uint64_t seed = marker + 1;
	struct model *m = model_random(TREES, DEPTH, &seed);

	m->id = ID_OF(marker);
	m->code = as_code;
	m->base[0] = 0;
	m->policy = (struct policy){ .log_at = 1 << 20, .drop_at = 1 << 20 };
	for (__u32 t = 0; t < TREES; t++)
		for (__u32 at = 0; at < 1u << DEPTH; at++)
			m->leaf[model_cell(DEPTH, t, at)] = marker + 1;
	return m;
}

/* A flow of its own for every packet: each is a first packet, and scored. */
static void pump_send(struct pump *p)
{
	struct frame f = frame_udp("192.0.2.1", 1 + (int)(p->sent >> 20), "198.51.100.1", 2, 10);
	__u32 source = htonl(10u << 24 | (__u32)p->cpu << 20 | (__u32)(p->sent & 0xfffff));
	struct flow flow;
	__u32 marker;

	memcpy(f.data + ETH_HLEN + 12, &source, sizeof(source));
	frame_send(&f);
	p->sent++;
	if (!flow_find(&f, &flow) || flow.scored_at < 1 || !flow.model_id) {
		p->unscored++;
		return;
	}
	marker = flow.model_id - ID_OF(0);
	if (marker < MARKERS)
		p->of[marker]++;
	p->mixed += marker >= MARKERS || flow.score != TREES * (__s32)(marker + 1);
}

static void *pump_run(void *context)
{
	struct pump *p = context;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(p->cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	while (!stop)
		pump_send(p);
	return NULL;
}

static void challenger_load(struct model *m)
{
	struct model_given given = given_of(m);

	assert_int_equal(model_shadow_begin(&dp, &given, SPLIT_WHOLE / 2), 0);
}

static int swaps_wanted(int every_day)
{
	const char *asked = getenv("SWAPS");

	return asked ? atoi(asked) : every_day;
}

/*
 * Loads the first two models in turn, by `load`, while every CPU sends packets; the third, if there is one, is the champion all
 * the while.
 */
static void swap_under_load(struct model *const *m, int swaps, void (*load)(struct model *))
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct pump pump[CPUS_MAX] = { 0 }, first = { .cpu = CPUS_MAX };
	__u64 sent = 0, unscored = 0, mixed = 0, of[MARKERS] = { 0 };

	cpus = cpus < 2 ? 2 : cpus < CPUS_MAX ? cpus : CPUS_MAX;
	if (m[2])
		model_load(m[2]);
	load(m[0]);
	stop = false;
	pump_send(&first); /* draws the secret: who comes while another CPU does so may not be found again */
	sent = first.sent;
	of[0] = first.of[0];
	of[2] = first.of[2];
	unscored = first.unscored;
	for (int i = 0; i < cpus; i++) {
		pump[i].cpu = i;
		assert_int_equal(pthread_create(&pump[i].thread, NULL, pump_run, &pump[i]), 0);
	}
	for (int i = 1; i <= swaps; i++)
		load(m[i % 2]);
	stop = true;
	for (int i = 0; i < cpus; i++) {
		pthread_join(pump[i].thread, NULL);
		sent += pump[i].sent;
		unscored += pump[i].unscored;
		mixed += pump[i].mixed;
		for (int marker = 0; marker < MARKERS; marker++)
			of[marker] += pump[i].of[marker];
	}
	print_message("# %d swaps of models of %d kB as %s: %llu packets on %d CPUs, scored by one, the other%s: %llu, %llu, %llu\n",
		      swaps, (TREES + MODEL_LANES - 1) / MODEL_LANES * MODEL_LANES * 12 >> (10 - DEPTH),
		      m[0]->code ? "code" : "tables", (unsigned long long)sent, cpus, m[2] ? ", the champion" : "",
		      (unsigned long long)of[0], (unsigned long long)of[1], (unsigned long long)of[2]);
	assert_int_equal(unscored, 0);
	assert_int_equal(mixed, 0);
	assert_true(of[0] && of[1] && !of[2] == !m[2]);
	assert_int_equal(counter(COUNTER_pass_flow), sent);
	assert_int_equal(counter(COUNTER_scores), sent);
	assert_int_equal(counter(COUNTER_lost_comparisons), 0);
	assert_int_equal(counter(COUNTER_lost_scores), 0);
}

static void models_are_swapped_under_load(void **state)
{
	struct model *m[MARKERS] = { marker_make(0, false), marker_make(1, false) };

	(void)state;
	NEEDS_ROOT();
	swap_under_load(m, swaps_wanted(100), model_load);
	free(m[0]);
	free(m[1]);
}

/*
 * Each time the code is made anew and goes through the verifier, which takes a hundred times as long: a hundredth of the
 * swaps, unless SWAPS_AS_CODE says how many.
 */
static void models_as_code_are_swapped_under_load(void **state)
{
	struct model *m[MARKERS] = { marker_make(0, true), marker_make(1, true) };
	const char *asked;

	(void)state;
	NEEDS_ROOT();
	asked = getenv("SWAPS_AS_CODE");
	swap_under_load(m, asked ? atoi(asked) : swaps_wanted(1000) / 100, model_load);
	free(m[0]);
	free(m[1]);
}

/* Half of the flows are the challenger's, who is another after each swap; the champion is code. */
static void challengers_are_swapped_under_load(void **state)
{
	struct model *m[MARKERS] = { marker_make(0, false), marker_make(1, false), marker_make(2, true) };

	(void)state;
	NEEDS_ROOT();
	swap_under_load(m, swaps_wanted(100), challenger_load);
	for (int i = 0; i < MARKERS; i++)
		free(m[i]);
}

/* The kernel walks the file's vectors where the model lies; one wrong score is found, and named. */
static void a_trial_finds_the_vector_that_differs(void **state)
{
	uint64_t seed = 3;
	struct model *m = model_random_classes(3, 40, 5, &seed);
	struct model_test test[100] = { 0 };
	struct model_given given = { .model = m, .path = "m", .extras = { .test = test, .test_count = 100 } };
	__u32 slot = 2;

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(bpf_map_update_elem(dp.map[DATAPATH_MODELS], &slot, m, BPF_ANY), 0);
	for (int i = 0; i < 100; i++) {
		struct model_sums sums;

		features_random(&test[i].x, m, &seed);
		test[i].score = model_ask(m, &test[i].x, &sums);
		test[i].class = sums.class;
	}
	assert_int_equal(model_given_try(&dp, slot, &given), 0);
	assert_int_equal(model_given_try(NULL, 0, &given), 0);
	test[42].score++;
	assert_int_equal(model_given_try(&dp, slot, &given), -EBADMSG);
	test[42].score--;
	test[99].class ^= 1;
	assert_int_equal(model_given_try(NULL, 0, &given), -EBADMSG);
	test[99].class ^= 1;
	slot = 3; /* an empty one */
	assert_int_equal(model_given_try(&dp, slot, &given), -EBADMSG);
	free(m);
}

/* More than the table of vectors holds go through it in parts. */
static void a_trial_takes_any_number_of_vectors(void **state)
{
	uint64_t seed = 5;
	struct model *m = model_random(24, 4, &seed);
	struct model_test *test = calloc(3000, sizeof(*test));
	struct model_extras extras = { .test = test, .test_count = 3000 };
	struct trial trial;

	(void)state;
	NEEDS_ROOT();
	for (int i = 0; i < 3000; i++) {
		features_random(&test[i].x, m, &seed);
		test[i].score = model_score(m, &test[i].x);
	}
	assert_int_equal(model_trial_run(-1, 0, m, &extras, &trial), 0);
	assert_int_equal(trial.ran, 3000);
	assert_int_equal(trial.differ, 0);
	test[2500].score++;
	test[2999].score++;
	for (int form = 0; form < 3; form++) {
		assert_int_equal(form ? model_trial_run_code(m, &extras, form == 2, &trial) :
					model_trial_run(-1, 0, m, &extras, &trial), 0);
		assert_int_equal(trial.ran, 3000);
		assert_int_equal(trial.differ, 2);
		assert_int_equal(trial.first, 2500);
		assert_int_equal(trial.first_score, test[2500].score - 1);
	}
	free(test);
	free(m);
}

/* Rows are walked in the kernel and here; a cut that no file may have is where code and tables differ. */
static void rows_that_the_kernel_scores_otherwise_are_found(void **state)
{
	char path[32];
	struct proof_rows rows = { .files = { .count = 1, .value = { path } } };
	struct model *m = model_stump(7, FEATURE_fpk, 100, 10, 50);
	struct model_given given = { .model = m, .path = "m", .form = MODEL_FORM_CODE };
	struct model_proof proof = { 0 };
	FILE *file = rows_file_create(path);

	(void)state;
	NEEDS_ROOT();
	rows_file_header(file, "");
	for (int i = 0; i < 9000; i++) /* more than go at once */
		rows_file_row(file, i, "192.0.2.1", "3", "");
	fclose(file);
	assert_int_equal(model_prove(&given, &rows, &proof), 0);
	assert_int_equal(proof.rows, 9000);
	assert_true(proof.as_code);
	m->node[model_cell(1, 0, 1)].cut = 0xfffffff0u;
	given.form = MODEL_FORM_TABLE;
	assert_int_equal(model_prove(&given, &rows, &proof), 0);
	assert_false(proof.as_code);
	given.form = MODEL_FORM_CODE;
	assert_int_equal(model_prove(&given, &rows, &proof), -EBADMSG);
	rows.files.count = 0;
	assert_int_equal(model_prove(&given, &rows, &proof), -ENOENT);
	unlink(path);
	free(m);
}

/* A cut that no file may have is where code and tables differ. */
static void code_that_fails_its_trial_does_not_come_into_force(void **state)
{
	struct model *m = model_stump(7, FEATURE_fpk, 0xfffffff0u, 10, 50);
	struct model_test test = { .score = 10 };
	struct model_given given = { .model = m, .path = "m", .form = MODEL_FORM_CODE,
				     .extras = { .test = &test, .test_count = 1 } };
	struct settings s;
	int lock;

	(void)state;
	NEEDS_ROOT();
	assert_false(model_given_try_code(&given, false));
	assert_false(model_given_try_code(&given, true));
	lock = settings_change_begin(&dp, &s);
	assert_true(lock >= 0);
	assert_int_equal(model_store_stage(&dp, &given, &s), 0);
	assert_int_equal(settings_change_end(&dp, lock, &s), 0);
	assert_false(m->code);
	assert_false(model_code_is_there(&dp, s.model_slot));
	m->node[model_cell(1, 0, 1)].cut = 100;
	assert_true(model_given_try_code(&given, false));
	assert_true(model_given_try_code(&given, true));
	test.score++;
	assert_false(model_given_try_code(&given, false));
	assert_false(model_given_try_code(&given, true));
	free(m);
}

/* As exact scores, and as bounds: of those that lie on the wrong side the trial must hear, too. */
static void a_trial_asks_for_verdicts_that_end_early(void **state)
{
	uint64_t seed = 4;
	struct model *m = model_random(40, 4, &seed);
	struct model_test test[100] = { 0 };
	struct model_given given = { .model = m, .path = "m", .form = MODEL_FORM_CODE,
				     .extras = { .test = test, .test_count = 100 } };

	(void)state;
	NEEDS_ROOT();
	model_bounds_fill(m);
	for (int i = 0; i < 100; i++) {
		features_random(&test[i].x, m, &seed);
		test[i].score = model_score(m, &test[i].x);
	}
	assert_int_equal(model_given_try(NULL, 0, &given), 0);
	assert_true(model_given_try_code(&given, false));
	assert_true(model_given_try_code(&given, true));
	m->rest_low[1] = -1; /* behind the second group there is more */
	m->rest_high[1] = 1;
	assert_int_equal(model_given_try(NULL, 0, &given), -EBADMSG);
	assert_false(model_given_try_code(&given, false));
	assert_false(model_given_try_code(&given, true));
	free(m);
}

/* As every `run --model` does: the model to go back to stays, and so does what the kernel condemned. */
static void loading_what_is_in_force_again_changes_nothing_but_its_form(void **state)
{
	uint64_t seed = 1;
	struct model *before = model_stump(31, FEATURE_fpk, 0, 0, 10), *large, *small = model_stump(33, FEATURE_fpk, 9, 0, 10);
	struct settings first, s;
	__u32 id = 0;

	(void)state;
	NEEDS_ROOT();
	large = model_random(MODEL_TREES_MAX, MODEL_DEPTH_MAX, &seed); /* more than the kernel takes as code */
	large->id = 32;
	model_load(before);
	large->code = 1;
	model_load(large);
	first = settings_now();
	large->code = 1;
	model_load(large);
	s = settings_now();
	assert_memory_equal(&s, &first, sizeof(s));
	assert_int_equal(model_store_rollback(&dp, &id), 0);
	assert_int_equal(id, 31);
	small->code = 1;
	model_load(small);
	first = settings_now();
	assert_int_equal(bpf_map_delete_elem(dp.map[DATAPATH_CODES], &first.model_slot), 0);
	small->code = 1;
	model_load(small);
	assert_true(model_code_is_there(&dp, first.model_slot));
	small->code = 0;
	model_load(small);
	assert_false(model_code_is_there(&dp, first.model_slot));
	s = settings_now();
	assert_memory_equal(&s, &first, sizeof(s));
	free(before);
	free(large);
	free(small);
}

static void a_file_s_name_is_noted_as_plain_text(void **state)
{
	struct model *m = model_stump(71, FEATURE_fpk, 9, 0, 10);
	struct model_given given = { .model = m, .path = "folder\xff/m\xff\n.hgm" };
	struct agent_state noted;
	struct settings s;
	int lock;

	(void)state;
	NEEDS_ROOT();
	lock = settings_change_begin(&dp, &s);
	assert_true(lock >= 0);
	assert_int_equal(model_store_stage(&dp, &given, &s), 0);
	assert_int_equal(settings_change_end(&dp, lock, &s), 0);
	assert_int_equal(agent_state_read(&dp, &noted), 0);
	assert_string_equal(noted.loaded_from[s.model_slot], "m\?\?.hgm");
	free(m);
}

/* Whatever is in its tables and whoever put it there: the kernel scores nothing by it. */
static void a_forest_is_never_asked_in_the_kernel(void **state)
{
	struct model *m = model_stump(91, FEATURE_fpk, 0, 0, 1 << 20);
	struct model_given given = { .model = m, .path = "m" };
	struct frame f = frame_udp("192.0.2.1", 1, "198.51.100.1", 2, 10);
	struct settings s;
	struct flow flow;
	int lock;

	(void)state;
	NEEDS_ROOT();
	m->policy = (struct policy){ .log_at = 0, .drop_at = 0 };
	model_load(m);
	assert_int_equal(frame_send(&f), XDP_PASS);
	assert_true(flow_find(&f, &flow));
	assert_int_equal(flow.model_id, 91);
	m->kind = MODEL_FOREST;
	m->id = 92;
	lock = settings_change_begin(&dp, &s);
	assert_true(lock >= 0);
	assert_int_equal(model_store_stage(&dp, &given, &s), -EINVAL); /* of engine kernel */
	assert_int_equal(settings_change_end(&dp, lock, NULL), 0);
	s = settings_now();
	assert_int_equal(bpf_map_update_elem(dp.map[DATAPATH_MODELS], &s.model_slot, m, BPF_ANY), 0);
	for (int packet = 0; packet < 8; packet++) {
		f = frame_udp("192.0.2.2", 1, "198.51.100.1", 2, 10);
		assert_int_equal(frame_send(&f), XDP_PASS);
	}
	assert_true(flow_find(&f, &flow));
	assert_int_equal(flow.model_id, 0);
	assert_int_equal(counter(COUNTER_scores), 1);
	free(m);
}

/* Killed after it wrote what it remembers and before packets were told. */
static void a_load_that_died_half_way_leaves_the_way_back(void **state)
{
	struct model *m[3];
	struct agent_state before, after;
	struct model_given given;
	struct settings s;
	__u32 id = 0;
	int lock;

	(void)state;
	NEEDS_ROOT();
	for (int i = 0; i < 3; i++)
		m[i] = model_stump(81 + i, FEATURE_fpk, 9, 0, 10);
	model_load(m[0]);
	model_load(m[1]);
	assert_int_equal(agent_state_read(&dp, &before), 0);
	given = (struct model_given){ .model = m[2], .path = "late.hgm" };
	lock = settings_change_begin(&dp, &s);
	assert_true(lock >= 0);
	assert_int_equal(model_store_stage(&dp, &given, &s), 0);
	assert_int_equal(settings_change_end(&dp, lock, NULL), 0);
	assert_int_equal(agent_state_read(&dp, &after), 0);
	assert_memory_not_equal(&before, &after, sizeof(after));
	s = settings_now();
	assert_string_equal(after.loaded_from[s.model_slot], "made");
	assert_int_equal(model_store_rollback(&dp, &id), 0);
	assert_int_equal(id, 81);
	assert_int_equal(model_store_rollback(&dp, &id), 0);
	assert_int_equal(id, 82);
	for (int i = 0; i < 3; i++)
		free(m[i]);
}

/* Killed between the two writes of the settings: the mode is new, and no flow knows. The next change, of nothing, tells. */
static void settings_that_died_half_way_are_announced_by_whoever_comes_next(void **state)
{
	struct agent_state noted;
	struct settings s, torn;
	__u32 zero = 0;
	int lock;

	(void)state;
	NEEDS_ROOT();
	torn = settings_now();
	torn.mode = MODE_ENFORCE;
	assert_int_equal(agent_state_read(&dp, &noted), 0);
	assert_int_equal(noted.publishing, 0);
	noted.publishing = 1;
	assert_int_equal(agent_state_write(&dp, &noted), 0);
	assert_int_equal(bpf_map_update_elem(map_fd("hr_settings"), &zero, &torn, BPF_ANY), 0);
	for (int i = 0; i < 2; i++) {
		lock = settings_change_begin(&dp, &s);
		assert_true(lock >= 0);
		assert_int_equal(settings_change_end(&dp, lock, &s), 0);
		s = settings_now();
		assert_int_equal(s.mode, MODE_ENFORCE);
		assert_int_equal(s.generation, torn.generation + 1); /* once */
		assert_int_equal(s.voided_at, s.generation);
		assert_int_equal(agent_state_read(&dp, &noted), 0);
		assert_int_equal(noted.publishing, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_trial_finds_the_vector_that_differs, datapath_reset),
		cmocka_unit_test_setup(a_trial_takes_any_number_of_vectors, datapath_reset),
		cmocka_unit_test_setup(rows_that_the_kernel_scores_otherwise_are_found, datapath_reset),
		cmocka_unit_test_setup(code_that_fails_its_trial_does_not_come_into_force, datapath_reset),
		cmocka_unit_test_setup(a_trial_asks_for_verdicts_that_end_early, datapath_reset),
		cmocka_unit_test_setup(loading_what_is_in_force_again_changes_nothing_but_its_form, datapath_reset),
		cmocka_unit_test_setup(a_file_s_name_is_noted_as_plain_text, datapath_reset),
		cmocka_unit_test_setup(a_forest_is_never_asked_in_the_kernel, datapath_reset),
		cmocka_unit_test_setup(a_load_that_died_half_way_leaves_the_way_back, datapath_reset),
		cmocka_unit_test_setup(settings_that_died_half_way_are_announced_by_whoever_comes_next, datapath_reset),
		cmocka_unit_test_setup(models_are_swapped_under_load, datapath_reset),
		cmocka_unit_test_setup(models_as_code_are_swapped_under_load, datapath_reset),
		cmocka_unit_test_setup(challengers_are_swapped_under_load, datapath_reset),
	};

	return cmocka_run_group_tests_name("swap", tests, agent_take, agent_leave);
}
