// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "saved_margins.h"

/* `count` numbers with commas between them and nothing behind. */
static int line_parse(char *line, double *out, __u32 count)
{
	char *p = line, *end;

	line[strcspn(line, "\r\n")] = 0;
	for (__u32 i = 0; i < count; i++) {
		out[i] = strtof(p, &end);
		if (end == p || *end != (i + 1 < count ? ',' : 0) || !isfinite(out[i]))
			return -EINVAL;
		p = end + 1;
	}
	return 0;
}

/* "margin", or "margin_0,margin_1,..." for several classes. */
static void header_fill(char *text, size_t size, __u32 classes)
{
	size_t at = snprintf(text, size, classes > 1 ? "margin_0" : "margin");

	for (__u32 c = 1; c < classes; c++)
		at += snprintf(text + at, size - at, ",margin_%u", c);
}

/* The margin of a row, beside the score that the tables have for it. */
static void said_replace(const struct model *m, const double *margin, const struct parity_said *ours,
			 struct parity_row *out)
{
	for (int view = 0; view < PARITY_VIEWS; view++) {
		struct parity_said *said = &out->view[view];

		*said = *ours;
		said->margin = parity_lead(m, margin, &said->class_theirs);
		said->class_lead = margin[said->class_theirs] - margin[said->class];
		said->difference = 0; /* of single classes; the scores are compared */
	}
}

static int lines_read(FILE *in, const struct model *m, const struct parity_row *rows, size_t count,
		      struct parity_row *out, struct refusal *why)
{
	double margin[MODEL_CLASSES_MAX];
	char line[512], header[256];
	size_t at = 0;

	header_fill(header, sizeof(header), m->class_count);
	if (!fgets(line, sizeof(line), in) || (line[strcspn(line, "\r\n")] = 0, strcmp(line, header)))
		return refusal_set(why, "line 1: the header '%s' is wanted", header);
	for (; fgets(line, sizeof(line), in); at++) {
		if (at == count)
			return refusal_set(why, "line %zu: more margins than the %zu rows", at + 2, count);
		if (line_parse(line, margin, m->class_count))
			return refusal_set(why, "line %zu: '%.60s' is no margin%s", at + 2, line,
					  m->class_count > 1 ? " for each class" : "");
		said_replace(m, margin, &rows[at].view[PARITY_ALL], &out[at]);
	}
	if (at < count)
		return refusal_set(why, "%zu margins for %zu rows; one for each is wanted", at, count);
	return 0;
}

int saved_margins_read(const char *path, const struct model *m, const struct parity_row *rows, size_t count,
		       struct parity_row *out, struct refusal *why)
{
	FILE *in = fopen(path, "re");
	struct refusal of_file;
	int err;

	if (!in) {
		err = -errno;
		refusal_set(why, "%s: %s", path, strerror(-err));
		return err;
	}
	err = lines_read(in, m, rows, count, out, &of_file);
	if (err)
		refusal_set(why, "%s: %s", path, of_file.text);
	fclose(in);
	return err;
}
