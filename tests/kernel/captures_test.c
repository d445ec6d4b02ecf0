// SPDX-License-Identifier: BSD-2-Clause
/*
 * All packets of the shared captures through the real XDP object. At every checkpoint the kernel tells the vector that
 * it scored: the host must give the same score and the same verdict. Nothing may be lost from the packet counts.
 * CAPTURES in the environment names their folder.
 */
#include "datapath_fixture.h"
#include "captures.h"
#include "model_code.h"
#include "models.h"

static struct model *scorer;
static __u64 sent, compared, condemned, retries;

static int snapshot_check(void *unused, void *data, size_t size)
{
	static struct features x;
	static struct judging room;
	struct snapshot *e = data;
	enum reason reason;
	enum verdict verdict;
	__s64 score;

	(void)unused;
	assert_true(size >= sizeof(*e));
	memcpy(x.value, e->feature, sizeof(e->feature));
	verdict = verdict_by_policy(scorer, &scorer->policy, &x, &room, e->packets, 1 /* exact */, &score, &reason);
	assert_int_equal(e->record.flow.score, score);
	if (verdict == VERDICT_DROP_ONCE && e->verdict == VERDICT_LOG)
		retries++; /* of which the vector alone knows nothing */
	else
		assert_int_equal(e->verdict, verdict);
	assert_int_equal(e->reason, reason);
	compared++;
	condemned += verdict >= VERDICT_DROP_ONCE;
	return 0;
}

static void frame_replay(void *ring, const unsigned char *frame, __u32 len)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = len);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_xdp), &run), 0);
	if (++sent % 1000 == 0)
		ring_buffer__consume(ring);
}

/* As code: the tables beside it are made to differ by one, so that the scores can only be the code's. */
static void model_put(struct model *m, bool as_code)
{
	__u32 slot = 0;
	int fd;

	m->code = as_code;
	if (as_code) {
		fd = model_code_load(m, map_fd("hr_scratch"), false, NULL);
		assert_true(fd >= 0);
		assert_int_equal(bpf_map_update_elem(map_fd("hr_codes"), &slot, &fd, BPF_ANY), 0);
		close(fd);
	}
	m->base[0] += as_code;
	assert_int_equal(bpf_map_update_elem(map_fd("hr_models"), &slot, m, BPF_ANY), 0);
	m->base[0] -= as_code;
}

static void kernel_and_host_agree(bool as_code)
{
	char folder[4096];
	struct captures_read read;
	struct ring_buffer *ring;
	struct settings s;
	uint64_t seed = 5;
	__u64 outcomes = 0;

	NEEDS_ROOT();
	sent = compared = condemned = retries = 0;
	captures_find("", folder, sizeof(folder));
	s = settings_read();
	s.snapshot_share = 65536;
	s.snapshot_rate = 0xffffffff;
	settings_write(&s, false);
	scorer = model_random(100, 6, &seed);
	model_put(scorer, as_code);
	ring = ring_buffer__new(map_fd("hr_snapshots"), snapshot_check, NULL, NULL);
	assert_non_null(ring);
	read = captures_read(folder, frame_replay, ring);
	ring_buffer__consume(ring);
	ring_buffer__free(ring);
	free(scorer);

#define X(name, kind, doc)                                                                                             \
	if (COUNTER_KIND_##kind == COUNTER_KIND_OUTCOME)                                                               \
		outcomes += counter(COUNTER_##name);
	COUNTERS(X)
#undef X
	print_message("# %llu captures, %llu of them cut short; %llu packets, %llu not carried by the call; %llu scores equal, %llu of them condemn\n",
		      read.files, read.files_cut, sent, read.skipped, compared, condemned);
	assert_int_equal(outcomes, sent);
	assert_int_equal(compared, counter(COUNTER_scores));
	assert_int_equal(retries, counter(COUNTER_retries_passed));
	assert_int_equal(counter(COUNTER_lost_snapshots), 0);
	assert_true(compared > 100000);
	assert_in_range(condemned, 1, compared - 1);
}

static void kernel_and_host_agree_on_all_packets_of_the_captures(void **state)
{
	(void)state;
	kernel_and_host_agree(false);
}

static void kernel_and_host_agree_when_the_model_is_code(void **state)
{
	(void)state;
	kernel_and_host_agree(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(kernel_and_host_agree_on_all_packets_of_the_captures, datapath_reset),
		cmocka_unit_test_setup(kernel_and_host_agree_when_the_model_is_code, datapath_reset),
	};

	return cmocka_run_group_tests_name("captures", tests, datapath_load, datapath_unload);
}
