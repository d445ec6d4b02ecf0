// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include "feature_names.h"

struct feature_row {
	const char *name, *unit, *formula, *doc;
	enum feature_role role;
	const char *column[FEATURE_DIALECT_COUNT];
};

static const struct feature_row feature_rows[] = {
#define X(name, role, unit, expression, doc, cicflowmeter, unsw_nb15, netflow, zeek)                                   \
	{ #name, unit, #expression, doc, FEATURE_ROLE_##role, { cicflowmeter, unsw_nb15, netflow, zeek } },
	FEATURES(X)
#undef X
};

const char *const feature_group_names[FEATURE_GROUP_COUNT] = { "source", "destination", "volume", "pace" };

_Static_assert(sizeof(feature_rows) / sizeof(*feature_rows) == FEATURE_COUNT, "one row per feature");

const char *feature_name(enum feature_id id)
{
	return feature_rows[id].name;
}

const char *feature_unit(enum feature_id id)
{
	return feature_rows[id].unit;
}

const char *feature_doc(enum feature_id id)
{
	return feature_rows[id].doc;
}

enum feature_role feature_role(enum feature_id id)
{
	return feature_rows[id].role;
}

const char *feature_column(enum feature_id id, enum feature_dialect dialect)
{
	return feature_rows[id].column[dialect];
}

__u32 feature_group(enum feature_id id)
{
	if ((int)id >= FEATURES_FIRST_COUNT)
		return (int)id < FEATURES_FIRST_COUNT + FEATURES_VOLUME_COUNT ? FEATURE_GROUP_VOLUME : FEATURE_GROUP_PACE;
	return feature_role(id) == FEATURE_ROLE_SOURCE ? FEATURE_GROUP_SOURCE :
	       feature_role(id) == FEATURE_ROLE_DEST   ? FEATURE_GROUP_DEST :
							 0;
}

int feature_find(const char *name)
{
	for (int i = 0; i < FEATURE_COUNT; i++)
		if (!strcmp(name, feature_rows[i].name))
			return i;
	return -ENOENT;
}

/* FNV-1a, white space left out. */
static uint64_t schema_add(uint64_t hash, const char *text)
{
	for (; *text; text++)
		if (!strchr(" \t\n", *text))
			hash = (hash ^ (unsigned char)*text) * 0x100000001b3ull;
	return hash;
}

#define SCHEMA_OF_NONE 0xcbf29ce484222325ull

static uint64_t schema_add_feature(uint64_t hash, enum feature_id id)
{
	hash = schema_add(hash, feature_rows[id].name);
	hash = schema_add(hash, "=");
	hash = schema_add(hash, feature_rows[id].formula);
	return schema_add(hash, ";");
}

uint64_t feature_schema_of(int count)
{
	uint64_t hash = SCHEMA_OF_NONE;

	for (int i = 0; i < count && i < FEATURE_COUNT; i++)
		hash = schema_add_feature(hash, i);
	return hash;
}

uint64_t feature_schema(void)
{
	return feature_schema_of(FEATURE_COUNT);
}

int feature_schema_find(uint64_t schema)
{
	uint64_t hash = SCHEMA_OF_NONE;

	for (int i = 0; i < FEATURE_COUNT; i++) {
		hash = schema_add_feature(hash, i);
		if (hash == schema && i + 1 >= FEATURES_FIRST_COUNT)
			return i + 1;
	}
	return -ENOENT;
}
