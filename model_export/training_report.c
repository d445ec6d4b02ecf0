// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "feature_names.h"
#include "training_report.h"

static int thresholds_read(struct training_report *report, struct refusal *why)
{
	const json_t *all = json_object_get(report->json, "thresholds");

	for (int c = 0; c < CUTOFF_COUNT; c++) {
		const json_t *margin = json_object_get(json_object_get(all, cutoff_names[c]), "margin");

		if (!json_is_number(margin))
			return refusal_set(why, "no thresholds.%s.margin in it", cutoff_names[c]);
		report->margin[c] = json_number_value(margin);
	}
	return 0;
}

/* A report without these fields was not written by our trainer; its thresholds may serve all the same. */
static int origin_check(const json_t *report, const struct model_source *model, struct refusal *why)
{
	const char *schema = json_string_value(json_object_get(report, "schema"));
	const char *digest = json_string_value(json_object_get(json_object_get(report, "model"), "crc32"));
	char given[16];

	snprintf(given, sizeof(given), "%08lx", crc32(0, model->data, model->size));
	if (schema && feature_schema_find(strtoull(schema, NULL, 16)) < 0)
		return refusal_set(why, "made for features %.16s, this build has %016llx; train again", schema,
				   (unsigned long long)feature_schema());
	if (digest && strcmp(digest, given))
		return refusal_set(why, "on a model with checksum %.8s, the one given has %s; give the report of this model",
				   digest, given);
	return 0;
}

int training_report_read(const char *path, const struct model_source *model, struct training_report *out,
			 struct refusal *why)
{
	struct training_report report = { 0 };
	json_error_t error;
	int err;

	report.json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!report.json)
		return error.line > 0 ? refusal_set(why, "JSON, line %d column %d: %s", error.line, error.column, error.text)
				      : refusal_set(why, "%s", error.text);
	err = origin_check(report.json, model, why);
	err = err ? err : thresholds_read(&report, why);
	if (err) {
		training_report_free(&report);
		return err;
	}
	json_object_del(json_object_get(report.json, "training"), "seconds"); /* the same input makes the same file */
	*out = report;
	return 0;
}

void training_report_free(struct training_report *report)
{
	json_decref(report->json);
	report->json = NULL;
}
