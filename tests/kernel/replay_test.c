// SPDX-License-Identifier: BSD-2-Clause
/*
 * Captures through the real programs and through the same sources on the host, with the capture's clock: every vector,
 * score, verdict, action, record and counter must be the same. CAPTURES in the environment names the folder of captures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include "capture_file.h"
#include "model_features.h"
#include "model_file.h"
#include "models.h"
#include "newcomer.h"
#include "packets.h"
#include "replay.h"

#define CAPTURES_DEFAULT "../shared/data/captures"

/* What a verdict rests on beside the score; and how the kernel comes to that. */
struct asked {
	__u32 source_flows;
	bool end_host;
	bool as_code;
};

/* Rows and verdicts are compared as they are told; here we only need to see that both outcomes occurred. */
static struct replay_totals replay_both(const char *path, struct replay_options *o, struct response response,
					const struct asked *asked, __u64 *dropped, __u64 *passed)
{
	struct overlay none = OVERLAY_NONE;
	struct replay_totals totals;
	struct capture_set set = { 0 };
	char why[CAPTURE_WHY];
	uint64_t seed = 5;
	struct model *m = model_random(100, 6, &seed), *challenger = model_random(40, 5, &seed);
	char *lines = NULL;
	size_t size;

	if (capture_set_add(&set, path, &none, why, sizeof(why)))
		fail_msg("%s", why);
	settings_defaults(&o->settings);
	o->settings.mode = MODE_ENFORCE;
	o->settings.end_host = asked->end_host;
	m->policy.source_flows = challenger->policy.source_flows = asked->source_flows;
	m->code = challenger->code = asked->as_code;
	for (int class = 0; class < MODEL_CLASSES_MAX; class ++)
		o->settings.response[class] = response;
	o->settings.event_rate = o->settings.suspicious_rate = 0xffffffff;
	o->settings.snapshot_share = 65536;
	o->settings.snapshot_rate = 0xffffffff;
	o->set = &set;
	o->model = m;
	o->settings.shadow = 2; /* the challenger, in the slot behind, judges a third of the flows */
	o->settings.shadow_since = 7;
	o->settings.split = SPLIT_WHOLE / 3;
	o->challenger = challenger;
	challenger->id = 2;
	o->kernel = o->like_kernel = true;
	o->rows = open_memstream(&lines, &size);
	assert_int_equal(replay_run(o, &totals), 0);
	fclose(o->rows);
	*dropped = *passed = 0;
	for (char *line = strtok(lines, "\n"); (line = strtok(NULL, "\n"));) /* behind the header */
		++*(strstr(line, ",drop") ? dropped : passed); /* once, or for good */
	free(lines);
	capture_set_free(&set);
	free(m);
	free(challenger);
	assert_in_range(totals.duels_differ, 100, totals.duels - 100);
	assert_in_range(totals.duels, totals.duels_differ, totals.rows);
	return totals;
}

/* Flows that live, restart, are refused, carry tags, fragments, echoes and errors, at times far and near. */
static void capture_make(char *path)
{
	FILE *file = capture_file_begin(path, LINK_ETHERNET);
	uint64_t seed = 11, us = 0;

	for (int i = 0; i < 20000; i++) {
		char client[24], server[24];
		struct frame f, quoted;
		uint32_t r = random_u32(&seed);
		int from_server = r >> 31 && (r >> 16) % 3 != 2 /* one is silent */, port = 1000 + r % 7;

		snprintf(client, sizeof(client), "10.0.0.%u", 1 + (r >> 8) % 40);
		snprintf(server, sizeof(server), "10.0.1.%u", 1 + (r >> 16) % 3);
		quoted = frame_udp(client, port, server, 53, 20);
		switch (random_u32(&seed) % 8) {
		case 0:
			f = frame_icmp_error(server, client, 3, 3, &quoted);
			break;
		case 1:
			f = frame_icmp(from_server ? server : client, from_server ? client : server, from_server ? 0 : 8,
				       0, port);
			break;
		case 2:
			f = from_server ? frame_udp(server, 53, client, port, 200) : quoted;
			break;
		default:
			f = from_server ? frame_tcp(server, 80, client, port, random_u32(&seed) % 32, 900, 101, r % 900)
					: frame_tcp(client, port, server, 80, random_u32(&seed) % 32, 100, 901, r % 900);
		}
		us += random_u32(&seed) % 100 ? random_u32(&seed) % 20000 : random_u32(&seed) % 40000000;
		capture_file_add(file, us, f.data, f.len, f.len);
	}
	fclose(file);
}

