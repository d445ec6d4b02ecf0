/* SPDX-License-Identifier: BSD-2-Clause */
/* Values in the JSON of a saved model. */
#ifndef SAVED_JSON_H
#define SAVED_JSON_H

#include <jansson.h>

/* The text under `key`, "" where there is none. */
const char *string_of(const json_t *object, const char *key);

/* XGBoost writes its parameters as strings. Returns `otherwise` where there is no such number. */
long parameter_of(const json_t *object, const char *key, long otherwise);

#endif
