/* SPDX-License-Identifier: BSD-2-Clause */
/* Which form a model is to have in the kernel: as asked, or the one that costs less over the rows. */
#ifndef FORM_CHOICE_H
#define FORM_CHOICE_H

#include <stdbool.h>
#include "dataset.h"
#include "form_names.h"
#include "model.h"

struct form_choice {
	enum model_form form;	 /* table or code */
	bool asked;		 /* for, by --form */
	bool may_be_code;	 /* else nothing below but: */
	bool is_forest;		 /* the kernel has no form of it */
	double code_ns, table_ns; /* of one score, reckoned: form_cost.h */
	double questions, missed; /* of one score as code: all, and those that went against the habit of the rows before */
};

/* Returns 0, -ENOMEM, or -EINVAL after a logged line: code is asked for, and this model can have none. */
int form_choose(const struct model *m, const struct dataset *data, enum model_form wanted, struct form_choice *out);

/* Says on stdout what was chosen and why. */
void form_choice_print(const struct form_choice *choice);

#endif
