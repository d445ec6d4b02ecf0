/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a program writes at its end: refused at its start when that cannot work. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <stddef.h>

/* Both return 0, also without a path (NULL), or a negative errno after one line in `why`. */
int output_check(const char *path, char *why, size_t why_size);
int output_write(const char *path, const void *data, size_t size, char *why, size_t why_size);

#endif
