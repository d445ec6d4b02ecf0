/* SPDX-License-Identifier: BSD-2-Clause */
/* What the figures mean for a link: packets a second of one core, and cores that a full link takes. */
#ifndef RATES_H
#define RATES_H

#include "measure.h"

/* `figures`: of each row, its subject 0 where the row was not measured. */
void rates_print(const struct figures *figures);

#endif