/* How many of its vectors condemn, and how many there are. */
static __u64 made_capture_condemns(const struct direction *direction, struct response response, const struct asked *asked,
				    __u64 *rows)
{
	char path[] = "/tmp/capture.XXXXXX";
	struct replay_options o = { .direction = *direction };
	struct replay_totals t;
	__u64 dropped, passed;

	if (geteuid()) {
		print_message("skip: needs root\n");
		skip();
	}
	capture_make(path);
	t = replay_both(path, &o, response, asked, &dropped, &passed);
	unlink(path);
	assert_int_equal(t.differences, 0);
	assert_true(t.compared > t.rows && passed > 100);
	*rows = t.rows;
	return dropped;
}

static __u64 made_capture_agrees(const struct direction *direction, struct response response)
{
	__u64 rows;

	assert_true(made_capture_condemns(direction, response, &(struct asked){ 0 }, &rows) > 100);
	return rows;
}

static const struct response drop = { .kind = RESPONSE_DROP };

static void kernel_and_host_agree_where_answers_leave(void **state)
{
	(void)state;
	made_capture_agrees(&(struct direction){ .rule = DIRECTION_REPLIES_LEAVE }, drop);
}

static void kernel_and_host_agree_where_all_enters(void **state)
{
	(void)state;
	made_capture_agrees(&(struct direction){ .rule = DIRECTION_ALL_ENTER }, drop);
}

/* What is blocked is not scored, and what passes at a rate is scored no more than what is dropped. */
static void kernel_and_host_agree_on_blocks_and_rates(void **state)
{
	const struct direction direction = { .rule = DIRECTION_REPLIES_LEAVE };
	struct response block = { .kind = RESPONSE_BLOCK, .count = 2, .within_ns = 60 * SECOND_NS, .for_ns = 3600 * SECOND_NS };
	struct response limit = { .kind = RESPONSE_LIMIT, .count = 3 };
	__u64 rows;

	(void)state;
	rows = made_capture_agrees(&direction, drop);
	assert_true(made_capture_agrees(&direction, block) < rows);
	assert_int_equal(made_capture_agrees(&direction, limit), rows);
}

/* Nothing is evidence about the source here: what is dropped for its destination or itself is what sockets speak of. */
static void kernel_and_host_agree_where_sockets_are_asked(void **state)
{
	const struct direction direction = { .rule = DIRECTION_REPLIES_LEAVE };
	struct asked asked = { .source_flows = 1u << 20 };
	__u64 rows, without = made_capture_condemns(&direction, drop, &asked, &rows), with;

	(void)state;
	asked.end_host = true;
	with = made_capture_condemns(&direction, drop, &asked, &rows);
	print_message("# %llu vectors condemn where sockets are asked, %llu where not\n", with, without);
	assert_true(with != without); /* the policy alone drops some of what sockets are for, and not all that they are not */
}

/* The kernel enters the code of both models, or the replay counts that as a difference; the host knows tables alone. */
static void kernel_and_host_agree_where_models_are_code(void **state)
{
	static const struct direction directions[] = { { .rule = DIRECTION_REPLIES_LEAVE }, { .rule = DIRECTION_ALL_ENTER } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		__u64 rows, rows_as_code, condemn = made_capture_condemns(&directions[i], drop, &(struct asked){ 0 }, &rows);

		assert_int_equal(made_capture_condemns(&directions[i], drop, &(struct asked){ .as_code = true }, &rows_as_code),
				 condemn);
		assert_int_equal(rows_as_code, rows);
	}
}

static void kernel_and_host_agree_on_all_captures(void **state)
{
	const char *folder = getenv("CAPTURES") ? getenv("CAPTURES") : CAPTURES_DEFAULT;
	struct replay_options o = { 0 };
	struct replay_totals t;
	__u64 dropped, passed;
	struct stat st;

	(void)state;
	if (geteuid() || stat(folder, &st)) {
		print_message("skip: %s\n", geteuid() ? "needs root" : "no captures; CAPTURES names their folder");
		skip();
	}
	t = replay_both(folder, &o, drop, &(struct asked){ 0 }, &dropped, &passed);
	print_message("# %" PRIu64 " captures, %" PRIu64 " packets; %" PRIu64
		      " vectors, events, records and counters equal, %" PRIu64 " not; %llu vectors condemn\n", t.captures,
		      t.packets, t.compared, t.differences, dropped);
	for (int i = 0; i < CAPTURE_SKIP_COUNT; i++)
		if (t.skipped[i])
			print_message("# %" PRIu64 " packets skipped on both sides: %s\n", t.skipped[i], capture_skip_texts[i]);
	if (t.unread)
		print_message("# %" PRIu64 " captures end within their first packet\n", t.unread);
	assert_int_equal(t.differences, 0);
	assert_true(t.unread <= 2); /* of those at hand */
	assert_int_equal(t.evicted[0] + t.evicted[1] + t.evicted[2], 0);
	assert_int_equal(t.newcomers_lost, 0);
	assert_true(t.compared > t.rows && t.rows > 100000 && dropped > 1000 && passed > 1000);
}

