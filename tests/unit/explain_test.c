// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow explain as it is called, and what the running agent says of an event: the vector is the one that scored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>
#include "eve_reasons.h"
#include "flow_text.h"
#include "log.h"
#include "model_file.h"
#include "models.h"
#include "rows_file.h"
#include "../../userspace/agent/commands.h" /* not the exporter's */

static char folder[64], model[96], bare[96], wary[96], rows[32];
static char said[65536]; /* stdout and stderr of the last run */

/* Three trees on fpk, kind and s_rej_long, with covers: below each cut 30 rows of 40, and 0, else 100, -20, 8. */
static void model_make(struct model *m, float *cover)
{
	static const struct {
		enum feature_id feature;
		uint32_t cut;
		int32_t leaf;
	} rule[] = { { FEATURE_fpk, 4, 100 }, { FEATURE_kind, 1, -20 }, { FEATURE_s_rej_long, 9, 8 } };

	m->depth = m->group_count = m->class_count = 1;
	m->tree_count = 3;
	m->scale_shift = 2;
	m->policy = (struct policy){ .log_at = 40, .drop_at = 60 };
	for (uint32_t t = 0; t < MODEL_LANES; t++)
		m->node[model_cell(1, t, 1)].cut = MODEL_CUT_NEVER;
	for (uint32_t t = 0; t < 3; t++) {
		m->node[model_cell(1, t, 1)] = (struct model_node){ rule[t].cut, rule[t].feature };
		m->leaf[model_cell(1, t, 0)] = rule[t].leaf;
		cover[model_cell(1, t, 1)] = 30;
		cover[model_cell(1, t, 0)] = 10;
	}
}

static int files_make(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	float *cover = calloc(MODEL_CELLS, sizeof(*cover));
	struct model_extras extras = { .card = "{}", .leaf_cover = cover };
	FILE *file;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/explain_test.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(model, sizeof(model), "%s/model.hgm", folder);
	snprintf(bare, sizeof(bare), "%s/bare.hgm", folder);
	snprintf(wary, sizeof(wary), "%s/wary.hgm", folder);
	model_make(m, cover);
	assert_int_equal(0, model_file_write_extras(model, m, &extras));
	assert_int_equal(0, model_file_write(bare, m, "{}"));
	m->policy.source_flows = 4;
	assert_int_equal(0, model_file_write(wary, m, "{}"));
	file = rows_file_create(rows);
	rows_file_header(file, "");
	rows_file_row(file, 71, "192.0.2.1", "3", "");
	rows_file_row(file, 72, "192.0.2.2", "0", "");
	rows_file_row(file, 71, "192.0.2.1", "4", "");
	fclose(file);
	free(cover);
	free(m);
	return 0;
}

static int files_remove(void **state)
{
	(void)state;
	unlink(model);
	unlink(bare);
	unlink(wary);
	unlink(rows);
	return rmdir(folder);
}

