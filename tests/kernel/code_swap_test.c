// SPDX-License-Identifier: BSD-2-Clause
/*
 * The code form in the datapath itself: used, passed over when it is another model's, and changed under full load.
 * SWAPS=10000 asks for more changes than every day's 300.
 */
#include <pthread.h>
#include <sched.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include "datapath_fixture.h"
#include "model_bounds.h"
#include "model_code.h"
#include "models.h"

#define TREES 160 /* with depth 6 the code of either model is 220 kB long, its tables 123 kB */

static void code_put(__u32 slot, int fd)
{
	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(map_fd("hr_codes"), &slot, &fd, BPF_ANY), 0);
}

static int code_make(const struct model *m)
{
	return model_code_load(m, map_fd("hr_scratch"), false, NULL);
}

static void tables_put(__u32 slot, const struct model *m)
{
	assert_int_equal(bpf_map_update_elem(map_fd("hr_models"), &slot, m, BPF_ANY), 0);
}

static struct flow flow_of_first_packet(__u16 port)
{
	struct frame frame = frame_udp("10.0.0.1", port, "10.0.0.2", 2, 72);
	struct flow f;

	frame_send(&frame);
	assert_true(flow_find(&frame, &f));
	return f;
}

static __s64 score_of_first_packet(__u16 port)
{
	return flow_of_first_packet(port).score;
}

/* A model that gives 10, in slot 0, with tables that give 50: a score tells where it came from. */
static struct model *model_of_two_minds(__u32 id)
{
	struct model *m = model_stump(id, FEATURE_fpk, FEATURE_MAX, 10, 10);

	m->code = 1;
	return m;
}

static void score_is_the_code_s_where_a_slot_has_code(void **state)
{
	struct model *m;
	int fd;

	(void)state;
	NEEDS_ROOT();
	m = model_of_two_minds(7);
	fd = code_make(m);
	code_put(0, fd);
	m->base[0] = 40;
	tables_put(0, m);
	assert_int_equal(score_of_first_packet(1), 10);
	m->code = 0;
	tables_put(0, m);
	assert_int_equal(score_of_first_packet(2), 50);
	close(fd);
	free(m);
}

static void tables_are_walked_when_the_code_is_missing_or_another_model_s(void **state)
{
	struct model *m, *other;
	__u32 slot = 0;
	int fd;

	(void)state;
	NEEDS_ROOT();
	m = model_of_two_minds(7);
	other = model_of_two_minds(8);
	m->base[0] = 40;
	tables_put(0, m);
	bpf_map_delete_elem(map_fd("hr_codes"), &slot);
	assert_int_equal(score_of_first_packet(1), 50);
	fd = code_make(other);
	code_put(0, fd);
	assert_int_equal(score_of_first_packet(2), 50);
	assert_int_equal(counter(COUNTER_scores), 2);
	close(fd);
	free(m);
	free(other);
}

/* The same bound as the tables', and none where vectors are told, which are told with their scores. */
static void scores_that_end_early_are_marked_as_bounds(void **state)
{
	uint64_t seed = 8;
	struct settings s;
	struct model *m;
	__s32 bound[2];
	int fd;

	NEEDS_ROOT();
	m = model_random(40, 3, &seed);
	m->policy = (struct policy){ .log_at = 1 << 28, .drop_at = 1 << 28 };
	model_bounds_fill(m);
	fd = code_make(m);
	for (int form = 0; form < 2; form++) {
		struct flow f;

		assert_int_equal(datapath_reset(state), 0); /* the vector is the same */
		m->code = form;
		tables_put(0, m);
		code_put(0, fd);
		f = flow_of_first_packet(1);
		assert_int_equal(f.score_is, SCORE_AT_MOST);
		bound[form] = f.score;
	}
	assert_int_equal(bound[0], bound[1]);
	s = settings_read();
	s.snapshot_share = 65536;
	settings_write(&s, false);
	assert_int_equal(flow_of_first_packet(3).score_is, SCORE_EXACT);
	s.snapshot_share = 0;
	s.engine = ENGINE_BOTH;
	settings_write(&s, false);
	assert_int_equal(flow_of_first_packet(4).score_is, SCORE_EXACT);
	close(fd);
	free(m);
}

/* A thread on each CPU sends packets of its own flows, each of them new, until it is told to stop. */
struct sender {
	pthread_t thread;
	int cpu;
	__u32 sent;
	bool failed;
};

static bool senders_stop;

