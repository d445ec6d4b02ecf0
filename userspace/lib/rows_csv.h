/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes rows CSV: flows and scored vectors as the trainer and the exporter read them. Format: docs/rows.md */
#ifndef ROWS_CSV_H
#define ROWS_CSV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "event.h"
#include "feature_choice.h"

/* The three columns of a labelled row as they are written; many rows share them. */
struct row_tail {
	size_t length;
	char text[1024];
};

/* One row. Score and model are left empty for a flow that was never scored (model_id 0). */
struct row {
	uint64_t time_ns;		  /* Unix: when it was scored, or seen last */
	uint64_t packets;		  /* both directions */
	const struct flow_record *record; /* names, score, verdict, reason and model come from here */
	const __u32 *feature;		  /* [FEATURE_COUNT] */
	__u32 one_way;			  /* enum one_way: whether the features tell of answers */
	const struct feature_choice *features; /* the columns, NULL: the standard ones */
	const struct row_tail *tail;	  /* NULL: a row without those columns */
};

/* Errors of writing show in ferror(). */
void rows_csv_write_header(FILE *out, const struct feature_choice *features); /* NULL: the standard ones */
void rows_csv_write_header_labelled(FILE *out, const struct feature_choice *features);
void rows_csv_tail_fill(struct row_tail *tail, const char *label, const char *attack, const char *capture);
void rows_csv_write(FILE *out, const struct row *row);

#define ROWS_LINE_MAX 3072 /* bytes; what is printed may spill into them behind its end */

/* Puts the line where so much room is. Returns where it ends. */
char *rows_csv_print(char *at, const struct row *row);

/*
 * Opens a file for further rows: a new or empty one gets the header, any other must have it, or is refused with
 * -EINVAL. Returns 0, or a negative errno after one line in `why`, without the path; *out is then as it was.
 */
int rows_csv_append(FILE **out, const char *path, const struct feature_choice *features, char *why, size_t why_size);

#endif
