// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <jansson.h>
#include <zlib.h>
#include "feature_names.h"
#include "report.h"

/* A rate over nothing is null. */
static json_t *json_number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *json_hex32(uint32_t v)
{
	return json_sprintf("%08x", v);
}

static json_t *data_json(const struct report *r)
{
	const struct dataset *d = r->data;
	json_t *files = json_array();

	for (int i = 0; i < r->path_count; i++)
		json_array_append_new(files, json_string(r->path[i]));
	return json_pack("{s:o, s:s?, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "files", files, "labels",
			 r->labels_path, "crc32", json_hex32(d->crc32), "labels_crc32",
			 json_hex32(crc32(0, d->label, d->rows)), "bytes", (json_int_t)d->bytes, "rows",
			 (json_int_t)d->rows, "rows_skipped", (json_int_t)d->skipped, "no_flows", (json_int_t)d->no_flows, "flows",
			 (json_int_t)d->flow_count, "sources", (json_int_t)d->source_count, "flows_mixed",
			 (json_int_t)r->table->mixed);
}

static json_t *parameters_json(const struct report *r)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:f, s:I, s:b, s:I, s:f, s:f}", "objective", "binary:logistic",
			 "tree_method", "hist", "trees", (json_int_t)r->booster->trees, "depth",
			 (json_int_t)r->booster->depth, "learning_rate", r->booster->learning_rate, "early_stopping",
			 (json_int_t)r->booster->patience, "trust_handshakes", r->booster->trust_handshakes, "threads", (json_int_t)r->booster->threads, "validation",
			 r->split->share[PART_VALIDATION], "test", r->split->share[PART_TEST]);
}

static json_t *training_json(const struct report *r)
{
	return json_pack("{s:I, s:I, s:o, s:f, s:b}", "rounds", (json_int_t)r->last->round, "best_round",
			 (json_int_t)r->last->best, "validation_logloss", json_number(r->last->best_logloss),
			 "seconds", r->seconds, "refit", r->refit);
}

static json_t *part_json(const struct report *r, enum part part)
{
	json_int_t flows[LABEL_COUNT] = { 0 };

	for (size_t k = 0; k < r->table->kind_count; k++)
		flows[r->table->kind[k].label] += r->table->kind[k].part_flows[part];
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "rows", (json_int_t)r->table->part_rows[part], "flows",
			 (json_int_t)r->table->part_flows[part], "sources", (json_int_t)r->table->part_sources[part],
			 "benign_flows", flows[LABEL_BENIGN], "malicious_flows", flows[LABEL_MALICIOUS]);
}

static json_t *split_json(const struct report *r)
{
	json_t *split = json_object();

	for (int p = 0; p < PART_COUNT; p++)
		json_object_set_new(split, part_names[p], part_json(r, p));
	json_object_set_new(split, "by", json_pack("{s:s, s:s}", "benign",
						   r->split->by_flow[LABEL_BENIGN] ? "flow" : "source", "malicious",
						   r->split->by_flow[LABEL_MALICIOUS] ? "flow" : "source"));
	return split;
}

static json_t *thresholds_json(const struct report *r)
{
	json_t *thresholds = json_object();

	for (int i = 0; i < THRESHOLD_COUNT; i++) {
		const struct threshold *t = &r->evaluation->threshold[i];

		json_object_set_new(thresholds, threshold_names[i],
				    json_pack("{s:f, s:f, s:f, s:o, s:o}", "margin", t->margin, "probability",
					      probability_from_margin(t->margin), "wanted_fpr", t->wanted_fpr, "fpr",
					      json_number(t->test.fpr), "recall", json_number(t->test.recall)));
	}
	return thresholds;
}

static json_t *confusion_json(const struct confusion *c)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "true_positive", (json_int_t)c->true_positive, "false_positive",
			 (json_int_t)c->false_positive, "true_negative", (json_int_t)c->true_negative, "false_negative",
			 (json_int_t)c->false_negative);
}

static json_t *rates_json(const struct rates *r)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "accuracy", json_number(r->accuracy), "precision",
			 json_number(r->precision), "recall", json_number(r->recall), "f1", json_number(r->f1), "fpr",
			 json_number(r->fpr));
}

