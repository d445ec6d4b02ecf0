/* SPDX-License-Identifier: BSD-2-Clause */
/* One CSV file, record by record, with the number of the line it came from. A record is one line. */
#ifndef CSV_READER_H
#define CSV_READER_H

#include <csv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CSV_FIELDS_MAX 256

struct csv_reader {
	const char *path; /* as given: the caller keeps it */
	bool comments;	  /* set after opening: lines that begin with # are passed over */

	/* The present record. */
	uint32_t line;
	int count;
	char *field[CSV_FIELDS_MAX];

	/* Of the file so far. */
	uint32_t crc32;
	uint64_t bytes;

	FILE *file;
	struct csv_parser parser;
	char *text, *store;
	size_t text_size, store_size, store_used;
};

/* Both return a negative errno after one line in `why`. A reader is closed once, also after an error of next(). */
int csv_reader_open(struct csv_reader *r, const char *path, char *why, size_t why_size);
void csv_reader_close(struct csv_reader *r);

/* Moves to the next record, blank lines are passed over. Returns 1, 0 at the end, or a negative errno. */
int csv_reader_next(struct csv_reader *r, char *why, size_t why_size);

#endif
