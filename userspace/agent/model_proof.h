/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this kernel makes of a model file, beside the walk of this program: of the file's own vectors, and of rows. Touches no
 * datapath.
 */
#ifndef MODEL_PROOF_H
#define MODEL_PROOF_H

#include <jansson.h>
#include "dataset.h"
#include "model_given.h"
#include "options.h"

/* Rows to try it on. All zero: none. */
struct proof_rows {
	struct option_list files;
	const enum feature_dialect *dialect; /* NULL: rows CSV */
	bool ignore_columns;
};

struct model_proof {
	__u32 vectors; /* of the file */
	size_t rows;   /* each with all features, and with those of the destination set to 0 */
	bool as_code;  /* by the code form, too */
};

/*
 * Returns 0 when every score, class and verdict is the same, -EBADMSG when one is not, another negative errno when the kernel
 * did not run it or there is nothing to run; after one logged line, but for 0.
 */
int model_prove(const struct model_given *given, const struct proof_rows *rows, struct model_proof *out);

void model_proof_print(const struct model_given *given, const struct model_proof *proof);
json_t *model_proof_json(const struct model_given *given, const struct model_proof *proof);

#endif
