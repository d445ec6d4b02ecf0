// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include "form_choice.h"
#include "form_cost.h"
#include "log.h"

static int cost_fill(const struct model *m, const struct dataset *data, struct form_choice *out)
{
	struct form_cost cost;
	int err = form_cost_open(&cost, m);

	for (size_t row = 0; row < data->rows && !err; row++) {
		struct features x = { 0 };

		for (int i = 0; i < FEATURE_COUNT; i++)
			x.value[i] = (__u32)dataset_row(data, row)[i];
		form_cost_add(&cost, &x);
	}
	if (!err) {
		out->code_ns = form_cost_code(&cost);
		out->table_ns = form_cost_table(&cost);
		out->questions = (cost.asked + cost.pairs) / cost.vectors;
		out->missed = cost.missed / cost.vectors;
	}
	form_cost_close(&cost);
	return err;
}

int form_choose(const struct model *m, const struct dataset *data, enum model_form wanted, struct form_choice *out)
{
	struct form_choice choice = { .form = wanted, .asked = wanted != MODEL_FORM_AUTO,
				      .may_be_code = model_may_be_code(m), .is_forest = m->kind == MODEL_FOREST };
	int err = choice.may_be_code ? cost_fill(m, data, &choice) : 0;

	if (err) {
		log_error("%s", "no memory to compare the model's forms");
		return err;
	}
	if (!choice.may_be_code && wanted == MODEL_FORM_CODE) {
		log_error("--form code: only trees that tell two classes apart%s have a code form; leave it out",
			  m->kind == MODEL_FOREST ? ", as many and as deep as the kernel walks," : "");
		return -EINVAL;
	}
	if (wanted == MODEL_FORM_AUTO)
		choice.form = choice.may_be_code && choice.code_ns < choice.table_ns ? MODEL_FORM_CODE : MODEL_FORM_TABLE;
	*out = choice;
	return 0;
}

void form_choice_print(const struct form_choice *c)
{
	if (c->is_forest) {
		printf("form:     forest, walked by the agent\n");
		return;
	}
	if (!c->may_be_code) {
		printf("form:     table; only trees that tell two classes apart have a code form\n");
		return;
	}
	printf("form:     %s, %s: %.0f ns a score as code (%.0f questions, %.1f hard to foresee), %.0f as table, reckoned\n",
	       model_form_names[c->form], c->asked ? "as asked" : "the faster one over the rows", c->code_ns, c->questions,
	       c->missed, c->table_ns);
}
