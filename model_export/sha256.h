/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4), so that a model card names its source as `sha256sum` does. */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>

#define SHA256_TEXT 65 /* 64 hexadecimal digits and the end */

void sha256_text(const void *data, size_t size, char out[SHA256_TEXT]);

#endif
