// SPDX-License-Identifier: BSD-2-Clause
/* What both forms of the report share. */
#include <stdio.h>
#include <string.h>
#include "report.h"

const char *const view_names[VIEW_COUNT] = {
	[VIEW_FLOWS] = "flows",
	[VIEW_ROWS] = "rows",
	[VIEW_FIRST_PACKETS] = "first_packets",
};

const char *const threshold_names[THRESHOLD_COUNT] = {
	[THRESHOLD_LOG] = "log",
	[THRESHOLD_DROP] = "drop",
};

void importance_order(const struct booster_importance *importance, int order[FEATURE_COUNT])
{
	for (int i = 0; i < FEATURE_COUNT; i++) {
		int at = i;

		for (; at > 0 && importance->gain[order[at - 1]] < importance->gain[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

static bool class_note(const struct report *r, enum label label, char *text, size_t size)
{
	if (!r->split->by_flow[label])
		return false;
	snprintf(text, size,
		 "%s flows were split one by one, not by source: flows of one source stand in several parts, "
		 "so figures flatter",
		 label_names[label]);
	return true;
}

/* A kind that some part lacks. */
static bool kind_note(const struct traffic_kind *k, char *text, size_t size)
{
	char name[96];
	int used;

	if (k->part_flows[PART_TRAIN] && k->part_flows[PART_VALIDATION] && k->part_flows[PART_TEST])
		return false;
	used = snprintf(text, size, "%s: %zu flow%s of %zu source%s could not be split, not in",
			traffic_kind_print(k, name, sizeof(name)), k->flows, k->flows == 1 ? "" : "s", k->sources,
			k->sources == 1 ? "" : "s");
	for (int p = 0; p < PART_COUNT; p++)
		if (!k->part_flows[p] && used > 0 && (size_t)used < size)
			used += snprintf(text + used, size - used, " %s", part_names[p]);
	return true;
}

static bool labels_note(const struct report *r, char *text, size_t size)
{
	struct line_list unmet = r->labels_path ? labels_unmet(r->labels) : (struct line_list){ 0 };
	char lines[LINE_LIST_SIZE];

	if (!unmet.count)
		return false;
	snprintf(text, size, "%s: %s: matched no row, or none that a line before it left over", r->labels_path,
		 line_list_print(&unmet, lines));
	return true;
}

static bool flows_note(const struct report *r, char *text, size_t size)
{
	if (!r->table->mixed)
		return false;
	snprintf(text, size, "%zu flows have rows of both classes and count as malicious", r->table->mixed);
	return true;
}

static bool threshold_note(const struct report *r, char *text, size_t size)
{
	if (!r->evaluation->thresholds_with_train)
		return false;
	snprintf(text, size,
		 "thresholds rest on the training part too (%zu benign flows in all): the validation part alone has "
		 "too few for the wanted rate",
		 r->evaluation->threshold_benign);
	return true;
}

static void leak_note(const struct leaks *l, int i, char *text, size_t size)
{
	snprintf(text, size,
		 "%s alone tells the classes apart (ROC-AUC %.4f of rows): make sure that it does not give away how the "
		 "traffic was made or labelled",
		 feature_name(l->feature[i]), l->auc[i]);
}

bool report_drops_nothing(const struct evaluation *e, char *text, size_t size)
{
	double drop_at = e->threshold[THRESHOLD_DROP].margin;

	if (e->highest >= drop_at)
		return false;
	snprintf(text, size,
		 "this model drops nothing: no row of any part reaches margin %.4g, its threshold to drop at the wanted FPR; the "
		 "highest has %.4g. More malicious flows; or a larger --fpr, which costs honest ones",
		 drop_at, e->highest);
	return true;
}

bool report_note(const struct report *r, size_t nth, char *text, size_t size)
{
	if (labels_note(r, text, size) && !nth--)
		return true;
	for (int label = LABEL_BENIGN; label < LABEL_COUNT; label++)
		if (class_note(r, label, text, size) && !nth--)
			return true;
	for (size_t k = 0; k < r->table->kind_count; k++)
		if (kind_note(&r->table->kind[k], text, size) && !nth--)
			return true;
	if (flows_note(r, text, size) && !nth--)
		return true;
	for (int i = 0; i < r->leaks->count; i++) {
		if (nth--)
			continue;
		leak_note(r->leaks, i, text, size);
		return true;
	}
	if (threshold_note(r, text, size) && !nth--)
		return true;
	return report_drops_nothing(r->evaluation, text, size) && !nth--;
}
