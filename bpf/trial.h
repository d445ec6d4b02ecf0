/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a model is asked in a trial, and what came of it. */
#ifndef TRIAL_H
#define TRIAL_H

#include "model.h"

#define TRIAL_VECTORS 1024

struct trial {
	__u32 slot, count; /* asked: which model, over how many vectors */
	__u32 ran;	   /* of them */
	__u32 differ;	   /* gave another score, class or verdict than when the model was exported */
	__u32 first;	   /* the first that did */
	__u32 id;	   /* asked of a code form: of the model */
	__s64 first_score;
	struct policy policy; /* by which a score that ends early is to earn the same verdict */
};

#endif
