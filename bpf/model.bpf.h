/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* model_score() in the kernel: the groups by bpf_loop(), so that the verifier walks one of them, not all. */
#ifndef MODEL_BPF_H
#define MODEL_BPF_H

#include "packet.bpf.h"

struct model_walk {
	const struct model *model;
	const struct features *features;
	__s64 sum;
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

#endif
