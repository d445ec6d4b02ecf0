// SPDX-License-Identifier: BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>
#include "doctor.h"

void finding_add(struct findings *out, enum finding_level level, const char *format, ...)
{
	struct finding *f = &out->list[out->count];
	va_list args;

	if (out->count == FINDINGS_MAX)
		return;
	out->count++;
	f->level = level;
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

enum finding_level findings_worst(const struct findings *f)
{
	enum finding_level worst = FINDING_GOOD;

	for (int i = 0; i < f->count; i++)
		if (f->list[i].level > worst)
			worst = f->list[i].level;
	return worst;
}

const char *findings_first(const struct findings *f, enum finding_level level)
{
	for (int i = 0; i < f->count; i++)
		if (f->list[i].level == level)
			return f->list[i].text;
	return NULL;
}
