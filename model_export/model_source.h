/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that XGBoost saved: its bytes, its digest, and what it says as JSON, whichever of the two formats it is in. */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include <stddef.h>
#include <jansson.h>
#include <sha256.h>
#include "refusal.h"

struct model_source {
	void *data;
	size_t size;
	const char *format; /* "JSON" or "UBJSON" */
	char sha256[SHA256_DIGEST_STRING_LENGTH];
	json_t *json;
};

/* Returns 0, or a negative errno with *out as it was. model_source_free() accepts a zeroed source. */
int model_source_read(const char *path, struct model_source *out, struct refusal *why);
void model_source_free(struct model_source *source);

#endif
