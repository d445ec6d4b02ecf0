// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include "fates.h"

/* Verdicts ask only which thresholds a score reaches; so many it reaches is a score that says so without rounding. */
static const struct policy policy = { .log_at = 1, .drop_at = 2, .source_flows = VERDICT_SOURCE_FLOWS };

static __s64 score_from_margin(double margin, double log_at, double drop_at)
{
	return (margin >= log_at) + (margin >= drop_at);
}

static void features_from_row(struct features *out, const float *value)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < FEATURE_COUNT; i++)
		out->value[i] = (__u32)value[i];
}

void fates_find(uint8_t *fate, const struct dataset *data, const struct margins *margin, double log_at, double drop_at)
{
	memset(fate, VERDICT_PASS, data->flow_count);
	for (size_t row = 0; row < data->rows; row++) {
		struct features x;
		enum verdict verdict;
		enum reason unused;

		features_from_row(&x, dataset_row(data, row));
		verdict = verdict_from_scores(&policy, score_from_margin(margin->all[row], log_at, drop_at),
					      score_from_margin(margin->source[row], log_at, drop_at),
					      features_show_source(&policy, &x), features_show_stranger(&policy, &x),
					      data->packets[row], &unused);
		if (verdict > fate[data->flow[row]])
			fate[data->flow[row]] = verdict;
	}
}
