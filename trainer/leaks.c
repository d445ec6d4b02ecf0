// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "leaks.h"
#include "metrics.h"

#define ROWS_MAX 100000 /* sorted once for each feature: a fraction of a second in all */

static double feature_auc(struct scored *s, const struct dataset *data, int feature, size_t step)
{
	size_t count = 0;
	double auc;

	for (size_t row = 0; row < data->rows; row += step)
		s[count++] = (struct scored){ .margin = dataset_row(data, row)[feature],
					      .malicious = data->label[row] == LABEL_MALICIOUS };
	scored_sort(s, count);
	auc = auc_from_scored(s, count);
	return fmax(auc, 1 - auc); /* NAN with one class only */
}

int leaks_find(struct leaks *out, const struct dataset *data, const struct feature_choice *columns)
{
	struct scored *s = calloc(data->rows + 1, sizeof(*s));
	struct leaks l = { 0 };

	if (!s)
		return -ENOMEM;
	for (int i = 0; i < columns->count; i++) {
		int f = columns->id[i];
		double auc = feature_auc(s, data, f, data->rows / ROWS_MAX + 1);

		if (!(auc >= LEAK_AUC))
			continue;
		l.feature[l.count] = f;
		l.auc[l.count++] = auc;
	}
	free(s);
	*out = l;
	return 0;
}
