/* SPDX-License-Identifier: BSD-2-Clause */
/* What libxgboost itself says of a feature vector: every call to it is here. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "ensemble.h"
#include "model_source.h"

struct reference;

/*
 * Loads the very bytes that were saved, unless libxgboost would misread their base_score: then the same model with a
 * base_score that every version reads alike. Both arguments must outlive *out. Returns 0 or -EINVAL.
 */
int reference_open(const struct model_source *source, const struct ensemble *e, struct reference **out,
		   struct refusal *why);
void reference_close(struct reference *r); /* accepts NULL */

/* margin[count] of vectors, before the sigmoid. */
int reference_margins(const struct reference *r, const struct features *x, size_t count, float *margin,
		      struct refusal *why);

/* "1.7.4": of the library in use, not of the headers. */
const char *reference_version(char *text, size_t size);

#endif
