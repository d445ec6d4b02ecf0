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

/* The group that it is built with (enum feature_group), 0 for what always is. */
__u32 feature_group(enum feature_id id);

#define FEATURE_GROUP_COUNT 4
extern const char *const feature_group_names[FEATURE_GROUP_COUNT]; /* of bit 0, 1, ... */
_Static_assert(1 << FEATURE_GROUP_COUNT == FEATURE_GROUPS_ALL + 1, "a name for each group");

/* The index of the feature called `name`, or -ENOENT. */
int feature_find(const char *name);

/*
 * What a model is bound to: FNV-1a (64 bits) over "name=formula;" of the first `count` features in order, formulas
 * without white space. Same value, same meaning of each of them.
 */
uint64_t feature_schema_of(int count);
uint64_t feature_schema(void); /* of all */

/* How many features a list had that is the beginning of ours, and at least the first list; -ENOENT for any other. */
int feature_schema_find(uint64_t schema);

#endif
