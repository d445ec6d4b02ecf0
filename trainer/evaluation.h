/* SPDX-License-Identifier: BSD-2-Clause */
/* Thresholds from the validation part, and what they would have done to the test part. */
#ifndef EVALUATION_H
#define EVALUATION_H

#include "fates.h"
#include "flows.h"
#include "metrics.h"

/* Which scores one figure is about. */
enum view {
	VIEW_FLOWS, /* a flow by its highest row, whatever the kernel's policy makes of it */
	VIEW_ROWS,
	VIEW_FIRST_PACKETS, /* rows scored at the first packet */
	VIEW_COUNT
};

struct view_result {
	struct confusion confusion;
	struct rates rates;
	double auc;
};

enum threshold_kind { THRESHOLD_LOG, THRESHOLD_DROP, THRESHOLD_COUNT };

struct threshold {
	double wanted_fpr, margin;
	struct rates test; /* of flows */
};

/* One kind of traffic in the test part, flows. */
struct kind_result {
	size_t flows;
	size_t above;		    /* those whose highest row reaches the drop threshold */
	size_t fate[VERDICT_COUNT]; /* those of each fate: what the kernel would make of them */
};

struct evaluation {
	struct threshold threshold[THRESHOLD_COUNT];
	bool thresholds_with_train;	    /* the validation part alone has too few benign flows for them */
	size_t threshold_benign;	    /* benign flows that they rest on */
	double highest;			    /* margin of any row, of whatever part */
	struct view_result view[VIEW_COUNT]; /* at the drop threshold */
	struct kind_result *kind;	    /* by flow_entry.kind */
	struct confusion kernel;	    /* flows of the test part that the kernel would condemn, or not */
	double recall_mean;		    /* of VIEW_FLOWS, each kind of attack in the test part counting once */
};

/*
 * `margin` is of the model that is judged. The drop threshold never lies below probability 0.5, the log threshold never above
 * the drop threshold. Returns 0 or -ENOMEM.
 */
int evaluation_make(struct evaluation *out, const struct dataset *data, const struct flow_table *table,
		    const struct margins *margin, const double wanted_fpr[THRESHOLD_COUNT]);
void evaluation_free(struct evaluation *e);

#endif
