/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* model_score() and model_lead() in the kernel: by bpf_loop(), so that the verifier walks one group of trees, not all. */
#ifndef MODEL_BPF_H
#define MODEL_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "model.h"

struct model_walk {
	const struct model *model;
	const struct features *features;
	__s64 sum;
	__u32 score_is;
	__u32 pad;
};

static long model_walk_group(__u32 group, struct model_walk *walk)
{
	walk->sum += model_group_score(walk->model, group, walk->features);
	return 0;
}

VERIFIED_ONCE __s64 model_score(const struct model *m, const struct features *x)
{
	struct model_walk walk = { .model = m, .features = x };
	__u32 groups;

	if (!m || !x)
		return 0;
	groups = m->group_count;
	walk.sum = m->base[0];
	bpf_loop(groups < MODEL_GROUPS_MAX ? groups : MODEL_GROUPS_MAX, model_walk_group, &walk, 0);
	return walk.sum;
}

static long model_walk_until(__u32 group, struct model_walk *walk)
{
	walk->sum += model_group_score(walk->model, group, walk->features);
	return model_is_decided(walk->model, group, &walk->sum, &walk->score_is);
}

VERIFIED_ONCE __s64 model_score_until(const struct model *m, const struct features *x, struct model_sums *sums)
{
	struct model_walk walk = { .model = m, .features = x };
	__u32 groups;

	if (!m || !x || !sums)
		return 0;
	groups = m->group_count;
	walk.sum = m->base[0];
	bpf_loop(groups < MODEL_GROUPS_MAX ? groups : MODEL_GROUPS_MAX, model_walk_until, &walk, 0);
	sums->score_is = walk.score_is;
	return walk.sum;
}

struct model_lead_walk {
	const struct model *model;
	const struct features *features;
	struct model_sums *sums;
};

static long model_lead_group(__u32 group, struct model_lead_walk *walk)
{
	__u32 class = walk->model->group_class[group & (MODEL_GROUPS_MAX - 1)] & (MODEL_CLASSES_MAX - 1);

	walk->sums->sum[class] += model_group_score(walk->model, group, walk->features);
	return 0;
}

static long model_lead_class(__u32 class, struct model_lead_walk *walk)
{
	const struct model *m = walk->model;
	__s64 sum = m->base[class & (MODEL_CLASSES_MAX - 1)];

	if (m->kind == MODEL_LINEAR)
		sum += model_linear_sum(m, class, walk->features);
	walk->sums->sum[class & (MODEL_CLASSES_MAX - 1)] = sum;
	return 0;
}

VERIFIED_ONCE __s64 model_lead(const struct model *m, const struct features *x, struct model_sums *sums)
{
	struct model_lead_walk walk = { .model = m, .features = x, .sums = sums };
	__u32 groups;

	if (!m || !x || !sums)
		return 0;
	groups = m->group_count;
	bpf_loop(MODEL_CLASSES_MAX, model_lead_class, &walk, 0);
	bpf_loop(groups < MODEL_GROUPS_MAX ? groups : MODEL_GROUPS_MAX, model_lead_group, &walk, 0);
	return model_lead_from_sums(m, sums);
}

/* A function of its own: the verifier would follow every order that the classes can come in. */
VERIFIED_ONCE int model_outlook_take(const struct model *m, __u32 group, struct model_sums *sums, __u32 class)
{
	if (m && sums)
		model_outlook_add(m, group, sums, class);
	return 0;
}

struct model_lead_walk_until {
	struct model_lead_walk walk; /* first: the other's callback takes it */
	__s64 lead;
	__u32 decided;
	__u32 pad;
};

static long model_lead_until_group(__u32 group, struct model_lead_walk_until *until)
{
	model_lead_group(group, &until->walk);
	if (!model_round_ends(until->walk.model, group))
		return 0;
	until->decided = model_lead_is_decided(until->walk.model, group, until->walk.sums, &until->lead);
	return until->decided;
}

VERIFIED_ONCE __s64 model_lead_until(const struct model *m, const struct features *x, struct model_sums *sums)
{
	struct model_lead_walk_until until = { .walk = { .model = m, .features = x, .sums = sums } };
	__u32 groups;

	if (!m || !x || !sums)
		return 0;
	groups = m->group_count;
	bpf_loop(MODEL_CLASSES_MAX, model_lead_class, &until.walk, 0);
	bpf_loop(groups < MODEL_GROUPS_MAX ? groups : MODEL_GROUPS_MAX, model_lead_until_group, &until, 0);
	return until.decided ? until.lead : model_lead_from_sums(m, sums);
}

#endif
