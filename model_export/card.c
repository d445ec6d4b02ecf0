// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <string.h>
#include "card.h"
#include "feature_names.h"
#include "model_features.h"
#include "names.h"

/* Cutoffs at the edge of what was observed have no neighbour on one side. */
static json_t *number_json(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *source_json(const struct card_facts *f)
{
	const int *v = f->ensemble->version;

	return json_pack("{s:s, s:s, s:I, s:s, s:o}", "file", basename(f->source_path), "format", f->source->format,
			 "bytes", (json_int_t)f->source->size, "sha256", f->source->sha256, "saved_by",
			 json_sprintf("%d.%d.%d", v[0], v[1], v[2]));
}

static json_t *features_json(const struct card_facts *f)
{
	bool used[FEATURE_COUNT];
	json_t *names = json_array();

	ensemble_features_used(f->ensemble, used);
	for (int i = 0; i < FEATURE_COUNT; i++)
		if (used[i])
			json_array_append_new(names, json_string(feature_name(i)));
	return names;
}

/* A number for each class, or the number where there is one. */
static json_t *by_class_json(const struct card_facts *f, const float *value)
{
	json_t *all;

	if (f->ensemble->class_count == 1)
		return json_real(value[0]);
	all = json_array();
	for (int c = 0; c < f->ensemble->class_count; c++)
		json_array_append_new(all, json_real(value[c]));
	return all;
}

static json_t *classes_json(const struct model *m)
{
	json_t *all = json_array();

	for (__u32 c = 0; m->class_count > 1 && c < m->class_count; c++)
		json_array_append_new(all, json_pack("{s:s, s:s}", "name", m->class_name[c], "role",
						     class_role_name(m->class_role[c])));
	return all;
}

static json_t *model_json(const struct card_facts *f)
{
	const struct ensemble *e = f->ensemble;

	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "objective", e->objective, "booster",
			 booster_names[e->booster], "trees", (json_int_t)f->model->tree_count, "depth",
			 (json_int_t)f->model->depth, "parallel_trees", (json_int_t)e->parallel_trees, "classes",
			 classes_json(f->model), "features_used", features_json(f), "schema",
			 json_sprintf("%016llx", (unsigned long long)feature_schema_of(model_features_bound(f->model))), "base_score",
			 by_class_json(f, e->base_score), "base_margin", by_class_json(f, e->base_margin), "missing",
			 e->zero_is_missing ? json_integer(0) : json_null());
}

static json_t *cutoffs_json(const struct card_facts *f)
{
	json_t *all = json_object();

	for (int i = 0; i < CUTOFF_COUNT; i++) {
		const struct cutoff *c = &f->cutoff[i];

		json_object_set_new(all, cutoff_names[i],
				    json_pack("{s:f, s:f, s:I, s:f, s:o, s:o}", "margin", c->margin, "probability",
					      sigmoid(c->margin), "score", (json_int_t)c->score, "wanted_margin",
					      c->wanted, "observed_below", number_json(c->below), "observed_above",
					      number_json(c->above)));
	}
	return all;
}

static json_t *bounds_json(const struct quantiser *q)
{
	return json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "scale_shift", (json_int_t)q->shift, "extra_shift",
			 (json_int_t)q->extra_shift, "margin_low", q->low, "margin_high", q->high, "rounding", q->rounding,
			 "summation", q->summation, "difference", q->bound);
}

static json_t *parity_json(const struct parity_result *p)
{
	if (!p)
		return json_null();
	return json_pack("{s:I, s:f, s:I, s:I, s:I, s:I, s:I, s:I}", "rows", (json_int_t)p->rows, "difference",
			 p->difference, "passed", (json_int_t)p->verdict[VERDICT_PASS], "logged",
			 (json_int_t)p->verdict[VERDICT_LOG], "dropped", (json_int_t)p->verdict[VERDICT_DROP],
			 "flips_beyond_bound", (json_int_t)0, "near_threshold", (json_int_t)p->near,
			 "flips_near_threshold", (json_int_t)p->flips);
}

static json_t *kernel_json(const struct card_facts *f)
{
	if (f->kernel->said)
		return json_incref(f->kernel->said);
	return json_pack("{s:s}", "not_run", f->kernel->why.text);
}

static json_t *explained_json(const struct explained *x)
{
	return json_pack("{s:I, s:f, s:f, s:f}", "rows", (json_int_t)x->rows, "difference_path",
			 x->difference[CONTRIBUTION_PATH], "proven_path", x->tolerance, "difference_exact",
			 x->difference[CONTRIBUTION_EXACT]);
}

static json_t *form_json(const struct form_choice *c)
{
	if (c->is_forest)
		return json_pack("{s:s, s:b}", "chosen", "forest", "asked", c->asked);
	if (!c->may_be_code)
		return json_pack("{s:s, s:b}", "chosen", model_form_names[c->form], "asked", c->asked);
	return json_pack("{s:s, s:b, s:f, s:f, s:f, s:f}", "chosen", model_form_names[c->form], "asked", c->asked, "code_ns",
			 c->code_ns, "table_ns", c->table_ns, "questions", c->questions, "missed", c->missed);
}

char *card_write(const struct card_facts *f)
{
	char version[32];
	json_t *card = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:{s:s, s:o, s:I, s:o, s:o, s:o, s:o}, s:O?}", "program",
				 "hedgerow-export", "source", source_json(f), "model", model_json(f), "thresholds",
				 cutoffs_json(f), "bounds", bounds_json(f->quantiser), "form",
				 form_json(f->form), "parity", "library_version",
				 reference_version(version, sizeof(version)), "data_crc32",
				 json_sprintf("%08x", f->data->crc32), "flips_allowed",
				 (json_int_t)f->flips_allowed, "library", parity_json(f->parity),
				 "saving_version", parity_json(f->saved), "kernel", kernel_json(f),
				 "contributions", explained_json(f->explained), "report", f->report);
	char *text = json_dumps(card, JSON_INDENT(2) | JSON_REAL_PRECISION(12));

	json_decref(card);
	return text;
}
