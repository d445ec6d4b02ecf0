// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow-train: labelled rows in, an XGBoost model and a report out. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "log.h"
#include "options.h"
#include "progress.h"
#include "training.h"
#include "version.h"

static volatile sig_atomic_t stop;

static const char usage[] = "Usage: hedgerow-train --rows FILE [--rows FILE ...] --output MODEL.json [options]\n"
			    "       hedgerow-train --version\n"
			    "\n"
			    "Learns to tell malicious flows from benign ones: labelled rows, as\n"
			    "'hedgerow run --snapshots' writes them, become an XGBoost model and a report.\n"
			    "'hedgerow-export' compiles the model.";

static void stop_set(int signal)
{
	(void)signal;
	stop = 1;
}

static bool round_watch(void *progress, const struct booster_round *round)
{
	progress_print(progress, round);
	return stop;
}

/* Ends with 0, or 1 after one line on stderr. */
static int train(struct training_options *o, bool quiet)
{
	struct progress progress = { .rounds = o->booster.trees, .quiet = quiet };
	char why[512], *text;
	int err;

	o->watch = round_watch;
	o->context = &progress;
	err = training_run(o, &text, why, sizeof(why));
	progress_end(&progress);
	if (err) {
		log_error("%s", why);
		return 1;
	}
	if (!o->report_text && !quiet)
		fputs(text, stdout);
	free(text);
	if (*why) {
		fflush(stdout);
		log_warn("%s", why);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const split_names[] = { "source", "flow" };
	struct training_options o = TRAINING_DEFAULTS;
	const char *split_by = "source", *dialect_name = NULL;
	enum feature_dialect dialect;
	bool has_dialect;
	unsigned long seed = 0;
	bool quiet = false;
	const struct option_row rows[] = {
		{ "rows", 'r', OPTION_LIST, &o.rows, "FILE", "rows CSV to learn from; may be given again" },
		{ "labels", 'l', OPTION_STRING, &o.labels, "FILE", "labels file, instead of a label column" },
		{ "dialect", 0, OPTION_STRING, &dialect_name, "NAME",
		  "the rows are a table of cicflowmeter, unsw-nb15, netflow or zeek" },
		{ "features", 0, OPTION_STRING, &o.features, "LIST", "features or groups of them to learn from (standard)" },
		{ "output", 'o', OPTION_STRING, &o.output, "FILE", "the model, XGBoost JSON" },
		{ "report", 0, OPTION_STRING, &o.report, "FILE", "the report as JSON" },
		{ "report-text", 0, OPTION_STRING, &o.report_text, "FILE", "the report as text; else to stdout" },
		{ "seed", 's', OPTION_UNSIGNED, &seed, "N", "of split and training (0)" },
		{ "trees", 't', OPTION_UNSIGNED, &o.booster.trees, "N", "at most so many (64)" },
		{ "depth", 'd', OPTION_UNSIGNED, &o.booster.depth, "N", "at most so deep is each tree (5)" },
		{ "learning-rate", 0, OPTION_REAL, &o.booster.learning_rate, "X", "of boosting (0.2)" },
		{ "early-stopping", 0, OPTION_UNSIGNED, &o.booster.patience, "N",
		  "stop after N rounds without a better validation log loss (10), 0: never" },
		{ "trust-handshakes", 0, OPTION_FLAG, &o.booster.trust_handshakes, NULL,
		  "completed handshakes never raise a score; not for attacks that complete them" },
		{ "threads", 0, OPTION_UNSIGNED, &o.booster.threads, "N", "to train with (2)" },
		{ "split-by", 0, OPTION_STRING, &split_by, "WHAT", "source or flow: what stays in one part (source)" },
		{ "validation", 0, OPTION_SHARE, &o.validation, "SHARE", "for stopping and thresholds (20%)" },
		{ "test", 0, OPTION_SHARE, &o.test, "SHARE", "for the report's figures (20%)" },
		{ "fpr", 0, OPTION_SHARE, &o.fpr, "RATE", "share of benign flows that may be dropped (1%)" },
		{ "fpr-log", 0, OPTION_SHARE, &o.fpr_log, "RATE", "share of benign flows that may be logged (5%)" },
		{ "refit", 0, OPTION_FLAG, &o.refit, NULL, "train the model to keep on all rows, after the figures are taken" },
		{ "ignore-columns", 0, OPTION_FLAG, &o.ignore_columns, NULL, "pass over columns nobody knows" },
		{ "quiet", 'q', OPTION_FLAG, &quiet, NULL, "no progress, no report on stdout" },
		{ 0 }
	};
	int parsed, by;
	char why[256];

	if (version_asked("hedgerow-train", argc, argv))
		return 0;
	parsed = options_parse(rows, usage, argc, argv);
	if (parsed == -ECANCELED)
		return 0;
	if (parsed < 0)
		return 2;
	if (parsed < argc) {
		log_error("'%s': no operand is expected; rows are given by --rows", argv[parsed]);
		return 2;
	}
	by = option_parse_name("--split-by", split_by, split_names, 2);
	if (by < 0 || dialect_parse(dialect_name, &dialect, &has_dialect))
		return 2;
	o.dialect = has_dialect ? &dialect : NULL;
	o.by_flow = by;
	o.booster.seed = seed;
	if (training_options_check(&o, why, sizeof(why))) {
		log_error("%s", why);
		return 2;
	}
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = stop_set }, NULL);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop_set }, NULL);
	return train(&o, quiet);
}
