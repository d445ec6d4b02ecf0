// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow explain: which features pushed a verdict, from a line of the log, a flow of it, or a row. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "commands.h"
#include "explain_print.h"
#include "feature_names.h"
#include "log.h"
#include "model_features.h"
#include "options.h"

struct explain_options {
	const char *line, *log, *rows, *model, *iface;
	unsigned long row, flow_id; /* ULONG_MAX: not given */
	bool exact, all, json;
	int verbose;
};

static int options_check(const struct explain_options *o)
{
	bool has_row = o->row != ULONG_MAX, has_flow = o->flow_id != ULONG_MAX;
	const char *what = NULL;

	if (!!o->line + !!o->log + (o->rows && !o->line) > 1)
		what = "--line, --log and --rows: one of them says where to look";
	else if (o->rows && !o->line && has_row + has_flow != 1)
		what = "--rows: give either --row or --flow-id";
	else if (o->log && !has_flow)
		what = "--log: give --flow-id";
	else if ((has_row && (!o->rows || o->line)) || (has_flow && !o->rows && !o->log))
		what = "--row goes with --rows FILE, --flow-id with --rows FILE or --log FILE";
	else if (o->row == 0)
		what = "--row: rows are counted from 1, the first behind the header";
	if (!what)
		return 0;
	log_error("%s; see --help", what);
	return -EINVAL;
}

static int options_read(struct explain_options *o, int argc, char **argv)
{
	const struct option_row rows[] = {
		{ "line", 0, OPTION_STRING, &o->line, "JSON", "this line of the verdict log" },
		{ "log", 'l', OPTION_STRING, &o->log, "FILE", "the last verdict in this verdict log on --flow-id" },
		{ "rows", 'r', OPTION_STRING, &o->rows, "FILE", "a row of this CSV: --row, or the last of --flow-id; with --line, of its flow" },
		{ "row", 0, OPTION_UNSIGNED, &o->row, "N", "1 is the first row" },
		{ "flow-id", 0, OPTION_UNSIGNED, &o->flow_id, "ID", "as in log and rows" },
		{ "model", 'm', OPTION_STRING, &o->model, "FILE", "the model; else the one that reached the verdict, or that in force" },
		{ "iface", 'i', OPTION_STRING, &o->iface, "IF", "the interface, where more than one has a model in force" },
		{ "exact", 0, OPTION_FLAG, &o->exact, NULL, "Shapley values instead of contributions by path" },
		{ "all", 'a', OPTION_FLAG, &o->all, NULL, "every feature that contributed" },
		{ "json", 'j', OPTION_FLAG, &o->json, NULL, "one JSON object a line" },
		VERBOSE_OPTION_ROW(o->verbose),
		{ 0 },
	};
	int first = command_options(rows, &o->verbose,
				    "Usage: hedgerow explain [OPTIONS] <LINES-OF-THE-VERDICT-LOG\n"
				    "       hedgerow explain --log FILE --flow-id ID\n"
				    "       hedgerow explain --rows FILE --row N | --flow-id ID\n\n"
				    "Says which features pushed a verdict, and how far.",
				    argc, argv);

	if (first < 0)
		return first;
	return command_operands_none(first, argc, argv) ?: options_check(o);
}

/* What a row does not tell is not 0: a model that asks for it was told more. */
static int vector_check(const struct explained_flow *flow, const struct model *m)
{
	bool used[FEATURE_COUNT];

	model_features_used(m, used);
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (used[id] && flow->lacks[id]) {
			log_error("model %08x asks for %s, and the rows have no such column; write them with --features", m->id,
				  feature_name(id));
			return -ENODATA;
		}
	return 0;
}

static int flow_explain(const struct explain_options *o, const struct explained_flow *flow, struct explain_model *by)
{
	struct explain_print p = { .flow = flow, .by = by, .method = o->exact ? CONTRIBUTION_EXACT : CONTRIBUTION_PATH,
				   .all = o->all };
	int err = explain_model_open(by, o->model, flow->model_id, o->iface);

	err = err ? err : vector_check(flow, by->model);
	if (err)
		return err;
	if (o->exact && !by->means.weighted) {
		log_error("--exact: model %08x has no covers in its file; export it again, or leave --exact out", by->model->id);
		return -ENODATA;
	}
	if (o->json)
		explain_print_json(&p);
	else
		explain_print_text(&p);
	return 0;
}

