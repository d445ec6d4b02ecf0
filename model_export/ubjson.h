/* SPDX-License-Identifier: BSD-2-Clause */
/* Universal Binary JSON, the dialect that XGBoost writes, decoded strictly. */
#ifndef UBJSON_H
#define UBJSON_H

#include <stddef.h>
#include <jansson.h>

/*
 * The one value that `data` holds, with nothing behind it. Numbers that JSON cannot hold (NaN, infinity) become null.
 * The caller releases it with json_decref(). Returns NULL after writing one sentence to `why`: what is wrong, and at
 * which byte.
 */
json_t *ubjson_decode(const void *data, size_t size, char *why, size_t why_size);

#endif
