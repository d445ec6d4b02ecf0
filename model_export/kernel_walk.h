/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The third of three: libxgboost, the walk here, and the kernel's. The exporter needs no privilege and links no libbpf; the
 * agent that is installed beside it (`hedgerow model test`) has the kernel walk the self-test vectors and the rows, where it
 * may.
 */
#ifndef KERNEL_WALK_H
#define KERNEL_WALK_H

#include <jansson.h>
#include "model_file.h"
#include "options.h"
#include "refusal.h"

/* The rows that the model was proven on, as the exporter was given them. */
struct kernel_rows {
	const struct option_list *files;
	const char *dialect; /* NULL: rows CSV */
	bool ignore_columns;
};

struct kernel_walk {
	enum kernel_walk_result {
		KERNEL_WALK_UNTRIED, /* no right to, no agent beside the exporter, or the kernel would not */
		KERNEL_WALK_AGREES,
		KERNEL_WALK_DIFFERS,
	} result;
	json_t *said;	    /* for the card: what agreed, and in which kernel; else NULL */
	struct refusal why; /* it did not, or was not tried */
};

/* Tries a copy of the model. *out is for kernel_walk_free(). */
void kernel_walk_try(const struct model *m, const struct model_extras *extras, const struct kernel_rows *rows,
		     struct kernel_walk *out);
/* There is none to try, and that is why. */
void kernel_walk_refuse(struct kernel_walk *out, const char *why);
void kernel_walk_free(struct kernel_walk *walk);

/* Says on stdout what came of it. */
void kernel_walk_print(const struct kernel_walk *walk);

#endif
