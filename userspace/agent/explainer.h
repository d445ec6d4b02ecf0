/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a verdict was reached, for its line of the log. An event carries the flow as it stood but not its hosts, so the
 * vector is worked out again from their records, at the time of the event, and asked for its score: when that is the
 * event's, it is as good as the vector itself. Vectors of the agent's own engine are remembered.
 */
#ifndef EXPLAINER_H
#define EXPLAINER_H

#include <stdbool.h>
#include "contributions.h"
#include "model_file.h"
#include "datapath.h"

#define EXPLAINED_PER_SECOND 5000 /* lines, some 7 us each; others go without, so that the ring is read as fast as ever */

/* How the vector of an explanation came about. */
enum vector_source {
	VECTOR_SCORED,	/* it is the one that was judged */
	VECTOR_REBUILT, /* worked out again, and its score is the one that was reached */
	VECTOR_LATER,	/* worked out again, and its score is another: the hosts had moved on */
	VECTOR_SOURCES
};

extern const char *const vector_source_names[VECTOR_SOURCES];

struct explanation {
	enum vector_source source;
	const struct model *model; /* the explainer's */
	struct features x;
	struct contributions c; /* by path */
};

/* A vector that the agent's engine judged, by its flow. */
struct judged_vector {
	__u64 flow_id;
	__u32 feature[FEATURE_COUNT];
};

/* Starts out zeroed. */
struct explainer {
	struct explained_model {
		struct model *model; /* a copy of the one in force, and of its challenger; NULL: none */
		struct model_means means;
		struct model_extras extras; /* of its file, where that is kept: the covers, or all of its trees */
	} of[ARM_COUNT];
	struct judged_vector *judged; /* a table by flow_id; the youngest wins */
	__u64 second;		      /* of the events */
	unsigned int told;	      /* in it */
};

/* What judges from now on; NULL: nothing. A copy is taken when it is another than before. */
void explainer_learn(struct explainer *k, enum arm arm, const struct model *m);
void explainer_close(struct explainer *k);

/* A vector that the agent's engine found suspicious. */
void explainer_note(struct explainer *k, __u64 flow_id, const struct features *x);

/* True when the event is a verdict of one of these models, and there is time: *out is then filled. */
bool explainer_ask(struct explainer *k, const struct datapath *dp, const struct settings *settings, const struct event *e,
		   struct explanation *out);

#endif
