// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include "explainer.h"
#include "flow_features.h"
#include "flow_text.h"
#include "log.h"
#include "model_kept.h"

#define JUDGED_ROOM 4096 /* a power of two */

const char *const vector_source_names[VECTOR_SOURCES] = {
	[VECTOR_SCORED] = "scored",
	[VECTOR_REBUILT] = "rebuilt",
	[VECTOR_LATER] = "later",
};

static void model_forget(struct explained_model *of)
{
	model_means_close(&of->means);
	model_extras_free(&of->extras);
	free(of->model);
	*of = (struct explained_model){ 0 };
}

void explainer_close(struct explainer *k)
{
	for (int arm = 0; arm < ARM_COUNT; arm++)
		model_forget(&k->of[arm]);
	free(k->judged);
	k->judged = NULL;
}

void explainer_learn(struct explainer *k, enum arm arm, const struct model *m)
{
	struct explained_model *of = &k->of[arm];

	if ((m ? m->id : 0) == (of->model ? of->model->id : 0))
		return;
	model_forget(of);
	if (!m || !m->id)
		return;
	of->model = malloc(sizeof(*of->model));
	if (!of->model)
		return;
	/* Covers, and trees that the kernel does not walk, are in the file that the model came from, if that is still there. */
	if (model_kept_read(m->id, of->model, &of->extras)) {
		*of->model = *m;
		of->model->forest = 0;
	}
	if (model_means_open(&of->means, of->model, of->extras.leaf_cover))
		model_forget(of);
	else if (!of->means.weighted)
		log_debug("model %08x: its file is not kept here, or has no covers: reasons are told by plain means", m->id);
}

static const struct explained_model *model_find(const struct explainer *k, __u32 id)
{
	for (int arm = 0; arm < ARM_COUNT; arm++)
		if (id && k->of[arm].model && k->of[arm].model->id == id)
			return &k->of[arm];
	return NULL;
}

static struct judged_vector *judged_place(const struct explainer *k, __u64 flow_id)
{
	return &k->judged[(flow_id * 0x9e3779b97f4a7c15ull) >> 20 & (JUDGED_ROOM - 1)];
}

void explainer_note(struct explainer *k, __u64 flow_id, const struct features *x)
{
	struct judged_vector *place;

	if (!k->judged)
		k->judged = calloc(JUDGED_ROOM, sizeof(*k->judged));
	if (!k->judged)
		return;
	place = judged_place(k, flow_id);
	place->flow_id = flow_id;
	memcpy(place->feature, x->value, sizeof(place->feature));
}

/* True when the model makes of the vector what the event says of its flow, the way that the score was reached. */
static bool vector_fits(const struct model *m, const struct features *x, const struct flow *f)
{
	struct model_sums sums;
	__s64 score = model_decide(m, x, &sums, f->score_is == SCORE_EXACT);

	return score == f->score && sums.score_is == f->score_is && sums.class == f->class;
}

static bool vector_remembered(const struct explainer *k, const struct model *m, const struct event *e, struct features *x)
{
	__u64 id = flow_id(&e->record);
	const struct judged_vector *v = k->judged ? judged_place(k, id) : NULL;

	if (!v || v->flow_id != id)
		return false;
	*x = (struct features){ 0 };
	memcpy(x->value, v->feature, sizeof(v->feature));
	return vector_fits(m, x, &e->record.flow);
}

/* A first packet that was dropped is taken back from its source's record, hosts_forgive_start(): it stood there when the flow was scored. */
static void start_restore(struct host_view *view, const struct flow_record *r)
{
	for (int horizon = 0; horizon < HOST_HORIZONS; horizon++)
		host_window_add_start(&view->sum[HOST_SOURCE][horizon], host_start_from_flow(&r->flow, r->key.l4_proto), 0, 0);
}

static void vector_fill(struct features *x, const struct event *e, const struct host_view *view)
{
	*x = (struct features){ 0 };
	features_from_flow(x, &e->record.flow, &e->record.key, view, FEATURE_GROUPS_ALL);
}

static bool vector_rebuild(const struct model *m, const struct datapath *dp, const struct settings *s, const struct event *e,
			   struct features *x)
{
	struct host_view view = { 0 };
	bool has_source = flow_hosts(&view, &e->record, dp, s, e->time_ns, NULL);

	if (has_source && e->verdict == VERDICT_DROP_ONCE && e->dropped) {
		struct host_view before = view;

		start_restore(&before, &e->record);
		vector_fill(x, e, &before);
		if (vector_fits(m, x, &e->record.flow))
			return true;
	}
	vector_fill(x, e, &view);
	return vector_fits(m, x, &e->record.flow);
}

static bool is_admitted(struct explainer *k, __u64 now_ns)
{
	__u64 second = now_ns / SECOND_NS;

	if (second != k->second) {
		k->second = second;
		k->told = 0;
	}
	return k->told++ < EXPLAINED_PER_SECOND;
}

bool explainer_ask(struct explainer *k, const struct datapath *dp, const struct settings *settings, const struct event *e,
		   struct explanation *out)
{
	const struct explained_model *of = model_find(k, e->record.flow.model_id);

	if (!of || e->reason == REASON_BLOCKED || !is_admitted(k, e->time_ns))
		return false;
	out->model = of->model;
	if (vector_remembered(k, of->model, e, &out->x))
		out->source = VECTOR_SCORED;
	else
		out->source = vector_rebuild(of->model, dp, settings, e, &out->x) ? VECTOR_REBUILT : VECTOR_LATER;
	contributions_of_score(&of->means, CONTRIBUTION_PATH, &out->x, &out->c);
	return true;
}
