// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "flow_text.h"
#include "names.h"
#include "rows_csv.h"
#include "rows_header.h"

/* Columns that the writer leaves to others: who labels rows adds them. */
static bool column_is_written(enum rows_column column)
{
	return column != ROWS_label && column != ROWS_attack;
}

void rows_csv_write_header(FILE *out)
{
	for (int c = 0; c < ROWS_COLUMN_COUNT; c++) {
		if (!column_is_written(c))
			continue;
		if (c == ROWS_score)
			for (int f = 0; f < FEATURE_COUNT; f++)
				fprintf(out, ",%s", feature_name(f));
		fprintf(out, "%s%s", c ? "," : "", rows_column_name(c));
	}
	fputc('\n', out);
}

void rows_csv_write(FILE *out, const struct row *row)
{
	const struct flow *f = &row->record->flow;
	struct flow_text text;

	flow_text_fill(&text, &row->record->key, f->initiator);
	fprintf(out, "%" PRIu64 ",%" PRIu64 ".%06" PRIu64 ",%s,%u,%s,%u,%u,%s,%" PRIu64, flow_id(row->record),
		(uint64_t)(row->time_ns / SECOND_NS), (uint64_t)(row->time_ns % SECOND_NS / 1000), text.src_ip,
		text.src_port, text.dest_ip, text.dest_port, row->record->key.l4_proto, text.vlan, row->packets);
	for (int i = 0; i < FEATURE_COUNT; i++)
		fprintf(out, ",%" PRIu32, row->feature[i]);
	if (f->model_id)
		fprintf(out, ",%" PRId32 ",%s,%s,%08" PRIx32 "\n", f->score, verdict_name(f->verdict),
			reason_name(f->reason), f->model_id);
	else
		fprintf(out, ",,%s,%s,\n", verdict_name(f->verdict), reason_name(f->reason));
}

/* The header line as text; the caller frees it. */
static char *header_text(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	rows_csv_write_header(out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/* 1: the file begins with the header and ends with a whole line; 0: it is empty; otherwise a negative errno. */
static int header_check(FILE *file, const char *header, char *why, size_t why_size)
{
	char *line = NULL;
	size_t size = 0;
	int err = -EINVAL, last;
	ssize_t length = getline(&line, &size, file);

	if (length < 0)
		err = 0;
	else if (strcmp(line, header))
		snprintf(why, why_size, "has other columns than this build writes; name another file or move it away");
	else if (fseek(file, -1, SEEK_END) || (last = fgetc(file)) == EOF)
		err = -EIO, snprintf(why, why_size, "%s", strerror(EIO));
	else if (last != '\n')
		snprintf(why, why_size, "ends in the middle of a row; mend it or move it away");
	else
		err = 1;
	free(line);
	return err;
}

int rows_csv_append(FILE **out, const char *path, char *why, size_t why_size)
{
	char *header = header_text();
	FILE *file = fopen(path, "a+e");
	int err;

	if (!file || !header) {
		err = file ? -ENOMEM : -errno;
		snprintf(why, why_size, "%s", strerror(-err));
	} else {
		err = header_check(file, header, why, why_size);
	}
	if (err == 0 && (fseek(file, 0, SEEK_END) || fputs(header, file) < 0 || fflush(file))) {
		err = -errno;
		snprintf(why, why_size, "%s", strerror(-err));
	}
	if (err >= 0)
		*out = file;
	else if (file)
		fclose(file);
	free(header);
	return err < 0 ? err : 0;
}
