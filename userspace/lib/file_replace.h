/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are whole or not there. */
#ifndef FILE_REPLACE_H
#define FILE_REPLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes a file beside `path` and renames it there when it is whole and on disk: what was there stays as it was on any
 * failure. Returns 0 or a negative errno.
 */
int file_replace(const char *path, const void *data, size_t size);

/* True when both name one file, or would. NULL names none. */
bool file_is_same(const char *path, const char *other);

#endif
