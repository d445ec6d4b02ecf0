// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include "rows_header.h"

static const struct {
	const char *name;
	bool needed;
} columns[] = {
#define X(name, needed) { #name, needed },
	ROWS_COLUMNS(X)
#undef X
};

const char *rows_column_name(enum rows_column column)
{
	return columns[column].name;
}

static int column_find(const char *name)
{
	for (int c = 0; c < ROWS_COLUMN_COUNT; c++)
		if (!strcmp(name, columns[c].name))
			return c;
	return -ENOENT;
}

/* Where the index of the field called `name` belongs, NULL for a name nobody knows. */
static int *header_place(struct rows_header *h, const char *name)
{
	int c = column_find(name), f = feature_find(name);

	return c >= 0 ? &h->column[c] : f >= 0 ? &h->feature[f] : NULL;
}

static int missing_refuse(const struct rows_header *h, const struct csv_reader *r, const bool *feature_used, char *why,
			  size_t why_size)
{
	const char *missing = NULL;

	for (int f = FEATURE_COUNT - 1; f >= 0; f--)
		if (h->feature[f] < 0 && (feature_used ? feature_used[f] : f < FEATURES_FIRST_COUNT))
			missing = feature_name(f);
	for (int c = ROWS_COLUMN_COUNT - 1; c >= 0; c--)
		if (h->column[c] < 0 && columns[c].needed)
			missing = columns[c].name;
	if (!missing)
		return 0;
	snprintf(why, why_size, "%s:%u: no column '%s'; the first line names the columns, as 'hedgerow flows' does",
		 r->path, r->line, missing);
	return -EINVAL;
}

int rows_header_read(struct rows_header *out, const struct csv_reader *r, bool ignore_columns,
		     const bool *feature_used, char *why, size_t why_size)
{
	struct rows_header h = { .fields = r->count };
	int err;

	memset(h.column, -1, sizeof(h.column));
	memset(h.feature, -1, sizeof(h.feature));
	for (int i = 0; i < r->count; i++) {
		int *place = header_place(&h, r->field[i]);

		if (!place && ignore_columns)
			continue;
		if (!place || *place >= 0) {
			snprintf(why, why_size, "%s:%u: column '%s' %s", r->path, r->line, r->field[i],
				 place ? "stands there twice"
				       : "is neither a feature of this build nor known; --ignore-columns skips it");
			return -EINVAL;
		}
		*place = i;
	}
	err = missing_refuse(&h, r, feature_used, why, why_size);
	if (!err)
		*out = h;
	return err;
}
