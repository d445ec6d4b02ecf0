/* SPDX-License-Identifier: BSD-2-Clause */
/* What user space knows of the features by name: columns, documentation, dialects and the schema hash. */
#ifndef FEATURE_NAMES_H
#define FEATURE_NAMES_H

#include <stdint.h>
#include "feature_vector.h"

/* Public flow formats that have a column of the same meaning for some features. */
enum feature_dialect {
	FEATURE_DIALECT_CICFLOWMETER,
	FEATURE_DIALECT_UNSW_NB15,
	FEATURE_DIALECT_NETFLOW, /* v9 and IPFIX */
	FEATURE_DIALECT_ZEEK,	 /* conn.log */
	FEATURE_DIALECT_COUNT
};

const char *feature_name(enum feature_id id);
const char *feature_unit(enum feature_id id);
const char *feature_doc(enum feature_id id);
enum feature_role feature_role(enum feature_id id);

/* The feature's column in a dialect, NULL where the dialect has none. */
const char *feature_column(enum feature_id id, enum feature_dialect dialect);

/* The index of the feature called `name`, or -ENOENT. */
int feature_find(const char *name);

/*
 * What a model must have been trained for: FNV-1a (64 bits) over "name=formula;" of each feature in order, formulas
 * without white space. Same value, same meaning of every feature.
 */
uint64_t feature_schema(void);

#endif
