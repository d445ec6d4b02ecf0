/* SPDX-License-Identifier: BSD-2-Clause */
/* Margins that the XGBoost that saved a model predicted for the rows, to check against where ours is another version. */
#ifndef SAVED_MARGINS_H
#define SAVED_MARGINS_H

#include "parity.h"

/*
 * A CSV file with the one column `margin`, for several classes `margin_0`, `margin_1`, ...: a line for each row of the
 * rows files, in their order. out[i] is then rows[i] with these margins, in both views. Returns 0 or a negative errno.
 */
int saved_margins_read(const char *path, const struct model *m, const struct parity_row *rows, size_t count,
		       struct parity_row *out, struct refusal *why);

#endif
