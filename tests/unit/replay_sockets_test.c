// SPDX-License-Identifier: BSD-2-Clause
/* Replays as on hosts that ask their sockets: whose there were is what the capture tells, before and behind the packet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "capture_file.h"
#include "packets.h"
#include "replay.h"
#include "sockets.h"

#define CLIENT "10.1.0.1"
#define SERVER "10.1.0.2"

/* Two questions that are answered, a segment that is refused, a datagram to nobody. */
static void capture_make(char *path)
{
	const struct frame frames[] = {
		frame_udp(CLIENT, 5000, SERVER, 53, 20),
		frame_udp(SERVER, 53, CLIENT, 5000, 20),
		frame_tcp(CLIENT, 4000, SERVER, 80, TCP_ACK, 1, 1, 10),
		frame_tcp(SERVER, 80, CLIENT, 4000, TCP_ACK, 1, 11, 10),
		frame_tcp(CLIENT, 4001, SERVER, 81, TCP_ACK, 1, 1, 10),
		frame_tcp(SERVER, 81, CLIENT, 4001, TCP_RST, 1, 11, 0),
		frame_udp(CLIENT, 5001, SERVER, 9, 20),
	};
	FILE *file = capture_file_begin(path, LINK_ETHERNET);

	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++)
		capture_file_add(file, i * 1000000, frames[i].data, frames[i].len, frames[i].len);
	fclose(file);
}

/* Condemns everything, on nothing about the source. */
static struct model *hostile_make(void)
{
	struct model *m = calloc(1, sizeof(*m));

	m->id = 9;
	m->depth = 1;
	m->tree_count = m->group_count = m->class_count = 1;
	m->policy = (struct policy){ .log_at = 1, .drop_at = 1, .source_flows = VERDICT_SOURCE_FLOWS };
	for (int tree = 0; tree < MODEL_LANES; tree++)
		m->node[model_cell(1, tree, 1)].cut = MODEL_CUT_NEVER;
	m->node[model_cell(1, 0, 1)] = (struct model_node){ .cut = 1, .feature = FEATURE_fpk };
	m->leaf[model_cell(1, 0, 0)] = m->leaf[model_cell(1, 0, 1)] = 1;
	return m;
}

/* The verdicts as lines. The caller frees. */
static char *verdicts(bool end_host, bool merge)
{
	char path[] = "/tmp/capture.XXXXXX", why[CAPTURE_WHY], *lines = NULL;
	struct replay_options o = { .merge = merge };
	struct model *m = hostile_make();
	struct overlay none = OVERLAY_NONE;
	struct capture_set set = { 0 };
	struct replay_totals totals;
	size_t size;

	capture_make(path);
	assert_int_equal(capture_set_add(&set, path, &none, why, sizeof(why)), 0);
	settings_defaults(&o.settings);
	o.settings.mode = MODE_ENFORCE;
	o.settings.event_rate = o.settings.suspicious_rate = 0xffffffff;
	o.settings.end_host = end_host;
	o.set = &set;
	o.model = m;
	o.verdicts = open_memstream(&lines, &size);
	assert_int_equal(replay_run(&o, &totals), 0);
	fclose(o.verdicts);
	capture_set_free(&set);
	unlink(path);
	free(m);
	return lines;
}

static int lines_with(const char *lines, const char *a, const char *b)
{
	char *copy = strdup(lines), *rest = copy, *line;
	int count = 0;

	while ((line = strsep(&rest, "\n")))
		count += strstr(line, a) && strstr(line, b);
	free(copy);
	return count;
}

static void assert_told(char *lines)
{
	assert_int_equal(lines_with(lines, "\"unawaited\":true", "\"drop_once\""), 2);
	assert_int_equal(lines_with(lines, "\"unawaited\":true", "\"dest_port\":81,"), 1);
	assert_int_equal(lines_with(lines, "\"unawaited\":true", "\"dest_port\":9,"), 1);
	assert_int_equal(lines_with(lines, "\"log\"", "\"dest_port\":80,"), 1);
	free(lines);
}

static void who_answers_has_a_socket(void **state)
{
	(void)state;
	assert_told(verdicts(true, false));
	assert_told(verdicts(true, true));
}

static void nobody_is_asked_unless_told_so(void **state)
{
	char *lines = verdicts(false, false);

	(void)state;
	assert_int_equal(lines_with(lines, "unawaited", ""), 0);
	assert_true(lines_with(lines, "\"destination\"", "") >= 4);
	free(lines);
}

static void room_is_bounded_and_what_was_met_last_is_kept(void **state)
{
	struct sockets s = { 0 };
	struct native_look look = { .parsed = PARSED_FLOW };
	struct frame f;
	struct packet pkt = { 0 };

	(void)state;
	assert_int_equal(sockets_open(&s, 8), 0);
	for (int port = 1; port <= 100; port++) {
		f = frame_udp(SERVER, port, CLIENT, 5000, 20);
		sockets_learn(&s, f.data, f.len, f.len);
	}
	assert_int_equal(s.table.present, 8);
	assert_int_equal(s.table.evicted, 92);
	f = frame_udp(CLIENT, 5000, SERVER, 100, 20);
	assert_int_equal(packet_parse(&pkt, f.data, f.data + f.len, f.len), PARSED_FLOW);
	look.sender = flow_key_from_packet(&look.key, &pkt);
	assert_true(sockets_state(&s, &look));
	sockets_forget(&s);
	assert_false(sockets_state(&s, &look));
	sockets_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_answers_has_a_socket),
		cmocka_unit_test(nobody_is_asked_unless_told_so),
		cmocka_unit_test(room_is_bounded_and_what_was_met_last_is_kept),
	};

	return cmocka_run_group_tests_name("replay_sockets", tests, NULL, NULL);
}