/*
 * The model that is shipped: real trees, real thresholds, both outcomes, and no vectors told, so that scores may stay bounds. A
 * schema of another time is noticed here, too.
 */
static void trained_model_agrees(const char *folder, const struct direction *direction, bool as_code)
{
	struct replay_options o = { .direction = *direction, .like_kernel = true, .kernel = true };
	struct overlay none = OVERLAY_NONE;
	struct model *m = calloc(1, sizeof(*m));
	struct capture_set set = { 0 };
	struct replay_totals totals;
	char why[MODEL_FILE_WHY], *lines = NULL;
	__u64 drops = 0, logs = 0;
	size_t size;

	if (model_file_read("deploy/starter-model/starter.hgm", m, NULL, why, sizeof(why)) ||
	    capture_set_add(&set, folder, &none, why, sizeof(why)))
		fail_msg("%s", why);
	m->code = as_code;
	settings_defaults(&o.settings);
	o.settings.mode = MODE_ENFORCE;
	o.settings.breaker_least = 0;
	o.settings.one_way = direction->ingress_only;
	o.settings.event_rate = o.settings.suspicious_rate = 0xffffffff;
	o.set = &set;
	o.model = m;
	o.verdicts = open_memstream(&lines, &size);
	assert_int_equal(replay_run(&o, &totals), 0);
	fclose(o.verdicts);
	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
		++*(strstr(line, "\"action\":\"drop\"") ? &drops : &logs);
	print_message("# starter model%s%s: %" PRIu64 " packets, %" PRIu64 " equal, %" PRIu64 " not; %llu verdicts drop, %llu do not\n",
		      direction->ingress_only ? ", ingress only" : "", as_code ? ", as code" : "", totals.packets, totals.compared,
		      totals.differences, drops, logs);
	assert_int_equal(totals.differences, 0);
	assert_true(drops > 1000 && logs > 100 && totals.compared > drops + logs && totals.packets > drops + logs);
	capture_set_free(&set);
	free(lines);
	free(m);
}

static void the_starter_model_says_the_same_on_all_captures(void **state)
{
	const char *folder = getenv("CAPTURES") ? getenv("CAPTURES") : CAPTURES_DEFAULT;
	struct stat st;

	(void)state;
	if (geteuid() || stat(folder, &st)) {
		print_message("skip: %s\n", geteuid() ? "needs root" : "no captures; CAPTURES names their folder");
		skip();
	}
	trained_model_agrees(folder, &(struct direction){ .rule = DIRECTION_REPLIES_LEAVE }, false);
	trained_model_agrees(folder, &(struct direction){ .rule = DIRECTION_REPLIES_LEAVE }, true);
	trained_model_agrees(folder, &(struct direction){ .rule = DIRECTION_REPLIES_LEAVE, .ingress_only = true }, false);
}

#define LOST 2000

/* More flows of one packet than the ring has places for: the same are forgotten here and there. */
static void the_same_flows_are_forgotten_where_the_ring_is_full(void **state)
{
	struct replay_options o = { .direction = { .rule = DIRECTION_REPLIES_LEAVE }, .like_kernel = true, .kernel = true };
	char path[] = "/tmp/capture.XXXXXX", why[CAPTURE_WHY];
	struct overlay none = OVERLAY_NONE;
	struct capture_set set = { 0 };
	struct replay_totals totals;
	FILE *file;

	(void)state;
	if (geteuid()) {
		print_message("skip: needs root\n");
		skip();
	}
	file = capture_file_begin(path, LINK_ETHERNET);
	for (int i = 0; i < NEWCOMERS + LOST; i++) {
		char client[24];
		struct frame f;

		snprintf(client, sizeof(client), "10.%d.%d.%d", i >> 16, i >> 8 & 255, i & 255);
		f = frame_udp(client, 1000, "192.0.2.1", 53, 20);
		capture_file_add(file, i, f.data, f.len, f.len);
	}
	fclose(file);
	assert_int_equal(capture_set_add(&set, path, &none, why, sizeof(why)), 0);
	settings_defaults(&o.settings);
	o.set = &set;
	assert_int_equal(replay_run(&o, &totals), 0);
	assert_int_equal(totals.differences, 0);
	assert_int_equal(totals.flows, NEWCOMERS + LOST);
	assert_int_equal(totals.newcomers_lost, LOST);
	capture_set_free(&set);
	unlink(path);
}