static void *sender_run(void *argument)
{
	struct sender *s = argument;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(s->cpu, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	while (!__atomic_load_n(&senders_stop, __ATOMIC_RELAXED)) {
		struct in_addr from = { htonl(0x0a000000 + (s->cpu << 23) + (s->sent & 0x7fffff)) };
		int port = 1 + (s->sent >> 23);
		char text[INET_ADDRSTRLEN];
		struct frame f = frame_udp(inet_ntop(AF_INET, &from, text, sizeof(text)), port, "192.0.2.1", 2, 72);
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f.data, .data_size_in = f.len);

		s->failed |= bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_xdp), &run) || run.retval != XDP_PASS;
		s->sent++;
	}
	return NULL;
}

/* Two models whose scores are a million apart for every vector. */
static struct model *marker_model(__u32 id)
{
	uint64_t seed = 3;
	struct model *m = model_random(TREES, 6, &seed);

	m->id = id;
	m->code = 1;
	m->policy = (struct policy){ .log_at = INT32_MAX, .drop_at = INT32_MAX };
	m->base[0] = id == 1 ? 0 : 1000000;
	return m;
}

static int snapshot_check(void *context, void *data, size_t size)
{
	struct model *const *models = context;
	const struct snapshot *e = data;
	const struct flow *f = &e->record.flow;
	struct features x = { 0 };

	assert_true(size >= sizeof(*e));
	memcpy(x.value, e->feature, sizeof(e->feature));
	assert_in_range(f->model_id, 1, 2);
	assert_int_equal(f->score, model_score(models[f->model_id - 1], &x));
	return 0;
}

static void grace(void)
{
	assert_int_equal(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), 0);
}

/* Every slot in turn: rewritten, tables and code, while nobody can be in it, then put in force. */
static void swap(struct model *const *models, const int *codes, struct settings *s, int number, bool as_code)
{
	__u32 slot = (s->model_slot + 1) % MODEL_SLOTS;
	struct model *m = models[number % 2];

	m->code = as_code;
	tables_put(slot, m);
	code_put(slot, codes[number % 2]);
	s->model_slot = slot;
	settings_write(s, false);
	if (number % (MODEL_SLOTS - 1) == 0) /* the next to be rewritten was in force that many swaps ago */
		grace();
}

static void swap_under_load(bool as_code)
{
	struct model *models[] = { marker_model(1), marker_model(2) };
	int codes[] = { code_make(models[0]), code_make(models[1]) }, swaps = 0;
	struct sender senders[2] = { { .cpu = 0 }, { .cpu = 1 % sysconf(_SC_NPROCESSORS_ONLN) } };
	struct settings s = settings_read();
	struct ring_buffer *ring = ring_buffer__new(map_fd("hr_snapshots"), snapshot_check, models, NULL);
	int wanted = getenv("SWAPS") ? atoi(getenv("SWAPS")) : 300;
	__u64 scores;

	s.snapshot_share = 65536;
	s.snapshot_rate = UINT32_MAX;
	senders_stop = false;
	swap(models, codes, &s, 0, as_code);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&senders[i].thread, NULL, sender_run, &senders[i]), 0);
	while (++swaps <= wanted) {
		swap(models, codes, &s, swaps, as_code);
		ring_buffer__consume(ring);
	}
	__atomic_store_n(&senders_stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++) {
		pthread_join(senders[i].thread, NULL);
		assert_false(senders[i].failed);
	}
	ring_buffer__consume(ring);
	scores = counter(COUNTER_scores);
	assert_int_equal(scores, senders[0].sent + senders[1].sent);
	assert_int_equal(counter(COUNTER_pass_flow), scores);
	print_message("# %d swaps under %llu packets as %s: all scored, none by a mixture; %llu vectors compared\n", wanted,
		      scores, as_code ? "code" : "tables", scores - counter(COUNTER_lost_snapshots));
	assert_true(counter(COUNTER_lost_snapshots) < scores / 2);
	ring_buffer__free(ring);
	for (int i = 0; i < 2; i++) {
		close(codes[i]);
		free(models[i]);
	}
}

static void swaps_under_load_leave_no_packet_unscored_as_code(void **state)
{
	(void)state;
	NEEDS_ROOT();
	swap_under_load(true);
}

static void swaps_under_load_leave_no_packet_unscored_as_tables(void **state)
{
	(void)state;
	NEEDS_ROOT();
	swap_under_load(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(score_is_the_code_s_where_a_slot_has_code, datapath_reset),
		cmocka_unit_test_setup(tables_are_walked_when_the_code_is_missing_or_another_model_s, datapath_reset),
		cmocka_unit_test_setup(scores_that_end_early_are_marked_as_bounds, datapath_reset),
		cmocka_unit_test_setup(swaps_under_load_leave_no_packet_unscored_as_code, datapath_reset),
		cmocka_unit_test_setup(swaps_under_load_leave_no_packet_unscored_as_tables, datapath_reset),
	};

	return cmocka_run_group_tests_name("code_swap", tests, datapath_load, datapath_unload);
}
