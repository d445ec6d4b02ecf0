// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ensemble_parts.h"
#include "saved_json.h"

/*
 * The sigmoid or softmax that some of them end in is not needed: verdicts compare margins. What base_score is differs:
 * a probability of one class, or the margin itself.
 */
static const struct objective {
	const char *name;
	bool base_is_probability, has_classes, has_probabilities;
} objectives[] = {
	{ "binary:logistic", true, false, true }, { "reg:logistic", true, false, true },
	{ "binary:logitraw", false, false, true }, { "binary:hinge", false, false, false },
	{ "multi:softprob", false, true, true },  { "multi:softmax", false, true, true },
};

static const struct objective *objective_find(const char *name)
{
	for (size_t i = 0; i < sizeof(objectives) / sizeof(*objectives); i++)
		if (!strcmp(name, objectives[i].name))
			return &objectives[i];
	return NULL;
}

bool ensemble_has_probabilities(const struct ensemble *e)
{
	const struct objective *o = objective_find(e->objective);

	return o && o->has_probabilities;
}

bool ensemble_decides_at_zero(const struct ensemble *e)
{
	return e->class_count > 1 || !ensemble_has_probabilities(e);
}

int objective_read(const json_t *learner, struct ensemble *e, struct refusal *why)
{
	const json_t *param = json_object_get(learner, "learner_model_param");
	const char *name = string_of(json_object_get(learner, "objective"), "name");
	long classes = parameter_of(param, "num_class", 0), targets = parameter_of(param, "num_target", 1);
	const struct objective *o = objective_find(name);

	if (!o)
		return refusal_set(why,
				  "objective '%.60s'; supported are binary:logistic, binary:logitraw, binary:hinge, "
				  "reg:logistic, multi:softprob and multi:softmax",
				  name);
	if (o->has_classes && (classes < 2 || classes > MODEL_CLASSES_MAX))
		return refusal_set(why, "%ld classes; 2 to %d are possible", classes, MODEL_CLASSES_MAX);
	if (!o->has_classes && classes > 1)
		return refusal_set(why, "%ld classes with %s, which tells two apart", classes, name);
	if (targets > 1)
		return refusal_set(why, "a model with %ld targets; one is supported", targets);
	snprintf(e->objective, sizeof(e->objective), "%s", name);
	e->class_count = o->has_classes ? classes : 1;
	return 0;
}

/* "5E-1", or since 3.1 "[5E-1]" or one for each class. Returns how many there are, 0 for anything else. */
static int scores_read(const char *text, float score[MODEL_CLASSES_MAX])
{
	bool is_vector = *text == '[';
	const char *p = text + is_vector;
	int count = 0;
	char *end;

	do {
		if (count == MODEL_CLASSES_MAX)
			return 0;
		score[count] = strtof(p, &end);
		if (end == p || !isfinite(score[count]))
			return 0;
		count++;
		p = end + 1;
	} while (is_vector && *end == ',');
	return strcmp(end, is_vector ? "]" : "") ? 0 : count;
}

static int margin_from_base(const struct objective *o, float score, float *margin)
{
	if (!o->base_is_probability) {
		*margin = score;
		return 0;
	}
	if (!(score > 0) || !(score < 1))
		return -EINVAL;
	*margin = -logf(1.0f / score - 1.0f);
	return 0;
}

int base_read(const json_t *learner, struct ensemble *e, struct refusal *why)
{
	const char *text = string_of(json_object_get(learner, "learner_model_param"), "base_score");
	const struct objective *o = objective_find(e->objective);
	int count = scores_read(text, e->base_score);

	if (count != 1 && count != e->class_count)
		return refusal_set(why, "base_score '%.60s'; one number is needed, or one for each class", text);
	e->base_is_vector = *text == '[';
	for (int c = 0; c < e->class_count; c++) {
		/* gblinear adds the first of them to the margin of every class; found in the margins of 3.2.0 */
		if (count == 1 || e->booster == BOOSTER_GBLINEAR)
			e->base_score[c] = e->base_score[0];
		if (margin_from_base(o, e->base_score[c], &e->base_margin[c]))
			return refusal_set(why, "base_score '%.60s'; %s needs a probability between 0 and 1", text,
					  e->objective);
	}
	return 0;
}
