/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Public flow tables: their columns are put into a flow record, and the features are computed from that record as from one
 * of our own. docs/rows.md
 */
#ifndef DIALECT_H
#define DIALECT_H

#include <stdbool.h>
#include "csv_reader.h"
#include "feature_choice.h"
#include "labels.h"

/* What a table can tell of a flow. */
enum dialect_field {
	DIALECT_PORT,
	DIALECT_PROTO,
	DIALECT_DURATION,
	DIALECT_PACKETS_OUT,
	DIALECT_PACKETS_BACK,
	DIALECT_BYTES_OUT, /* of IP packets */
	DIALECT_BYTES_BACK,
	DIALECT_FLAGS_OUT,
	DIALECT_FLAGS_BACK,
	DIALECT_FLAGS, /* of both directions */
	DIALECT_FIN,   /* packets with the flag, from here on */
	DIALECT_SYN,
	DIALECT_RST,
	DIALECT_PSH,
	DIALECT_URG,
	DIALECT_FIELDS,

	DIALECT_SOURCE = DIALECT_FIELDS, /* an address, or whatever names it */
	DIALECT_LABEL,
	DIALECT_ATTACK,
	DIALECT_COLUMNS
};

extern const char *const dialect_names[FEATURE_DIALECT_COUNT];

/* Which field of a file holds which; -1: none does. */
struct dialect_header {
	enum feature_dialect dialect;
	int fields;
	int column[DIALECT_COLUMNS];
	double duration_unit; /* in ns */
};

struct dialect_row {
	struct features x;
	uint64_t packets, dest_port; /* 0 where the table does not say */
	const char *source, *attack; /* into the reader; NULL: the table names none */
	enum label label;
};

/* By its name. Returns 0, or -EINVAL after one logged line; NULL: none is given, *given stays false. */
int dialect_parse(const char *text, enum feature_dialect *out, bool *given);

/* The features that a table of this dialect with all of its usual columns yields. */
struct feature_choice dialect_features(enum feature_dialect dialect);

/*
 * Takes the reader's present record for the header. A feature with `wanted[id]` set that its columns do not yield is
 * refused by name, as is a file without labels where they are wanted. Returns 0 or -EINVAL with one line in `why`.
 */
int dialect_header_read(struct dialect_header *out, enum feature_dialect dialect, const struct csv_reader *r,
			const bool wanted[FEATURE_COUNT], bool labelled, char *why, size_t why_size);

/*
 * The present record. Returns 0; 1 when it is no flow, but the header again, as where files were put behind each other, or
 * one of CICFlowMeter's that ended before it began; or -EBADMSG with one line in `why` that names line, column and value.
 */
int dialect_row_read(struct dialect_row *out, const struct dialect_header *h, const struct csv_reader *r, char *why,
		     size_t why_size);

/* True when the present record is the header once more. */
bool dialect_header_is_again(const struct dialect_header *h, const struct csv_reader *r);

#endif