/* Where the line has no vector, and rows are given, the one there. */
static int vector_find(const struct explain_options *o, int err, struct explained_flow *flow)
{
	return err == -ENODATA && o->rows ? explained_from_rows(o->rows, 0, flow->flow_id, flow) : err;
}

static int line_explain(const struct explain_options *o, const char *line, struct explain_model *by)
{
	struct explained_flow flow;
	int err = vector_find(o, explained_from_line(line, o->rows != NULL, &flow), &flow);

	return err ? err : flow_explain(o, &flow, by);
}

/*
 * Every verdict is explained as far as it can be; the first failure is the exit status. What else a log holds is skipped, and
 * verdicts without a vector, such as blocks, are no failure where there are others.
 */
static int lines_explain(const struct explain_options *o, struct explain_model *by)
{
	unsigned long verdicts = 0, explained = 0, others = 0, bare = 0; /* bare: without a vector, of which the first is told */
	char *line = NULL;
	size_t size = 0;
	bool is_log = false;
	int err = 0;

	if (isatty(STDIN_FILENO))
		log_info("lines of the verdict log are read from standard input; see --help");
	while (getline(&line, &size, stdin) > 0) {
		struct explained_flow flow;
		int failed = explained_from_any_line(line, o->rows || bare, &flow);

		if (failed == -ENOMSG) {
			others++;
			is_log = true;
			continue;
		}
		verdicts++;
		is_log |= failed != -EBADMSG;
		failed = vector_find(o, failed, &flow);
		if (failed == -ENODATA) {
			bare++;
			continue;
		}
		if (!failed && explained && !o->json)
			printf("\n");
		failed = failed ? failed : flow_explain(o, &flow, by);
		explained += !failed;
		err = err ? err : failed;
		if (!is_log && verdicts == 2) /* the first may have been cut off; another file is not read to its end */
			break;
	}
	free(line);
	if (ferror(stdin)) {
		log_error("explain: standard input cannot be read: %s", strerror(errno));
		return -EIO;
	}
	if (!verdicts) {
		if (others)
			log_error("explain: none of the %lu line%s on standard input is a verdict on one flow; these hold '\"features\":'",
				  others, others == 1 ? "" : "s");
		else
			log_error("explain: no line on standard input, as when nothing reached the log threshold yet; see --help");
		err = -ENODATA;
	} else if (others) {
		log_info(others == 1 ? "%lu line is no verdict on one flow" : "%lu lines are no verdicts on one flow", others);
	}
	if (bare > 1 && !o->rows)
		log_info("%lu verdicts have no vector; of the first it is told above", bare);
	return err || explained || !bare ? err : -ENODATA;
}

static int explain(const struct explain_options *o, struct explain_model *by)
{
	struct explained_flow flow;
	int err;

	if (o->line)
		return line_explain(o, o->line, by);
	if (o->log)
		err = explained_from_log(o->log, o->flow_id, &flow);
	else if (o->rows)
		err = explained_from_rows(o->rows, o->row == ULONG_MAX ? 0 : o->row, o->flow_id, &flow);
	else
		return lines_explain(o, by);
	return err ? err : flow_explain(o, &flow, by);
}

int cmd_explain(int argc, char **argv)
{
	struct explain_options o = { .row = ULONG_MAX, .flow_id = ULONG_MAX };
	struct explain_model by = { 0 };
	int err = options_read(&o, argc, argv);

	if (err)
		return command_status(err);
	err = explain(&o, &by);
	explain_model_close(&by);
	if (!err && (fflush(stdout) || ferror(stdout))) {
		log_error("explain: writing: %s", strerror(errno));
		err = -EIO;
	}
	return err ? 1 : 0;
}
