/* SPDX-License-Identifier: BSD-2-Clause */
/* What libxgboost itself says of a feature vector: every call to it is here. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "ensemble.h"
#include "model_source.h"

struct reference;

/* Loads the very bytes that were saved. `e` must outlive *out. Returns 0 or a negative errno. */
int reference_open(const struct model_source *source, const struct ensemble *e, struct reference **out,
		   struct refusal *why);
void reference_close(struct reference *r); /* accepts NULL */

/* margin[count][e->class_count] of vectors, before the sigmoid or softmax. */
int reference_margins(const struct reference *r, const struct features *x, size_t count, float *margin,
		      struct refusal *why);

/*
 * What each column did to each margin: value[count][e->class_count][e->column_count + 1], the last the margin of which
 * nothing is known. `approximate`: by path; else Shapley values.
 */
int reference_contributions(const struct reference *r, const struct features *x, size_t count, bool approximate,
			    float *value, struct refusal *why);

/* "1.7.4": of the library in use, not of the headers. */
const char *reference_version(char *text, size_t size);

#endif
