// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "saved_margins.h"

static int line_parse(char *line, float *out)
{
	char *end;

	line[strcspn(line, "\r\n")] = 0;
	*out = strtof(line, &end);
	return end == line || *end || !isfinite(*out) ? -EINVAL : 0;
}

static int lines_read(FILE *in, const struct parity_row *rows, size_t count, struct parity_row *out,
		      struct refusal *why)
{
	char line[128];
	size_t at = 0;
	float margin;

	if (!fgets(line, sizeof(line), in) || line[strcspn(line, "\r\n")] == 0 || strncmp(line, "margin", 6) ||
	    line[6 + strspn(line + 6, "\r\n")])
		return refusal_set(why, "line 1: the header 'margin' is wanted");
	for (; fgets(line, sizeof(line), in); at++) {
		if (at == count)
			return refusal_set(why, "line %zu: more margins than the %zu rows", at + 2, count);
		if (line_parse(line, &margin))
			return refusal_set(why, "line %zu: '%.60s' is no margin", at + 2, line);
		for (int view = 0; view < PARITY_VIEWS; view++) {
			out[at].margin[view] = margin;
			out[at].score[view] = rows[at].score[PARITY_ALL];
		}
	}
	if (at < count)
		return refusal_set(why, "%zu margins for %zu rows; one for each is wanted", at, count);
	return 0;
}

int saved_margins_read(const char *path, const struct parity_row *rows, size_t count, struct parity_row *out,
		       struct refusal *why)
{
	FILE *in = fopen(path, "re");
	struct refusal of_file;
	int err;

	if (!in) {
		err = -errno;
		refusal_set(why, "%s: %s", path, strerror(-err));
		return err;
	}
	err = lines_read(in, rows, count, out, &of_file);
	if (err)
		refusal_set(why, "%s: %s", path, of_file.text);
	fclose(in);
	return err;
}
