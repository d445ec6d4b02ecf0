/* SPDX-License-Identifier: BSD-2-Clause */
/* What hedgerow-export tells on stdout of a model on its way. */
#ifndef EXPORT_PRINT_H
#define EXPORT_PRINT_H

#include "explained.h"
#include "form_choice.h"
#include "parity.h"
#include "training_report.h"

/* Everything on the way from one file to the other. */
struct export {
	const char *const *paths; /* of the rows */
	struct model_source source;
	struct ensemble ensemble;
	struct quantiser quantiser;
	struct training_report report;
	struct dataset data;
	struct reference *reference;
	struct parity_row *row, *saved_row;
	struct parity_result parity, saved; /* saved.rows is 0 where no margins were given */
	struct cutoff cutoff[CUTOFF_COUNT];
	struct form_choice form;
	struct model *model;
	float *leaf_cover; /* NULL: there are no trees, or they are a forest */
	struct forest *forest; /* NULL: the trees are tables */
	struct explained explained;
};

void export_print_model(const struct export *x);
void export_print_proof(const struct export *x); /* and one warning on stderr, when the rows prove little */

#endif
