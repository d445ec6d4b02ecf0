/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a model is refused: one sentence, written where the cause was found, printed by main. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

struct refusal {
	char text[512];
};

/* Writes the sentence. Returns -EINVAL. */
static inline int __attribute__((format(printf, 2, 3))) refusal_set(struct refusal *refusal, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(refusal->text, sizeof(refusal->text), format, args);
	va_end(args);
	return -EINVAL;
}

#endif