/* A tree of one question: who is below `cut` passes. */
static struct model *stump_make(enum feature_id id, __u32 cut, bool spares)
{
	struct model *m = calloc(1, sizeof(*m));

	*m = (struct model){ .id = 1, .depth = 1, .tree_count = 1, .group_count = 1, .class_count = 1,
			     .policy = { .log_at = 1, .drop_at = 1, .source_flows = VERDICT_SOURCE_FLOWS } };
	for (int tree = 0; tree < MODEL_LANES; tree++)
		m->node[model_cell(1, tree, 1)].cut = MODEL_CUT_NEVER;
	m->node[model_cell(1, 0, 1)] = (struct model_node){ .cut = cut, .feature = id };
	m->leaf[model_cell(1, 0, 0)] = 1;
	if (spares)
		model_spares_fill(m);
	return m;
}

/* The verdicts of a model of one question, kernel and host being of one mind. The caller frees. */
static char *stump_verdicts(const char *path, enum feature_id id, __u32 cut, bool spares)
{
	struct replay_options o = { .direction = { .rule = DIRECTION_REPLIES_LEAVE } };
	struct model *m = stump_make(id, cut, spares);
	struct overlay none = OVERLAY_NONE;
	struct capture_set set = { 0 };
	struct replay_totals totals;
	char why[CAPTURE_WHY], *lines = NULL;
	size_t size;

	assert_int_equal(capture_set_add(&set, path, &none, why, sizeof(why)), 0);
	settings_defaults(&o.settings);
	o.settings.mode = MODE_ENFORCE;
	o.settings.breaker_least = 0;
	o.settings.event_rate = o.settings.suspicious_rate = 0xffffffff;
	o.set = &set;
	o.model = m;
	o.kernel = o.like_kernel = true;
	o.verdicts = open_memstream(&lines, &size);
	assert_int_equal(replay_run(&o, &totals), 0);
	fclose(o.verdicts);
	assert_int_equal(totals.differences, 0);
	capture_set_free(&set);
	free(m);
	return lines;
}

/* What a model does not ask for is not built, but for the evidence that its verdicts rest on. */
static void what_a_model_spares_changes_no_verdict(void **state)
{
	static const struct {
		enum feature_id id;
		__u32 cut, spares;
	} models[] = {
		{ FEATURE_fpk, 1, FEATURE_GROUPS_ALL },
		{ FEATURE_len_max, 200, FEATURE_GROUPS_ALL },
		{ FEATURE_dport, 60, FEATURE_GROUPS_ALL & ~FEATURE_GROUP_VOLUME },
		{ FEATURE_dur_ms, 50, FEATURE_GROUPS_ALL & ~FEATURE_GROUP_PACE },
		{ FEATURE_d_peers_short, 2, FEATURE_GROUPS_ALL & ~FEATURE_GROUP_DEST },
		{ FEATURE_s_peers_long, 2, FEATURE_GROUPS_ALL & ~FEATURE_GROUP_SOURCE },
	};
	char path[] = "/tmp/capture.XXXXXX";
	int of_source = 0, of_dest = 0;

	(void)state;
	if (geteuid()) {
		print_message("skip: needs root\n");
		skip();
	}
	capture_make(path);
	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++) {
		struct model *m = stump_make(models[i].id, models[i].cut, true);
		char *spared = stump_verdicts(path, models[i].id, models[i].cut, true);
		char *whole = stump_verdicts(path, models[i].id, models[i].cut, false);

		assert_int_equal(m->spares, models[i].spares);
		assert_true(strlen(whole) > 1000);
		assert_string_equal(spared, whole);
		of_source += strstr(whole, "\"reason\":\"source\"") != NULL;
		of_dest += strstr(whole, "\"reason\":\"destination\"") != NULL;
		free(spared);
		free(whole);
		free(m);
	}
	unlink(path);
	assert_true(of_source >= 4 && of_dest >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_and_host_agree_where_answers_leave),
		cmocka_unit_test(kernel_and_host_agree_where_all_enters),
		cmocka_unit_test(kernel_and_host_agree_on_blocks_and_rates),
		cmocka_unit_test(kernel_and_host_agree_where_sockets_are_asked),
		cmocka_unit_test(kernel_and_host_agree_where_models_are_code),
		cmocka_unit_test(what_a_model_spares_changes_no_verdict),
		cmocka_unit_test(the_same_flows_are_forgotten_where_the_ring_is_full),
		cmocka_unit_test(the_starter_model_says_the_same_on_all_captures),
		cmocka_unit_test(kernel_and_host_agree_on_all_captures),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
