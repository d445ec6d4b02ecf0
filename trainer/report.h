/* SPDX-License-Identifier: BSD-2-Clause */
/* What was learnt from what, and how well: as JSON for machines, as text for people. */
#ifndef REPORT_H
#define REPORT_H

#include "booster.h"
#include "evaluation.h"
#include "leaks.h"
#include "split.h"

struct report {
	const char *const *path; /* rows files */
	int path_count;
	const char *labels_path; /* NULL: the rows' own column */
	const struct labels *labels; /* of that file */
	const struct dataset *data;
	const struct feature_choice *columns; /* that were learnt from */
	const struct flow_table *table;
	const struct split_options *split;
	const struct booster_options *booster;
	const struct booster_round *last;
	const struct booster_importance *importance;
	const struct evaluation *evaluation;
	const struct leaks *leaks;
	double seconds; /* of training */
	bool refit;	/* the saved model was then trained anew on all rows */
	size_t model_size;
	uint32_t model_crc32;
};

/* Both set malloc'ed, zero-ended text and return 0 or -ENOMEM. */
int report_json(const struct report *r, char **text);
int report_text(const struct report *r, char **text);

extern const char *const view_names[VIEW_COUNT];
extern const char *const threshold_names[THRESHOLD_COUNT];

/* What the reader must know of the split: nth note as a line, false when there is none. */
bool report_note(const struct report *r, size_t nth, char *text, size_t size);

/* The last of them, for whoever reads no report: true, and `text`, when no row at all would be dropped. */
bool report_drops_nothing(const struct evaluation *e, char *text, size_t size);

/* Features, the most important first. */
void importance_order(const struct booster_importance *importance, int order[FEATURE_COUNT]);

#endif
