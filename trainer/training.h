/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of the trainer: rows in, model and reports out. */
#ifndef TRAINING_H
#define TRAINING_H

#include "booster.h"
#include "dialect.h"
#include "options.h"

struct training_options {
	struct option_list rows;
	const char *labels; /* NULL: the rows' own label column */
	const char *output, *report, *report_text; /* the reports may be NULL */
	bool by_flow, ignore_columns;
	bool refit; /* the model to keep is trained anew on all rows, once the held-out parts gave the figures */
	double fpr, fpr_log, validation, test;
	const enum feature_dialect *dialect; /* the rows are public flow tables; NULL: they are ours */
	const char *features; /* to learn from, as feature_choice_parse() takes them; NULL: the standard ones, or all of the dialect */
	struct booster_options booster; /* its seed is the split's too */
	booster_watch *watch;		/* NULL: nobody watches */
	void *context;
};

#define TRAINING_DEFAULTS                                                                                              \
	{                                                                                                              \
		.fpr = .01, .fpr_log = .05, .validation = .2, .test = .2,                                              \
		.booster = { .trees = 64, .depth = 5, .threads = 2, .patience = 10, .learning_rate = .2 }              \
	}

/* Returns 0, or -EINVAL after one line in `why` that names the option. */
int training_options_check(const struct training_options *o, char *why, size_t why_size);

/*
 * Returns 0, sets *text to the malloc'ed report and `why` to a warning of the model or to "". Or returns a negative errno after
 * one line in `why`: no output has changed then, save that reports are written before the model.
 */
int training_run(const struct training_options *o, char **text, char *why, size_t why_size);

#endif
