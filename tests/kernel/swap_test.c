// SPDX-License-Identifier: BSD-2-Clause
/*
 * Models are changed while packets run on every CPU: no packet goes unscored, no score is of two models, none is lost.
 * A pair of models whose every leaf is 1, or 2, makes a mixture visible: its sum is neither. Each swap writes a whole slot
 * and goes the way of `hedgerow model load`. SWAPS=10000 asks for more of them than the 300 of every day.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include "agent_fixture.h"
#include "models.h"

#define TREES 200
#define DEPTH 6
#define CPUS_MAX 64

static struct model *pair[2];
static volatile bool stop;

struct pump {
	pthread_t thread;
	int cpu;
	__u64 sent, unscored, mixed, of[2];
};

static struct model *marker_make(__u32 id, __s32 leaf)
{
	uint64_t seed = id;
	struct model *m = model_random(TREES, DEPTH, &seed);

	m->id = id;
	m->base[0] = 0;
	m->policy = (struct policy){ .log_at = 1 << 20, .drop_at = 1 << 20 };
	for (__u32 t = 0; t < TREES; t++)
		for (__u32 at = 0; at < 1u << DEPTH; at++)
			m->leaf[model_cell(DEPTH, t, at)] = leaf;
	return m;
}

/* A flow of its own for every packet: each is a first packet, and scored. */
static void pump_send(struct pump *p)
{
	struct frame f = frame_udp("192.0.2.1", 1, "198.51.100.1", 2, 10);
	__u32 source = htonl(10u << 24 | (__u32)p->cpu << 20 | (__u32)(p->sent & 0xfffff));
	struct flow flow;
	int which;

	memcpy(f.data + ETH_HLEN + 12, &source, sizeof(source));
	frame_send(&f);
	p->sent++;
	if (!flow_find(&f, &flow) || flow.scored_at < 1 || !flow.model_id) {
		p->unscored++;
		return;
	}
	which = flow.model_id == pair[1]->id;
	p->of[which]++;
	p->mixed += flow.score != TREES * (which + 1);
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

static void swap(int which)
{
	struct model_given given = { .model = pair[which], .path = which ? "two" : "one" };
	struct settings s;
	int lock = settings_change_begin(&dp, &s);

	assert_true(lock >= 0);
	assert_int_equal(model_store_stage(&dp, &given, &s), 0);
	assert_int_equal(settings_change_end(&dp, lock, &s), 0);
}

static void models_are_swapped_under_load(void **state)
{
	const char *asked = getenv("SWAPS");
	int swaps = asked ? atoi(asked) : 300, cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct pump pump[CPUS_MAX] = { 0 };
	__u64 sent = 0, unscored = 0, mixed = 0, of[2] = { 0 };

	(void)state;
	NEEDS_ROOT();
	cpus = cpus < 2 ? 2 : cpus < CPUS_MAX ? cpus : CPUS_MAX;
	pair[0] = marker_make(0xaaaa, 1);
	pair[1] = marker_make(0xbbbb, 2);
	swap(0);
	for (int i = 0; i < cpus; i++) {
		pump[i].cpu = i;
		assert_int_equal(pthread_create(&pump[i].thread, NULL, pump_run, &pump[i]), 0);
	}
	for (int i = 1; i <= swaps; i++)
		swap(i % 2);
	stop = true;
	for (int i = 0; i < cpus; i++) {
		pthread_join(pump[i].thread, NULL);
		sent += pump[i].sent;
		unscored += pump[i].unscored;
		mixed += pump[i].mixed;
		of[0] += pump[i].of[0];
		of[1] += pump[i].of[1];
	}
	print_message("# %d swaps of models of %d kB: %llu packets on %d CPUs, %llu by one, %llu by the other\n", swaps,
		      (TREES + MODEL_LANES - 1) / MODEL_LANES * MODEL_LANES * 12 >> (10 - DEPTH), (unsigned long long)sent,
		      cpus, (unsigned long long)of[0], (unsigned long long)of[1]);
	assert_int_equal(unscored, 0);
	assert_int_equal(mixed, 0);
	assert_true(of[0] && of[1]);
	assert_int_equal(counter(COUNTER_pass_flow), sent);
	assert_int_equal(counter(COUNTER_scores), sent);
	free(pair[0]);
	free(pair[1]);
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
	assert_int_equal(model_store_try(&dp, slot, &given), 0);
	assert_int_equal(model_store_try(NULL, 0, &given), 0);
	test[42].score++;
	assert_int_equal(model_store_try(&dp, slot, &given), -EBADMSG);
	test[42].score--;
	test[99].class ^= 1;
	assert_int_equal(model_store_try(NULL, 0, &given), -EBADMSG);
	test[99].class ^= 1;
	slot = 3; /* an empty one */
	assert_int_equal(model_store_try(&dp, slot, &given), -EBADMSG);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_trial_finds_the_vector_that_differs, datapath_reset),
		cmocka_unit_test_setup(models_are_swapped_under_load, datapath_reset),
	};

	return cmocka_run_group_tests_name("swap", tests, agent_take, agent_leave);
}
