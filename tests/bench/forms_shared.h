/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the bench of a model's forms and its BPF programs agree on. */
#ifndef FORMS_SHARED_H
#define FORMS_SHARED_H

#include <linux/types.h>

#define FORMS_VECTORS 262144
#define FORMS_BLOCK 16	     /* vectors fetched at a time, so that no score waits for memory; divides FORMS_VECTORS */
#define FORMS_NEVER_AGAIN 0x7fffffffffffffffll /* no score asks for the second vector */

struct forms_progress {
	__u32 next, count; /* of the vectors */
	__s64 sum;	   /* of the scores */
};

#endif
