/* SPDX-License-Identifier: BSD-2-Clause */
/* A rows CSV that the running agent writes: ended flows, or scored vectors. */
#ifndef ROWS_OUT_H
#define ROWS_OUT_H

#include "rows_csv.h"

struct rows_out {
	const char *path;
	const struct feature_choice *features; /* its columns */
	FILE *file;	 /* NULL: no rows are wanted, or no more */
	long long whole; /* bytes of the file that are whole rows for certain */
	uint64_t pending; /* rows since then: they may not be on disk */
	uint64_t lost;	 /* rows that could not be written */
};

/* `path` NULL: no rows are wanted. Returns 0 or a negative errno after one logged line. */
int rows_out_open(struct rows_out *out, const char *path, const struct feature_choice *features);
void rows_out_close(struct rows_out *out);

void rows_out_write(struct rows_out *out, const struct row *row);

/* Writes what is buffered. After an error the file is cut to whole rows and gets no more; one logged line says so. */
void rows_out_flush(struct rows_out *out);

#endif
