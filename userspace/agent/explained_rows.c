// SPDX-License-Identifier: BSD-2-Clause
/* Out of rows CSV. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "csv_reader.h"
#include "explained_flow.h"
#include "log.h"
#include "rows_header.h"

static const char *field_text(const struct csv_reader *r, const struct rows_header *h, enum rows_column c)
{
	return h->column[c] < 0 ? "" : r->field[h->column[c]];
}

static bool is_of_flow(const struct csv_reader *r, const struct rows_header *h, uint64_t flow_id)
{
	const char *text = field_text(r, h, ROWS_flow_id);
	char *end;

	return strtoull(text, &end, 10) == flow_id && end != text && !*end;
}

static int row_take(const struct csv_reader *r, const struct rows_header *h, struct explained_flow *out)
{
	struct explained_flow found = { .flow_id = strtoull(field_text(r, h, ROWS_flow_id), NULL, 10) };

	for (int f = 0; f < FEATURE_COUNT; f++) {
		const char *text = h->feature[f] < 0 ? "0" : r->field[h->feature[f]];
		char *end;
		unsigned long v = strtoul(text, &end, 10);

		if (end == text || *end || *text == '-' || v > FEATURE_MAX) {
			log_error("%s:%u: %s is '%.40s', wanted a whole number from 0 to %u", r->path, r->line, feature_name(f),
				  text, FEATURE_MAX);
			return -EINVAL;
		}
		found.x.value[f] = v;
		found.lacks[f] = h->feature[f] < 0;
	}
	snprintf(found.tuple, sizeof(found.tuple), "%.60s:%.8s -> %.60s:%.8s protocol %.8s, packet %.20s",
		 field_text(r, h, ROWS_src_ip), field_text(r, h, ROWS_src_port), field_text(r, h, ROWS_dest_ip),
		 field_text(r, h, ROWS_dest_port), field_text(r, h, ROWS_proto), field_text(r, h, ROWS_packets));
	snprintf(found.verdict, sizeof(found.verdict), "%s", field_text(r, h, ROWS_verdict));
	snprintf(found.reason, sizeof(found.reason), "%s", field_text(r, h, ROWS_reason));
	found.packets = strtoull(field_text(r, h, ROWS_packets), NULL, 10);
	found.one_way = explained_is_one_way(field_text(r, h, ROWS_answers));
	found.model_id = strtoul(field_text(r, h, ROWS_model), NULL, 16);
	found.score = strtoll(field_text(r, h, ROWS_score), NULL, 10);
	*out = found;
	return 0;
}

/* Returns 1 when a row was found, 0 when none was, or a negative errno after a line in `why` (or one logged: *why is ""). */
static int row_find(struct csv_reader *r, uint64_t number, uint64_t flow_id, struct explained_flow *out, char *why,
		    size_t size)
{
	static const bool any[FEATURE_COUNT]; /* which of them are needed, the model says later */
	struct rows_header h;
	int got = csv_reader_next(r, why, size), found = 0;

	if (got <= 0) {
		if (!got)
			snprintf(why, size, "%s: empty; the first line names the columns", r->path);
		return got ? got : -EINVAL;
	}
	got = rows_header_read(&h, r, true, any, why, size);
	for (uint64_t at = 1; !got && (got = csv_reader_next(r, why, size)) == 1; at++) {
		got = 0;
		if (r->count != h.fields) {
			snprintf(why, size, "%s:%u: %d fields, the header has %d", r->path, r->line, r->count, h.fields);
			return -EBADMSG;
		}
		if (number ? at != number : !is_of_flow(r, &h, flow_id))
			continue;
		*why = 0;
		got = row_take(r, &h, out);
		found = 1;
		if (number)
			break;
	}
	return got < 0 ? got : found;
}

int explained_from_rows(const char *path, uint64_t number, uint64_t flow_id, struct explained_flow *out)
{
	char why[512] = "";
	struct csv_reader r;
	int got = csv_reader_open(&r, path, why, sizeof(why));

	if (!got) {
		got = row_find(&r, number, flow_id, out, why, sizeof(why));
		csv_reader_close(&r);
	}
	if (got < 0 && *why)
		log_error("%s", why);
	if (got)
		return got < 0 ? got : 0;
	if (number)
		log_error("%s: no row %" PRIu64 " in it", path, number);
	else
		log_error("%s: no row of flow %" PRIu64 " in it", path, flow_id);
	return -ENOENT;
}
