/* SPDX-License-Identifier: BSD-2-Clause */
/* An explanation for people, or as JSON. docs/explain.md */
#ifndef EXPLAIN_PRINT_H
#define EXPLAIN_PRINT_H

#include "explain_model.h"
#include "explained_flow.h"

struct explain_print {
	const struct explained_flow *flow;
	const struct explain_model *by;
	enum contribution_method method;
	bool all; /* every feature that contributed */
};

void explain_print_text(const struct explain_print *p);
void explain_print_json(const struct explain_print *p); /* one line */

#endif
