/* SPDX-License-Identifier: BSD-2-Clause */
/* What a model would have done to a replay: for people, and for programs. */
#ifndef TALLY_REPORT_H
#define TALLY_REPORT_H

#include <stdio.h>
#include "tally.h"

/* Both return 0 or -ENOMEM; errors of writing show in ferror(). */
int tally_report_text(const struct tally *t, FILE *out);
int tally_report_json(const struct tally *t, FILE *out);

#endif
