/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows to learn from or to check a model with: rows CSV files (docs/rows.md) in memory. */
#ifndef DATASET_H
#define DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "dialect.h"
#include "feature_names.h"
#include "labels.h"

/* All arrays but the last three have one entry per row; rows stand in the order of the files. */
struct dataset {
	size_t rows;
	float *value;	   /* row-major, FEATURE_COUNT a row; exact integers */
	uint8_t *label;	   /* enum label */
	uint32_t *attack;  /* index into attack_name; 0 is "" */
	uint64_t *flow_id; /* as in the file */
	uint32_t *flow;	   /* 0..flow_count-1: rows of one flow share it, also across files */
	uint32_t *source;  /* index into source_address: the initiator */
	uint32_t *packets; /* of both directions when the row was taken */
	double *time;	   /* Unix seconds */
	uint16_t *file;	   /* index into the paths given */
	uint32_t *line;	   /* in that file, the header is line 1 */

	size_t flow_count, source_count, attack_count;
	struct ip_address *source_address;
	char **attack_name;
	size_t skipped;	 /* rows left out for lack of a label */
	size_t no_flows; /* lines of public tables left out, for they are no flows */
	uint32_t crc32; /* of all bytes read, in order: names the data in reports */
	uint64_t bytes;
};

struct dataset_options {
	const struct labels *labels; /* NULL: the rows' own label column. Decides alone when given */
	bool labels_required;	     /* leaves out rows without a label, and refuses files without any */
	bool ignore_columns;	     /* columns nobody knows are no error */
	const enum feature_dialect *dialect; /* of a public flow table, each line a flow; NULL: rows CSV */
	const bool *feature_used;    /* [FEATURE_COUNT]; others may be missing and read 0. NULL: the first list is needed */
};

/*
 * Reads the files, one after the other. A row of a public table whose source is not named is a source of its own. Returns 0, or a negative errno with one line in `why` that names file, line,
 * column and value; *out is then as it was. dataset_free() what was read; it accepts a zeroed dataset.
 */
int dataset_load(struct dataset *out, const char *const *paths, int path_count, const struct dataset_options *options,
		 char *why, size_t why_size);
void dataset_free(struct dataset *data);

static inline const float *dataset_row(const struct dataset *data, size_t row)
{
	return data->value + row * FEATURE_COUNT;
}

#endif
