/* SPDX-License-Identifier: BSD-2-Clause */
/* The columns of a rows CSV besides the features, and which field of a file holds which. Format: docs/rows.md. */
#ifndef ROWS_HEADER_H
#define ROWS_HEADER_H

#include "csv_reader.h"
#include "feature_names.h"

/* X(name, needed by readers) in the order of writing; the features stand between packets and score. */
#define ROWS_COLUMNS(X)                                                                                                \
	X(flow_id, true)                                                                                               \
	X(time, true)                                                                                                  \
	X(src_ip, true)                                                                                                \
	X(src_port, false)                                                                                             \
	X(dest_ip, true)                                                                                               \
	X(dest_port, true)                                                                                             \
	X(proto, false)                                                                                                \
	X(vlan, false)                                                                                                 \
	X(packets, true)                                                                                               \
	X(score, false)                                                                                                \
	X(verdict, false)                                                                                              \
	X(reason, false)                                                                                               \
	X(model, false)                                                                                                \
	X(answers, false)                                                                                              \
	X(label, false)                                                                                                \
	X(attack, false)                                                                                               \
	X(capture, false)

enum rows_column {
#define X(name, needed) ROWS_##name,
	ROWS_COLUMNS(X)
#undef X
	ROWS_COLUMN_COUNT
};

/* Indices of fields; -1: the file has no such column. */
struct rows_header {
	int fields;
	int column[ROWS_COLUMN_COUNT];
	int feature[FEATURE_COUNT];
};

const char *rows_column_name(enum rows_column column);

/*
 * Takes the reader's present record for the header. Columns that are neither known nor features are refused by name
 * unless `ignore_columns`; so is a missing one, features with `feature_used[id]` unset excepted (NULL: of the first list
 * all are used, of the others none).
 * Returns 0, or -EINVAL with one line in `why`.
 */
int rows_header_read(struct rows_header *out, const struct csv_reader *r, bool ignore_columns,
		     const bool *feature_used, char *why, size_t why_size);

#endif
