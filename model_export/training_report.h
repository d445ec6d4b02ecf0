/* SPDX-License-Identifier: BSD-2-Clause */
/* The report that hedgerow-train wrote beside a model: its thresholds, and all of it for the model card. */
#ifndef TRAINING_REPORT_H
#define TRAINING_REPORT_H

#include "cutoff.h"
#include "model_source.h"

struct training_report {
	json_t *json;
	double margin[CUTOFF_COUNT];
};

/* Refuses a report on other features or on another model. Returns 0 or a negative errno with *out as it was. */
int training_report_read(const char *path, const struct model_source *model, struct training_report *out,
			 struct refusal *why);
void training_report_free(struct training_report *report);

#endif
