// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <jansson.h>
#include "class_names.h"
#include "explain_fate.h"
#include "explain_print.h"
#include "feature_names.h"

#define FEATURES_SHOWN 10

/* What the model makes of the vector now. */
struct said {
	struct contributions c;
	enum feature_id order[FEATURE_COUNT];
	int count;
	__s64 score;
	double margin;
	const char *class; /* NULL where there are two */
};

static struct said said_fill(const struct explain_print *p)
{
	const struct model *m = p->by->model;
	struct model_sums sums;
	struct said said;

	contributions_of_score(&p->by->means, p->method, &p->flow->x, &said.c);
	said.count = contributions_rank(&said.c, said.order);
	said.score = model_ask(m, &p->flow->x, &sums);
	said.margin = ldexp(said.score, -(int)m->scale_shift);
	said.class = class_name_of_model(m, sums.class);
	return said;
}

static const char *threshold_reached(const struct model *m, __s64 score)
{
	return score >= m->policy.drop_at ? "drop" : score >= m->policy.log_at ? "log" : "none";
}

static void head_print(const struct explain_print *p)
{
	const struct explained_flow *f = p->flow;
	char passed[FATE_TEXT_SIZE];

	printf("flow %" PRIu64 "  %s\n", f->flow_id, f->tuple);
	if (f->model_id)
		printf("verdict %s (%s), score %s%s%" PRId64 ", model %08x\n", f->verdict, f->reason, f->score_is,
		       *f->score_is ? " " : "", f->score, f->model_id);
	if (f->model_id && f->model_id != p->by->model->id)
		printf("explained by another model, %08x\n", p->by->model->id);
	if (f->model_id && *explain_fate(f, p->by->model, passed))
		printf("passed: %s\n", passed);
}

/* What has to be known to read the figures right. */
static void notes_print(const struct explain_print *p)
{
	if (!strcmp(p->flow->vector, "later"))
		printf("the hosts had moved on when the line was written: values and score are of a moment later\n");
	if (!p->by->means.weighted)
		printf("the model's file says nothing of its training rows: each way through a tree counts alike\n");
}

static void rows_print(const struct explain_print *p, const struct said *said)
{
	int shown = p->all || said->count < FEATURES_SHOWN ? said->count : FEATURES_SHOWN;
	double margin = said->c.base;

	printf("\n%10s %12s  %-18s %8s  %s\n", "margin", "contribution", "feature", "value", "what it is");
	printf("%+10.4f %12s  %-18s %8s  %s\n", margin, "", "", "", "expected of a flow of which nothing is known");
	for (int i = 0; i < shown; i++) {
		enum feature_id id = said->order[i];

		margin += said->c.feature[id];
		printf("%+10.4f %+12.4f  %-18s %8u  %s (%s)\n", margin, said->c.feature[id], feature_name(id), p->flow->x.value[id],
		       feature_doc(id), feature_unit(id));
	}
	if (shown < said->count)
		printf("%+10.4f %+12.4f  %d more features; --all shows them\n", contributions_sum(&said->c),
		       contributions_sum(&said->c) - margin, said->count - shown);
}

void explain_print_text(const struct explain_print *p)
{
	const struct model *m = p->by->model;
	struct said said = said_fill(p);
	const char *reached = threshold_reached(m, said.score);

	head_print(p);
	notes_print(p);
	rows_print(p, &said);
	printf("\nmargin %.4f (score %lld)", said.margin, (long long)said.score);
	if (said.class)
		printf(" for class %s", said.class);
	printf(", log from %.4f, drop from %.4f: %s\n", ldexp(m->policy.log_at, -(int)m->scale_shift),
	       ldexp(m->policy.drop_at, -(int)m->scale_shift),
	       strcmp(reached, "none") ? reached : "neither");
}

static json_t *contributions_json(const struct explain_print *p, const struct said *said)
{
	json_t *all = json_array();
	double margin = said->c.base;

	for (int i = 0; i < said->count; i++) {
		enum feature_id id = said->order[i];

		margin += said->c.feature[id];
		json_array_append_new(all, json_pack("{s:s, s:I, s:s, s:f, s:f}", "feature", feature_name(id), "value",
						     (json_int_t)p->flow->x.value[id], "unit", feature_unit(id),
						     "contribution", said->c.feature[id], "margin", margin));
	}
	return all;
}

/* What the line or row said of its own verdict; null where nothing was scored. */
static json_t *verdict_json(const struct explained_flow *f, const struct model *m)
{
	char passed[FATE_TEXT_SIZE];
	json_t *verdict;

	if (!f->model_id)
		return json_null();
	verdict = json_pack("{s:s, s:s, s:I, s:o}", "verdict", f->verdict, "reason", f->reason, "score", (json_int_t)f->score,
			    "model", json_sprintf("%08x", f->model_id));
	if (*f->score_is)
		json_object_set_new(verdict, "score_is", json_string(f->score_is));
	if (*f->action)
		json_object_set_new(verdict, "action", json_string(f->action));
	if (*explain_fate(f, m, passed))
		json_object_set_new(verdict, "passed", json_string(passed));
	return verdict;
}

void explain_print_json(const struct explain_print *p)
{
	const struct model *m = p->by->model;
	struct said said = said_fill(p);
	json_t *line = json_pack("{s:I, s:s, s:s, s:o, s:o, s:s, s:b, s:f, s:o, s:f, s:I, s:f, s:f, s:s}", "flow_id",
				 (json_int_t)p->flow->flow_id, "flow", p->flow->tuple, "vector",
				 *p->flow->vector ? p->flow->vector : "row", "logged", verdict_json(p->flow, m), "model",
				 json_sprintf("%08x", m->id), "method", contribution_method_names[p->method], "weighted",
				 p->by->means.weighted, "base", said.c.base, "contributions", contributions_json(p, &said),
				 "margin", said.margin, "score", (json_int_t)said.score, "log_at",
				 ldexp(m->policy.log_at, -(int)m->scale_shift), "drop_at",
				 ldexp(m->policy.drop_at, -(int)m->scale_shift), "reaches", threshold_reached(m, said.score));

	if (line && said.class)
		json_object_set_new(line, "class", json_string(said.class));
	if (line)
		json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(line);
}