static json_t *view_json(const struct view_result *v)
{
	json_t *view = rates_json(&v->rates);

	json_object_set_new(view, "roc_auc", json_number(v->auc));
	json_object_set_new(view, "confusion", confusion_json(&v->confusion));
	return view;
}

/* No ranking, so no area under a curve. */
static json_t *kernel_json(const struct confusion *c)
{
	struct rates rates = rates_from_confusion(c);
	json_t *kernel = rates_json(&rates);

	json_object_set_new(kernel, "confusion", confusion_json(c));
	return kernel;
}

static json_t *parts_json(const size_t count[PART_COUNT])
{
	json_t *parts = json_object();

	for (int p = 0; p < PART_COUNT; p++)
		json_object_set_new(parts, part_names[p], json_integer(count[p]));
	return parts;
}

static json_t *fates_json(const struct kind_result *k)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "passed", (json_int_t)k->fate[VERDICT_PASS], "logged",
			 (json_int_t)k->fate[VERDICT_LOG], "first_packet_dropped", (json_int_t)k->fate[VERDICT_DROP_ONCE],
			 "condemned", (json_int_t)k->fate[VERDICT_DROP]);
}

static json_t *kinds_json(const struct report *r)
{
	json_t *kinds = json_array();

	for (size_t i = 0; i < r->table->kind_count; i++) {
		const struct traffic_kind *k = &r->table->kind[i];
		const struct kind_result *result = &r->evaluation->kind[i];

		json_array_append_new(
			kinds, json_pack("{s:s, s:s, s:o, s:o, s:I, s:o, s:o}", "label", label_names[k->label], "attack",
					 k->attack, "flows", parts_json(k->part_flows), "sources",
					 parts_json(k->part_sources), "above_drop", (json_int_t)result->above, "kernel",
					 fates_json(result), "condemned_share",
					 json_number((double)result->fate[VERDICT_DROP] / result->flows)));
	}
	return kinds;
}

static json_t *test_json(const struct report *r)
{
	json_t *test = json_object();

	for (int v = 0; v < VIEW_COUNT; v++)
		json_object_set_new(test, view_names[v], view_json(&r->evaluation->view[v]));
	json_object_set_new(test, "flows_by_kernel", kernel_json(&r->evaluation->kernel));
	json_object_set_new(test, "recall_mean_of_attacks", json_number(r->evaluation->recall_mean));
	return test;
}

static json_t *importance_json(const struct report *r)
{
	json_t *importance = json_array();
	int order[FEATURE_COUNT];
	bool used[FEATURE_COUNT];

	importance_order(r->importance, order);
	feature_choice_mark(r->columns, used);
	for (int i = 0; i < FEATURE_COUNT; i++)
		if (used[order[i]])
			json_array_append_new(importance,
				      json_pack("{s:s, s:f, s:I}", "feature", feature_name(order[i]), "gain",
						r->importance->gain[order[i]], "splits",
						(json_int_t)r->importance->splits[order[i]]));
	return importance;
}

static json_t *features_json(const struct feature_choice *columns)
{
	json_t *features = json_array();

	for (int i = 0; i < columns->count; i++)
		json_array_append_new(features, json_string(feature_name(columns->id[i])));
	return features;
}

static json_t *notes_json(const struct report *r)
{
	json_t *notes = json_array();
	char text[256];

	for (size_t n = 0; report_note(r, n, text, sizeof(text)); n++)
		json_array_append_new(notes, json_string(text));
	return notes;
}

int report_json(const struct report *r, char **text)
{
	char version[32];
	json_t *all = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
				"program", "hedgerow-train", "library_version", booster_version(version, sizeof(version)), "seed",
				(json_int_t)r->booster->seed, "schema",
				json_sprintf("%016llx", (unsigned long long)feature_schema_of(feature_choice_bound(r->columns))), "features",
				features_json(r->columns), "data", data_json(r), "parameters", parameters_json(r), "split",
				split_json(r), "training", training_json(r), "model",
				json_pack("{s:I, s:o}", "bytes", (json_int_t)r->model_size, "crc32",
					  json_hex32(r->model_crc32)),
				"thresholds", thresholds_json(r), "test", test_json(r), "kinds", kinds_json(r),
				"importance", importance_json(r), "notes", notes_json(r));

	*text = all ? json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
	json_decref(all);
	return *text ? 0 : -ENOMEM;
}
