// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>
#include "eve.h"
#include "held.h"
#include "verdict_log.h"

static struct verdict_log writer; /* has a big buffer */
static char folder[32], path[64];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/log.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	verdict_log_close(&writer);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void writer_open(struct verdict_log_options options)
{
	options.path = path;
	assert_int_equal(verdict_log_open(&writer, &options), 0);
}

static void line_write(int n)
{
	verdict_log_write(&writer, json_pack("{s:i}", "n", n), 1ull << 8 * n);
}

/* The file's text, "" when there is none. */
static const char *file_text(const char *suffix)
{
	static char text[512];
	char name[96];
	FILE *file;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	file = fopen(name, "r");
	text[0] = 0;
	if (!file)
		return text;
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

static void lines_are_added(void **state)
{
	(void)state;
	for (int n = 1; n <= 2; n++) {
		writer_open((struct verdict_log_options){ 0 });
		line_write(n);
		verdict_log_close(&writer);
	}
	assert_string_equal(file_text(""), "{\"n\":1}\n{\"n\":2}\n");
}

static void log_in_a_folder_that_is_not_there_is_refused(void **state)
{
	struct verdict_log_options options = { .path = path };

	(void)state;
	snprintf(path, sizeof(path), "%s/absent/log", folder);
	assert_int_equal(verdict_log_open(&writer, &options), -ENOENT);
	*strrchr(path, '/') = 0;
	assert_int_equal(access(path, F_OK), -1);
}

static void full_log_makes_room_and_the_oldest_goes(void **state)
{
	(void)state;
	writer_open((struct verdict_log_options){ .max_size = 8, .keep = 2 });
	for (int n = 1; n <= 4; n++) {
		line_write(n);
		verdict_log_flush(&writer);
	}
	assert_string_equal(file_text(""), "");
	assert_string_equal(file_text(".1"), "{\"n\":4}\n");
	assert_string_equal(file_text(".2"), "{\"n\":3}\n");
	assert_string_equal(file_text(".3"), "");
}

static void old_log_is_rotated_an_empty_one_is_not(void **state)
{
	(void)state;
	writer_open((struct verdict_log_options){ .max_age_ns = 1, .keep = 2 });
	verdict_log_flush(&writer);
	assert_int_not_equal(access(path, F_OK), -1);
	line_write(1);
	verdict_log_flush(&writer);
	verdict_log_flush(&writer);
	assert_string_equal(file_text(".1"), "{\"n\":1}\n");
	assert_string_equal(file_text(".2"), "");
}

static void reopened_log_goes_on_in_a_new_file(void **state)
{
	char moved[96];

	(void)state;
	snprintf(moved, sizeof(moved), "%s.moved", path);
	writer_open((struct verdict_log_options){ 0 });
	line_write(1);
	verdict_log_flush(&writer);
	assert_int_equal(rename(path, moved), 0);
	verdict_log_reopen(&writer);
	line_write(2);
	verdict_log_flush(&writer);
	assert_string_equal(file_text(".moved"), "{\"n\":1}\n");
	assert_string_equal(file_text(""), "{\"n\":2}\n");
}

/* A limit on the file's size fails writes as a full disk does: some bytes go through, then none. */
static void full_disk_leaves_whole_lines_and_a_count(void **state)
{
	struct rlimit before, tight;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	tight = before;
	tight.rlim_cur = 20; /* two lines of 8 bytes and a half */
	writer_open((struct verdict_log_options){ 0 });
	for (int n = 1; n <= 4; n++)
		line_write(n);
	setrlimit(RLIMIT_FSIZE, &tight);
	verdict_log_flush(&writer);
	line_write(5);
	verdict_log_flush(&writer);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_string_equal(file_text(""), "{\"n\":1}\n{\"n\":2}\n");
	assert_int_equal(writer.lost, 3);
	assert_int_equal(writer.lost_packets, 1ull << 24 | 1ull << 32 | 1ull << 40); /* of lines 3, 4 and 5 */
	line_write(6);
	verdict_log_flush(&writer);
	assert_string_equal(file_text(""), "{\"n\":1}\n{\"n\":2}\n{\"n\":6}\n");
}

static void more_lines_than_the_buffer_holds_all_arrive(void **state)
{
	long lines = 0;
	FILE *file;

	(void)state;
	writer_open((struct verdict_log_options){ 0 });
	for (int n = 0; n < 20000; n++)
		verdict_log_write(&writer, json_pack("{s:i}", "n", n), 1);
	verdict_log_close(&writer);
	file = fopen(path, "r");
	for (int c; (c = fgetc(file)) != EOF;)
		lines += c == '\n';
	fclose(file);
	assert_int_equal(lines, 20000);
	assert_int_equal(writer.lost, 0);
	assert_int_equal(writer.lost_packets, 0);
}

static void log_that_cannot_be_opened_is_an_error(void **state)
{
	struct verdict_log_options options = { .path = "/proc/nowhere/log" };

	(void)state;
	assert_int_equal(verdict_log_open(&writer, &options), -ENOENT);
}

static struct event event_of(enum verdict verdict, bool dropped, bool would_drop)
{
	struct event e = {
		.verdict = verdict,
		.reason = verdict >= VERDICT_DROP_ONCE ? REASON_SOURCE : REASON_NONE,
		.dropped = dropped,
		.would_drop = would_drop,
	};

	e.record.key.l4_proto = IPPROTO_UDP;
	e.record.key.vlan[0] = 7;
	e.record.key.addr[1][3] = e.record.key.addr[0][3] = bpf_htonl(0x7f000001);
	e.record.key.addr[0][2] = e.record.key.addr[1][2] = bpf_htonl(0xffff);
	e.record.flow.packets[0] = 3;
	e.record.flow.model_id = 0xabc;
	e.record.flow.score = -5;
	return e;
}

static const struct settings in_enforce = { .mode = MODE_ENFORCE }, in_monitor = { .mode = MODE_MONITOR };

static void action_check(enum verdict verdict, bool dropped, bool would_drop, const char *action, const char *mode)
{
	struct event e = event_of(verdict, dropped, would_drop);
	json_t *line = eve_from_event(&e, &in_enforce, NULL), *ours = json_object_get(line, "hedgerow");

	assert_string_equal(json_string_value(json_object_get(ours, "action")), action);
	assert_string_equal(json_string_value(json_object_get(ours, "mode")), mode);
	assert_int_equal(json_is_true(json_object_get(ours, "would_drop")), would_drop);
	assert_null(json_object_get(ours, "class")); /* of a model that tells two apart */
	json_decref(line);
}

static void action_says_what_became_of_the_packet(void **state)
{
	(void)state;
	action_check(VERDICT_DROP, true, false, "drop", "enforce");
	action_check(VERDICT_DROP_ONCE, true, false, "drop", "enforce");
	action_check(VERDICT_DROP, false, true, "pass", "monitor");
	action_check(VERDICT_LOG, false, false, "log", "enforce");
}

static void event_line_has_the_fields_of_eve(void **state)
{
	struct event e = event_of(VERDICT_DROP, true, false);
	json_t *line = eve_from_event(&e, &in_enforce, "scan");
	const char *src = NULL, *proto = NULL, *model = NULL, *verdict = NULL, *start = NULL;
	int vlan = 0, packets = 0, score = 0;
	json_int_t flow_id = 0;

	(void)state;
	assert_int_equal(json_unpack(line, "{s:I, s:s, s:s, s:[i], s:{s:i, s:s}, s:{s:s, s:i, s:s}}", "flow_id", &flow_id,
				     "src_ip", &src, "proto", &proto, "vlan", &vlan, "flow", "pkts_toserver", &packets,
				     "start", &start, "hedgerow", "model", &model, "score", &score, "verdict",
				     &verdict),
			 0);
	assert_string_equal(src, "127.0.0.1");
	assert_string_equal(proto, "UDP");
	assert_string_equal(model, "00000abc");
	assert_string_equal(verdict, "drop");
	assert_string_equal(json_string_value(json_object_get(json_object_get(line, "hedgerow"), "class")), "scan");
	assert_int_equal(vlan, 7);
	assert_int_equal(packets, 3);
	assert_int_equal(score, -5);
	json_decref(line);
}

static const char *mode_of_line(json_t *line)
{
	static char mode[16];

	snprintf(mode, sizeof(mode), "%s", json_string_value(json_object_get(json_object_get(line, "hedgerow"), "mode")));
	json_decref(line);
	return mode;
}

/* The settings' own mode is not that of flows in a scope. */
static void mode_of_a_line_is_that_of_the_flows_scope(void **state)
{
	const struct scope enforces = { .mode = MODE_ENFORCE }, monitors = { .mode = MODE_MONITOR };
	struct event e = event_of(VERDICT_LOG, false, false);
	struct alert_key key = { .reason = REASON_DESTINATION };
	struct alert_logged grown = { .packets = 1 };
	struct alert a = { .packets = 1 };

	(void)state;
	a.scope = e.record.flow.scope = scope_mark(2, &enforces);
	assert_string_equal(mode_of_line(eve_from_event(&e, &in_monitor, NULL)), "enforce");
	assert_string_equal(mode_of_line(eve_from_alert(&key, &a, &grown, &in_monitor)), "enforce");
	a.scope = e.record.flow.scope = scope_mark(2, &monitors);
	assert_string_equal(mode_of_line(eve_from_event(&e, &in_enforce, NULL)), "monitor");
	assert_string_equal(mode_of_line(eve_from_alert(&key, &a, &grown, &in_enforce)), "monitor");
	a.scope = 0;
	assert_string_equal(mode_of_line(eve_from_alert(&key, &a, &grown, &in_enforce)), "enforce");
}

static const char *held_of_line(const struct event *e, const struct settings *settings, const struct safety *safety)
{
	json_t *line = eve_from_event(e, settings, NULL);
	static char held[16];
	const char *name;

	held_add(line, held_of_event(e, settings, safety));
	name = json_string_value(json_object_get(json_object_get(line, "hedgerow"), "held_by"));
	snprintf(held, sizeof(held), "%s", name ? name : "");
	assert_true(!name || held_text(name));
	json_decref(line);
	return held;
}

static void a_line_says_what_held_the_model_back(void **state)
{
	const struct scope enforces = { .mode = MODE_ENFORCE }, monitors = { .mode = MODE_MONITOR };
	const struct safety tripped = { .tripped_ns = 1 }, alive = { 0 };
	struct settings s = { .mode = MODE_ENFORCE };
	struct event e = event_of(VERDICT_DROP, false, true);
	struct alert_key key = { .would_drop = 1 };
	struct alert a = { 0 };

	(void)state;
	e.reason = REASON_SOURCE;
	e.time_ns = a.last_ns = 100 * SECOND_NS;
	assert_string_equal(held_of_line(&e, &in_monitor, &alive), "monitor");
	assert_string_equal(held_of_line(&e, &in_enforce, &tripped), "breaker");
	assert_string_equal(held_of_line(&e, &in_enforce, &alive), ""); /* the mode was another when it was judged */
	assert_int_equal(held_of_alert(&key, &a, &in_monitor, NULL), HELD_MONITOR);
	e.record.flow.scope = a.scope = scope_mark(2, &monitors);
	assert_string_equal(held_of_line(&e, &in_enforce, &alive), "scope");
	assert_int_equal(held_of_alert(&key, &a, &in_enforce, NULL), HELD_SCOPE);
	e.record.flow.scope = a.scope = scope_mark(2, &enforces);
	s.watched_since_ns = 90 * SECOND_NS;
	s.warm_up_ns = 11 * SECOND_NS;
	assert_string_equal(held_of_line(&e, &s, &alive), "warm-up");
	assert_int_equal(held_of_alert(&key, &a, &s, NULL), SUSPENDED_WARM_UP);
	s.one_way = ONE_WAY_LOST;
	assert_string_equal(held_of_line(&e, &s, &alive), "companion");
	e = event_of(VERDICT_DROP, false, false);
	assert_string_equal(held_of_line(&e, &in_enforce, &alive), "rate-limit");
	e = event_of(VERDICT_DROP, true, false);
	assert_string_equal(held_of_line(&e, &in_enforce, &alive), "");
	e = event_of(VERDICT_LOG, false, false);
	e.reason = REASON_SOURCE;
	assert_string_equal(held_of_line(&e, &in_enforce, &alive), "");
	s = in_enforce;
	s.response[e.record.flow.class].kind = RESPONSE_LOG;
	assert_string_equal(held_of_line(&e, &s, &alive), "policy");
	e.record.flow.scope = scope_mark(2, &enforces); /* which may have a policy of its own */
	assert_string_equal(held_of_line(&e, &s, &alive), "");
	e.record.flow.listed[0] = FLOW_GUARDED;
	assert_string_equal(held_of_line(&e, &s, &alive), "guard");
	e.reason = REASON_NONE; /* no drop was wanted */
	assert_string_equal(held_of_line(&e, &s, &alive), "");
}

static const char *answers_of_line(json_t *line)
{
	const json_t *answers = json_object_get(json_object_get(line, "hedgerow"), "answers");
	const char *text = answers ? json_string_value(answers) : "";

	assert_true(!strcmp(text, "") || !strcmp(text, "seen") || !strcmp(text, "unseen") || !strcmp(text, "lost"));
	text = !strcmp(text, "unseen") ? "unseen" : !strcmp(text, "lost") ? "lost" : !strcmp(text, "seen") ? "seen" : "";
	json_decref(line);
	return text;
}

/* What a verdict rests on is less where nobody's answers show. */
static void lines_say_when_answers_do_not_show(void **state)
{
	const struct settings unseen = { .one_way = ONE_WAY_EVER }, lost = { .one_way = ONE_WAY_LOST };
	struct event e = event_of(VERDICT_LOG, false, false), b = event_of(VERDICT_DROP, true, false);
	struct shadow_event duel = { .e = e };
	const char *const class[ARM_COUNT] = { NULL };
	struct alert_key key = { .reason = REASON_DESTINATION };
	struct alert_logged grown = { .packets = 1 };
	struct alert a = { .packets = 1 };

	(void)state;
	assert_string_equal(answers_of_line(eve_from_event(&e, &in_monitor, NULL)), "");
	assert_string_equal(answers_of_line(eve_from_event(&e, &unseen, NULL)), "unseen");
	assert_string_equal(answers_of_line(eve_from_event(&e, &lost, NULL)), "lost");
	assert_string_equal(answers_of_line(eve_from_block(&b, &unseen, NULL)), "unseen");
	assert_string_equal(answers_of_line(eve_from_alert(&key, &a, &grown, &unseen)), "unseen");
	assert_string_equal(answers_of_line(eve_from_shadow(&duel, &unseen, class)), "unseen");
	assert_string_equal(answers_of_line(eve_from_state("started", NULL, &unseen, 0, 0)), "unseen");
	assert_string_equal(answers_of_line(eve_from_state("started", NULL, &in_monitor, 0, 0)), "seen");
}

static void alert_line_carries_what_grew(void **state)
{
	struct alert_key key = { .reason = REASON_BLOCKED, .dropped = 1 };
	struct alert a = { .packets = 100, .flows = 50 };
	struct alert_logged grown = { .packets = 7, .flows = 3 };
	json_t *line = eve_from_alert(&key, &a, &grown, &in_monitor);
	const char *action = NULL;
	int packets = 0, flows = 0, would_drop = 1;

	(void)state;
	assert_int_equal(json_unpack(line, "{s:{s:s, s:b, s:{s:i, s:i}}}", "hedgerow", "action", &action, "would_drop",
				     &would_drop, "aggregate", "packets", &packets, "flows", &flows),
			 0);
	assert_string_equal(action, "drop"); /* dropped before the mode changed */
	assert_int_equal(would_drop, 0);
	assert_int_equal(packets, 7);
	assert_int_equal(flows, 3);
	json_decref(line);
}

static void totals_tell_the_losses_of_newcomers_comparisons_and_scores(void **state)
{
	const struct counters c = { .value = { [COUNTER_lost_newcomers] = 3, [COUNTER_lost_comparisons] = 4,
					       [COUNTER_lost_scores] = 6 } };
	const struct engine_tally tally = { 0 };
	json_t *line = eve_from_counters(&c, &tally, 5);
	int newcomers, comparisons, scores, lines;

	(void)state;
	assert_int_equal(json_unpack(line, "{s:{s:{s:i, s:i, s:i, s:i}}}", "hedgerow", "lost", "newcomers", &newcomers, "comparisons",
				     &comparisons, "scores", &scores, "log_lines", &lines), 0);
	assert_int_equal(scores, 6);
	assert_int_equal(newcomers, 3);
	assert_int_equal(comparisons, 4);
	assert_int_equal(lines, 5);
	json_decref(line);
}

#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(lines_are_added),
		LOG_TEST(log_in_a_folder_that_is_not_there_is_refused),
		LOG_TEST(full_log_makes_room_and_the_oldest_goes),
		LOG_TEST(old_log_is_rotated_an_empty_one_is_not),
		LOG_TEST(reopened_log_goes_on_in_a_new_file),
		LOG_TEST(full_disk_leaves_whole_lines_and_a_count),
		LOG_TEST(more_lines_than_the_buffer_holds_all_arrive),
		LOG_TEST(log_that_cannot_be_opened_is_an_error),
		cmocka_unit_test(action_says_what_became_of_the_packet),
		cmocka_unit_test(event_line_has_the_fields_of_eve),
		cmocka_unit_test(mode_of_a_line_is_that_of_the_flows_scope),
		cmocka_unit_test(a_line_says_what_held_the_model_back),
		cmocka_unit_test(lines_say_when_answers_do_not_show),
		cmocka_unit_test(alert_line_carries_what_grew),
		cmocka_unit_test(totals_tell_the_losses_of_newcomers_comparisons_and_scores),
	};

	return cmocka_run_group_tests_name("verdict_log", tests, NULL, NULL);
}