/* Arguments end with NULL. `input` on stdin, NULL for none. */
static int explain(const char *input, ...)
{
	char *argv[16] = { "explain" }, in[96], out[96];
	int argc = 1, kept[3], result, fd;
	va_list args;

	va_start(args, input);
	while ((argv[argc] = va_arg(args, char *)))
		argc++;
	va_end(args);
	snprintf(in, sizeof(in), "%s/in", folder);
	snprintf(out, sizeof(out), "%s/out", folder);
	fd = open(in, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert_true(!input || write(fd, input, strlen(input)) == (ssize_t)strlen(input));
	close(fd);
	fflush(NULL);
	for (int i = 0; i < 3; i++)
		kept[i] = dup(i);
	assert_non_null(freopen(in, "r", stdin));
	fd = open(out, O_CREAT | O_TRUNC | O_RDWR, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	result = cmd_explain(argc, argv);
	fflush(NULL);
	for (int i = 0; i < 3; i++) {
		dup2(kept[i], i);
		close(kept[i]);
	}
	said[pread(fd, said, sizeof(said) - 1, 0)] = 0;
	close(fd);
	unlink(in);
	unlink(out);
	return result;
}

static void assert_said(const char *words)
{
	if (!strstr(said, words))
		fail_msg("expected '%s' in: %s", words, said);
}

static void assert_refused(int wanted, int result, const char *words)
{
	assert_int_equal(wanted, result);
	assert_said(words);
	assert_string_equal(strchr(said, '\n'), "\n"); /* one line */
}

#define LINE(features)                                                                                                 \
	"{\"event_type\":\"hedgerow\",\"flow_id\":9,\"src_ip\":\"192.0.2.1\",\"src_port\":1,\"dest_ip\":\"192.0.2.2\","        \
	"\"dest_port\":2,\"proto\":\"TCP\",\"hedgerow\":{\"verdict\":\"drop\",\"reason\":\"source\",\"score\":88,"           \
	"\"model\":\"0badcafe\",\"vector\":\"rebuilt\"" features "}}"

/*
 * fpk is 4: 100 where 25 were expected; s_rej_long is 9: 8 where 2 were; kind is 0: 0 where -5 were expected. Units are
 * quarters. Of the base, 22 / 4.
 */
static void a_line_is_explained_feature_by_feature(void **state)
{
	(void)state;
	assert_int_equal(0, explain(NULL, "--line", LINE(",\"features\":{\"fpk\":4,\"s_rej_long\":9}"), "--model", model, NULL));
	assert_said("flow 9  192.0.2.1:1 -> 192.0.2.2:2 TCP\nverdict drop (source), score 88, model 0badcafe\n"
		    "explained by another model");
	assert_said("\n   +5.5000                                            expected of a flow");
	assert_said("\n  +24.2500     +18.7500  fpk                       4  packets from the initiator (packets)\n");
	assert_said("\n  +25.7500      +1.5000  s_rej_long                9  ");
	assert_said("\n  +27.0000      +1.2500  kind                      0  ");
	assert_said("\nmargin 27.0000 (score 108), log from 10.0000, drop from 15.0000: drop\n");
	assert_null(strstr(said, "alike"));
}

static void a_file_without_covers_is_said_to_say_less(void **state)
{
	(void)state;
	assert_int_equal(0, explain(NULL, "--rows", rows, "--row", "3", "--model", bare, NULL));
	assert_said("the model's file says nothing of its training rows: each way through a tree counts alike");
	assert_said("+12.5000  fpk"); /* half of 25, where the rows say three quarters */
	assert_refused(1, explain(NULL, "--rows", rows, "--row", "3", "--model", bare, "--exact", NULL), "has no covers in its file");
}

static void rows_are_found_by_number_and_by_flow(void **state)
{
	json_t *found;

	(void)state;
	assert_int_equal(0, explain(NULL, "--rows", rows, "--flow-id", "71", "--model", model, "--json", "--exact", NULL));
	found = json_loads(said, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(found);
	assert_int_equal(80, json_integer_value(json_object_get(found, "score"))); /* 100 - 20: the last row of the flow */
	assert_string_equal("exact", json_string_value(json_object_get(found, "method")));
	assert_string_equal("drop", json_string_value(json_object_get(found, "reaches")));
	assert_int_equal(3, json_array_size(json_object_get(found, "contributions")));
	json_decref(found);
	assert_int_equal(0, explain(NULL, "--rows", rows, "--row", "1", "--model", model, NULL));
	assert_said("flow 71  192.0.2.1:40000 -> 10.1.0.1:80");
	assert_said("margin -5.0000 (score -20)");
	assert_refused(1, explain(NULL, "--rows", rows, "--row", "4", "--model", model, NULL), "no row 4 in it");
	assert_refused(1, explain(NULL, "--rows", rows, "--flow-id", "5", "--model", model, NULL), "no row of flow 5 in it");
}

static void a_line_without_a_vector_says_what_would_do(void **state)
{
	(void)state;
	assert_refused(1, explain(LINE(""), "--model", model, NULL), "--rows FILE --flow-id 9");
	assert_refused(1, explain(NULL, "--line", LINE(",\"aggregate\":{\"packets\":3}"), "--model", model, NULL), "adds up packets of many flows");
	assert_refused(1, explain("{\"event_type\":\"hedgerow\",\"hedgerow\":{\"reason\":\"blocked\"}}", "--model", model, NULL),
		       "no model was asked for this verdict (blocked)");
	assert_refused(1, explain(NULL, "--line", "{\"event_type\":\"flow\"}", NULL), "event_type is 'flow'");
	assert_refused(1, explain("no line", NULL), "not a line of the verdict log");
	assert_refused(1, explain("[1]", NULL), "no JSON object");
	assert_refused(1, explain(NULL, NULL), "no line on standard input");
	assert_refused(1, explain(LINE(",\"features\":{\"sttl\":4}"), NULL), "feature 'sttl' is none of");
	assert_refused(1, explain(LINE(",\"features\":{\"fpk\":16777216}"), NULL), "feature fpk: not a whole number");
	assert_refused(1, explain(LINE(",\"features\":{\"fpk\":\"4\"}"), NULL), "feature fpk: not a whole number");
	assert_refused(1, explain(LINE(",\"features\":{\"fpk\":4}"), NULL), "model 0badcafe is not kept");
}

#define STATS "{\"event_type\":\"hedgerow_stats\",\"hedgerow\":{}}\n"
#define VERDICT LINE(",\"features\":{\"fpk\":4,\"s_rej_long\":9}") "\n"

static void lines_of_a_log_that_are_no_verdicts_are_skipped_and_counted(void **state)
{
	(void)state;
	assert_int_equal(0, explain(STATS VERDICT LINE(",\"aggregate\":{\"packets\":3}") "\n" VERDICT STATS, "--model", model, "--json", NULL));
	assert_said("info: 3 lines are no verdicts on one flow\n");
	assert_said("}\n{\"flow_id\":9");
	assert_null(strstr(said, "error"));
	assert_int_equal(0, explain(LINE("") "\n" VERDICT, "--model", model, NULL)); /* one without a vector is named */
	assert_said("this line carries no vector");
	assert_said("verdict drop (source)");
	assert_int_equal(1, explain(VERDICT "no line\n", "--model", model, NULL));
	assert_refused(1, explain(STATS STATS, NULL), "none of the 2 lines on standard input is a verdict on one flow");
}

/* A verdict of the wary model on a flow with so many packets. */
static const char *line_of(const char *verdict, const char *more, int packets, const char *features)
{
	static struct model m;
	static char line[1024];
	char why[MODEL_FILE_WHY];

	assert_int_equal(0, model_file_read(wary, &m, NULL, why, sizeof(why)));
	snprintf(line, sizeof(line), "{\"event_type\":\"hedgerow\",\"flow_id\":9,\"src_ip\":\"192.0.2.1\",\"dest_ip\":\"192.0.2.2\","
		 "\"proto\":\"TCP\",\"flow\":{\"pkts_toserver\":%d,\"pkts_toclient\":0},\"hedgerow\":{\"verdict\":\"%s\",%s"
		 "\"score\":80,\"model\":\"%08x\",\"features\":{%s}}}", packets, verdict, more, m.id, features);
	return line;
}

#define DESTINATION "\"reason\":\"destination\",\"action\":\"log\","
#define SOURCE "\"reason\":\"source\","

static void what_let_a_packet_pass_is_said_as_far_as_it_shows(void **state)
{
	static const struct {
		const char *verdict, *more;
		int packets;
		const char *features, *words;
	} passed[] = {
		{ "drop", SOURCE "\"would_drop\":true,\"held_by\":\"monitor\",", 1, "\"kind\":1", "mode monitor drops nothing" },
		{ "drop", SOURCE "\"would_drop\":true,\"held_by\":\"warm-up\",", 1, "\"kind\":1", "in the warm-up" },
		{ "drop", SOURCE "\"would_drop\":true,", 1, "\"kind\":1", "mode monitor, or something suspended the model's verdicts" },
		{ "drop", SOURCE "\"held_by\":\"rate-limit\",", 1, "\"kind\":1", "within the rate" },
		{ "log", SOURCE "\"held_by\":\"guard\",", 1, "\"kind\":1", "under the management guard" },
		{ "log", SOURCE, 1, "\"kind\":1", "the management guard, or a policy says to log" },
		{ "log", "\"reason\":\"none\",", 1, "\"kind\":1", "suspicious and no more" },
		{ "log", DESTINATION, 1, "\"kind\":1,\"s_unans_long\":3,\"s_half_long\":2,\"s_rej_long\":1",
		  "3 unanswered, 2 half-open, 1 refused: no evidence, which begins at 4; a first SYN passes where no crowd" },
		{ "log", DESTINATION, 1, "\"kind\":1,\"s_unans_long\":4", "4 unanswered, 0 half-open, 0 refused: evidence about it, but" },
		{ "log", DESTINATION, 1, "\"kind\":1,\"s_unans_long\":5,\"s_hs_long\":2", "these may be sent in its name" },
		{ "log", DESTINATION, 1, "\"kind\":1,\"s_hs_long\":2", "no stranger's: the source completed handshakes lately" },
		{ "log", DESTINATION, 1, "\"kind\":4,\"s_unans_long\":5", "no evidence against a flow that was not seen to begin; and it "
		  "is no stranger's: a connection that was not seen to begin" },
		{ "log", DESTINATION, 1, "\"l4_class\":1,\"ans\":1", "it was answered" },
		{ "log", DESTINATION, 1, "\"l4_class\":1", "no crowd knocks in vain at the destination" },
		{ "log", DESTINATION, 1, "\"l4_class\":3", "neither TCP, UDP nor ICMP" },
		{ "log", DESTINATION "\"answers\":\"unseen\",", 1, "\"l4_class\":1", "answers are not seen" },
		{ "log", DESTINATION, 1, "\"kind\":6", "a stranger's first packet, which passes as a retry" },
		{ "log", DESTINATION, 5, "\"kind\":6", "condemned at packet 16, and this was packet 5" },
		{ "log", DESTINATION, 5, "\"kind\":3", "only the first packet is dropped, and this was packet 5" },
		{ "log", DESTINATION "\"unawaited\":true,", 5, "\"kind\":4", "no socket is for it, which condemns at packet 16" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++) {
		const char *line = line_of(passed[i].verdict, passed[i].more, passed[i].packets, passed[i].features);

		assert_int_equal(0, explain(NULL, "--line", line, "--model", wary, NULL));
		assert_said("\npassed: ");
		assert_said(passed[i].words);
	}
	assert_int_equal(0, explain(NULL, "--line", line_of("drop", SOURCE "\"action\":\"drop\",", 1, "\"kind\":1"), "--model", wary, NULL));
	assert_null(strstr(said, "passed:"));
	assert_int_equal(0, explain(NULL, "--line", line_of("log", DESTINATION, 1, "\"kind\":1"), "--model", model, NULL));
	assert_null(strstr(said, "passed:")); /* another model's thresholds say nothing of it */
	assert_int_equal(0, explain(NULL, "--line", line_of("log", DESTINATION, 1, "\"kind\":1"), "--model", wary, "--json", NULL));
	assert_said("\"action\":\"log\",\"passed\":\"of the source's other flows");
}

static void options_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	assert_refused(2, explain(NULL, "--rows", rows, NULL), "give either --row or --flow-id");
	assert_refused(2, explain(NULL, "--rows", rows, "--row", "1", "--flow-id", "1", NULL), "give either");
	assert_refused(2, explain(NULL, "--rows", rows, "--row", "0", NULL), "counted from 1");
	assert_refused(2, explain(NULL, "--log", rows, NULL), "give --flow-id");
	assert_refused(2, explain(NULL, "--log", rows, "--line", "{}", "--flow-id", "1", NULL), "one of them");
	assert_refused(2, explain(NULL, "--row", "1", NULL), "--row goes with --rows");
	assert_refused(2, explain(NULL, "more", NULL), "'more' is not expected here");
}

/* An event of a flow with four packets, scored 80 by the model, or said to be. No maps: its hosts are unknown. */
static struct event event_make(const struct model *m, int32_t score)
{
	struct event e = { .verdict = VERDICT_DROP, .reason = REASON_SOURCE, .time_ns = 5 * SECOND_NS };

	e.record.key.l4_proto = IPPROTO_TCP;
	e.record.flow = (struct flow){ .packets = { 4 }, .kind = FLOW_KIND_SYN, .score = score, .model_id = m->id };
	return e;
}

static void the_agent_tells_a_vector_that_scored_from_one_that_came_later(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	float *cover = calloc(MODEL_CELLS, sizeof(*cover));
	struct datapath none = datapath_none();
	struct settings settings = { 0 };
	struct explainer k = { 0 };
	struct explanation x;
	struct features judged = { .value = { [FEATURE_fpk] = 4, [FEATURE_s_rej_long] = 9 } };
	struct event e;

	(void)state;
	model_make(m, cover);
	m->id = 0x5eed;
	e = event_make(m, 80);
	assert_false(explainer_ask(&k, &none, &settings, &e, &x)); /* no model */
	explainer_learn(&k, ARM_CHAMPION, m);
	assert_true(explainer_ask(&k, &none, &settings, &e, &x));
	assert_int_equal(VECTOR_REBUILT, x.source);
	assert_int_equal(4, x.x.value[FEATURE_fpk]);
	e = event_make(m, 108);
	assert_true(explainer_ask(&k, &none, &settings, &e, &x));
	assert_int_equal(VECTOR_LATER, x.source);
	explainer_note(&k, flow_id(&e.record), &judged);
	assert_true(explainer_ask(&k, &none, &settings, &e, &x));
	assert_int_equal(VECTOR_SCORED, x.source);
	assert_int_equal(9, x.x.value[FEATURE_s_rej_long]);
	e.reason = REASON_BLOCKED;
	assert_false(explainer_ask(&k, &none, &settings, &e, &x));
	e = event_make(m, 80);
	e.record.flow.model_id++;
	assert_false(explainer_ask(&k, &none, &settings, &e, &x)); /* another's verdict */
	m->id++;
	explainer_learn(&k, ARM_CHALLENGER, m);
	assert_true(explainer_ask(&k, &none, &settings, &e, &x) && x.model->id == m->id);
	explainer_learn(&k, ARM_CHALLENGER, NULL);
	assert_false(explainer_ask(&k, &none, &settings, &e, &x));
	explainer_close(&k);
	free(cover);
	free(m);
}

static void only_so_many_lines_a_second_are_explained(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	float *cover = calloc(MODEL_CELLS, sizeof(*cover));
	struct datapath none = datapath_none();
	struct settings settings = { 0 };
	struct explainer k = { 0 };
	struct explanation x;
	struct event e;
	int told = 0;

	(void)state;
	model_make(m, cover);
	m->id = 0x5eed;
	e = event_make(m, 80);
	explainer_learn(&k, ARM_CHAMPION, m);
	for (int i = 0; i < EXPLAINED_PER_SECOND + 100; i++)
		told += explainer_ask(&k, &none, &settings, &e, &x);
	assert_int_equal(EXPLAINED_PER_SECOND, told);
	e.time_ns += SECOND_NS;
	assert_true(explainer_ask(&k, &none, &settings, &e, &x));
	explainer_close(&k);
	free(cover);
	free(m);
}

/* What pushes up, the most first, in the unit of the score; a feature that is 0 is left out of the vector. */
static void the_line_names_three_reasons_and_the_vector(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct explanation x = { .source = VECTOR_REBUILT, .model = m, .x.value = { [FEATURE_fpk] = 4 } };
	json_t *line = json_pack("{s:{}}", "hedgerow");
	char *text;

	(void)state;
	m->scale_shift = 2;
	x.c.feature[FEATURE_fpk] = 1.5;
	x.c.feature[FEATURE_kind] = 2;
	x.c.feature[FEATURE_ans] = -9;
	x.c.feature[FEATURE_len_min] = 0.5;
	x.c.feature[FEATURE_len_max] = 0.25;
	eve_reasons_add(line, &x);
	text = json_dumps(line, JSON_COMPACT);
	assert_string_equal(text, "{\"hedgerow\":{\"reasons\":[{\"feature\":\"kind\",\"value\":0,\"contribution\":8},"
				  "{\"feature\":\"fpk\",\"value\":4,\"contribution\":6},"
				  "{\"feature\":\"len_min\",\"value\":0,\"contribution\":2}],"
				  "\"vector\":\"rebuilt\",\"features\":{\"fpk\":4}}}");
	free(text);
	json_decref(line);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_explained_feature_by_feature),
		cmocka_unit_test(a_file_without_covers_is_said_to_say_less),
		cmocka_unit_test(rows_are_found_by_number_and_by_flow),
		cmocka_unit_test(a_line_without_a_vector_says_what_would_do),
		cmocka_unit_test(lines_of_a_log_that_are_no_verdicts_are_skipped_and_counted),
		cmocka_unit_test(what_let_a_packet_pass_is_said_as_far_as_it_shows),
		cmocka_unit_test(options_that_do_not_fit_are_refused),
		cmocka_unit_test(the_agent_tells_a_vector_that_scored_from_one_that_came_later),
		cmocka_unit_test(only_so_many_lines_a_second_are_explained),
		cmocka_unit_test(the_line_names_three_reasons_and_the_vector),
	};

	return cmocka_run_group_tests(tests, files_make, files_remove);
}
