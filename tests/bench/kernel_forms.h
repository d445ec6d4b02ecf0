/* SPDX-License-Identifier: BSD-2-Clause */
/* One model in the kernel, in both of its forms, and a table of vectors to score. */
#ifndef KERNEL_FORMS_H
#define KERNEL_FORMS_H

#include <stddef.h>
#include "model.h"
#include "model_code.h"

/* NONE: only takes the vector; DECIDED: ends when the verdict is decided */
enum kernel_form { KERNEL_NONE, KERNEL_TABLE, KERNEL_CODE, KERNEL_TABLE_DECIDED, KERNEL_CODE_DECIDED, KERNEL_FORMS };

struct kernel_forms {
	struct bpf_object *object;
	int prog[KERNEL_FORMS];
	struct features *vectors; /* the kernel's own table */
	struct model_code_facts facts;
};

/* All return 0, or -errno after a logged line. Closing accepts what was never opened, if zeroed. */
int kernel_forms_open(struct kernel_forms *k);
void kernel_forms_close(struct kernel_forms *k);
int kernel_forms_put_model(struct kernel_forms *k, const struct model *m);
int kernel_forms_put_vectors(struct kernel_forms *k, const struct features *x, size_t count);

/* Scores `rounds` vectors. *ns: CPU time of one; *sum: of the scores. */
int kernel_forms_run(const struct kernel_forms *k, enum kernel_form form, __u32 rounds, double *ns, __s64 *sum);

#endif
