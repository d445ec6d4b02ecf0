// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>
#include "forest_file.h"
#include "model_bounds.h"
#include "model_reach.h"

/* The least and the largest sum of each class. */
struct reach {
	__s64 low[MODEL_CLASSES_MAX], high[MODEL_CLASSES_MAX];
};

static void tables_add(const struct model *m, struct reach *r)
{
	for (__u32 tree = 0; tree < m->group_count * MODEL_LANES; tree++) {
		__u32 class = m->group_class[tree / MODEL_LANES] % MODEL_CLASSES_MAX;

		model_tree_add(m, tree, &r->low[class], &r->high[class]);
	}
}

static void forest_add_bounds(const struct forest *f, struct reach *r)
{
	for (__u32 t = 0; t < f->tree_count; t++) {
		__s64 least = INT32_MAX, most = INT32_MIN;

		for (__u32 n = f->root[t]; n < forest_tree_end(f, t); n++)
			if (f->node[n].feature == FOREST_LEAF) {
				least = f->node[n].leaf < least ? f->node[n].leaf : least;
				most = f->node[n].leaf > most ? f->node[n].leaf : most;
			}
		r->low[f->class[t] % MODEL_CLASSES_MAX] += least;
		r->high[f->class[t] % MODEL_CLASSES_MAX] += most;
	}
}

/* Base and weights of a file may be anything; scores are cut off far within. */
static __s64 sum_clamp(__int128 sum)
{
	const __s64 most = 1ll << 61;

	return sum > most ? most : sum < -most ? -most : (__s64)sum;
}

static void weights_add(const struct model *m, __u32 class, struct reach *r)
{
	__int128 low = r->low[class], high = r->high[class];

	for (int f = 0; f < FEATURE_COUNT; f++) {
		__int128 most = (__int128)m->weight[class * FEATURE_SLOTS + f] * FEATURE_MAX;

		*(most < 0 ? &low : &high) += most;
	}
	r->low[class] = sum_clamp(low);
	r->high[class] = sum_clamp(high);
}

static struct reach reach_of(const struct model *m)
{
	struct reach r;

	for (__u32 c = 0; c < MODEL_CLASSES_MAX; c++)
		r.low[c] = r.high[c] = sum_clamp(m->base[c]);
	if (m->kind == MODEL_FOREST)
		forest_add_bounds(model_forest(m), &r);
	else if (m->kind == MODEL_TREES)
		tables_add(m, &r);
	for (__u32 c = 0; m->kind == MODEL_LINEAR && c < m->class_count; c++)
		weights_add(m, c, &r);
	return r;
}

/* Of several classes: by how much one that may be dropped can lead the strongest honest one at most. */
__s64 model_highest(const struct model *m)
{
	struct reach r = reach_of(m);
	__s64 honest = m->class_count > 1 ? -(1ll << 62) : 0, attack = -(1ll << 62);

	for (__u32 c = 0; c < m->class_count && c < MODEL_CLASSES_MAX; c++) {
		if (m->class_count > 1 && m->class_role[c] == CLASS_HONEST)
			honest = r.low[c] > honest ? r.low[c] : honest;
		else if (m->class_count < 2 || m->class_role[c] == CLASS_ATTACK)
			attack = r.high[c] > attack ? r.high[c] : attack;
	}
	return model_score_from_sum(m, attack - honest);
}

bool model_never_drops(const struct model *m)
{
	if (m->kind == MODEL_FOREST && !model_forest(m))
		return false;
	return model_highest(m) < m->policy.drop_at;
}

/* The rows that the exporter compared, where it dropped none of them; else 0. */
static long long rows_undropped(const char *card)
{
	json_t *json = card ? json_loads(card, 0, NULL) : NULL;
	const json_t *rows = json_object_get(json_object_get(json, "parity"), "library");
	const json_t *dropped = json_object_get(rows, "dropped");
	long long count = json_is_integer(dropped) && !json_integer_value(dropped) ?
				  (long long)json_integer_value(json_object_get(rows, "rows")) : 0;

	json_decref(json);
	return count;
}

const char *model_reach_print(const struct model *m, const char *card, char text[MODEL_REACH_SIZE])
{
	const double unit = ldexp(1, m->scale_shift);
	long long rows;

	*text = 0;
	if (model_never_drops(m))
		snprintf(text, MODEL_REACH_SIZE, "never drops by its own threshold, which is above the margin of every input, %.4g at most",
			 model_highest(m) / unit);
	else if ((rows = rows_undropped(card)) > 0)
		snprintf(text, MODEL_REACH_SIZE, "drops none of the %lld rows that it was exported with (as it should where all were honest), its threshold to drop is margin %.4g",
			 rows, m->policy.drop_at / unit);
	return text;
}
