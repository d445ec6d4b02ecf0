/* SPDX-License-Identifier: BSD-2-Clause */
/* Champion and challenger side by side, as `status` and `model show` tell of them. */
#ifndef SHADOW_REPORT_H
#define SHADOW_REPORT_H

#include <jansson.h>
#include "settings_store.h"
#include "shadow_counts.h"

/* What became of the flows that one of the two judged. */
struct shadow_arm_result {
	__u64 flows, scored, logged, drop_once, condemned;
};

/* Starts out zeroed. */
struct shadow_report {
	__u32 model_id[ARM_COUNT];
	char from[MODEL_SOURCE_SIZE]; /* the challenger's file */
	__s64 since;		      /* Unix seconds */
	double split;
	char (*class_name[ARM_COUNT])[MODEL_CLASS_NAME]; /* NULL where a model tells only two classes apart */
	struct shadow_pair *pair; /* the most frequent first */
	int pair_count;
	__u64 verdicts, flows;		     /* that both scored */
	__u64 verdicts_differ, flows_differ; /* of them */
	__u64 classes_differ; /* verdicts that are the same, but for another class */
	__u64 told;
	struct shadow_arm_result arm[ARM_COUNT];
};

/* Returns 1, 0 when there is no challenger, or a negative errno. Logs nothing. Freed in any case. */
int shadow_report_read(const struct datapath *dp, const struct settings *s, const struct agent_state *agent,
		       struct shadow_report *out);
void shadow_report_free(struct shadow_report *r);

/* A few lines, with the pairs or without. The first column is as wide as those of `status`. */
void shadow_report_print(const struct shadow_report *r, bool pairs);

/* A new object, NULL when memory is short. */
json_t *shadow_report_json(const struct shadow_report *r);

#endif
