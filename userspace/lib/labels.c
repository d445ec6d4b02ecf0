// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "csv_reader.h"
#include "labels.h"

const char *const label_names[LABEL_COUNT] = {
	[LABEL_SKIP] = "skip",
	[LABEL_BENIGN] = "benign",
	[LABEL_MALICIOUS] = "malicious",
};

enum label_column {
	LABEL_LABEL,
	LABEL_ATTACK,
	LABEL_SRC,
	LABEL_DEST,
	LABEL_PORT,
	LABEL_START,
	LABEL_END,
	LABEL_COLUMNS
};

static const char *const column_names[] = {
	[LABEL_LABEL] = "label",    [LABEL_ATTACK] = "attack", [LABEL_SRC] = "src", [LABEL_DEST] = "dest",
	[LABEL_PORT] = "dest_port", [LABEL_START] = "start",   [LABEL_END] = "end",
};

_Static_assert(sizeof(column_names) / sizeof(*column_names) == LABEL_COLUMNS, "one name per column");

int label_parse(const char *text, enum label *out)
{
	static const struct {
		const char *text;
		enum label label;
	} known[] = { { "benign", LABEL_BENIGN },	{ "0", LABEL_BENIGN }, { "malicious", LABEL_MALICIOUS },
		      { "1", LABEL_MALICIOUS }, { "", LABEL_SKIP },    { "skip", LABEL_SKIP } };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(text, known[i].text)) {
			*out = known[i].label;
			return 0;
		}
	return -EINVAL;
}

/* Which field holds which column; -1: the file has no such column. */
static int header_read(const struct csv_reader *r, int at[LABEL_COLUMNS], char *why, size_t why_size)
{
	for (int c = 0; c < LABEL_COLUMNS; c++)
		at[c] = -1;
	for (int i = 0; i < r->count; i++) {
		int c = 0;

		while (c < LABEL_COLUMNS && strcmp(r->field[i], column_names[c]))
			c++;
		if (!strcmp(r->field[i], "capture")) {
			snprintf(why, why_size, "%s:%u: column 'capture': labels by capture are for `hedgerow replay --labels`; a labels "
				 "file for rows has label,attack,src,dest,dest_port,start,end", r->path, r->line);
			return -EINVAL;
		}
		if (c == LABEL_COLUMNS || at[c] >= 0) {
			snprintf(why, why_size, "%s:%u: column '%s' %s; a labels file has %s", r->path, r->line,
				 r->field[i], c == LABEL_COLUMNS ? "is not known" : "stands there twice",
				 "label,attack,src,dest,dest_port,start,end");
			return -EINVAL;
		}
		at[c] = i;
	}
	if (at[LABEL_LABEL] >= 0)
		return 0;
	snprintf(why, why_size, "%s:%u: no column 'label'; the first line names the columns", r->path, r->line);
	return -EINVAL;
}

static bool is_any(const char *text)
{
	return !*text || !strcmp(text, "*");
}

static int port_parse(const char *text, int *out)
{
	char *end;
	long v = strtol(text, &end, 10);

	if (end == text || *end || v < 0 || v > 65535)
		return -EINVAL;
	*out = v;
	return 0;
}

static int time_parse(const char *text, double *out)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !isfinite(v))
		return -EINVAL;
	*out = v;
	return 0;
}

/* One field that is neither empty nor "*". */
static int field_parse(struct label_rule *rule, enum label_column column, const char *text)
{
	switch (column) {
	case LABEL_SRC:
		return ip_prefix_parse(text, &rule->src, NULL);
	case LABEL_DEST:
		return ip_prefix_parse(text, &rule->dest, NULL);
	case LABEL_PORT:
		return port_parse(text, &rule->dest_port);
	case LABEL_START:
		return time_parse(text, &rule->start);
	case LABEL_END:
		return time_parse(text, &rule->end);
	default:
		return 0;
	}
}

static const char *column_expects(enum label_column column)
{
	switch (column) {
	case LABEL_LABEL:
		return "benign, malicious or skip";
	case LABEL_PORT:
		return "a port from 0 to 65535";
	case LABEL_START:
	case LABEL_END:
		return "Unix seconds";
	default:
		return "an address or CIDR prefix";
	}
}

static int rule_read(const struct csv_reader *r, const int at[LABEL_COLUMNS], struct label_rule *out, char *why,
		     size_t why_size)
{
	struct label_rule rule = { .line = r->line, .dest_port = -1, .start = -INFINITY, .end = INFINITY };

	for (int c = 0; c < LABEL_COLUMNS; c++) {
		const char *text = at[c] < 0 || at[c] >= r->count ? "" : r->field[at[c]];
		int err = c == LABEL_LABEL ? (*text ? label_parse(text, &rule.label) : -EINVAL)
			  : is_any(text)   ? 0
					   : field_parse(&rule, c, text);

		if (err) {
			snprintf(why, why_size, "%s:%u: %s: '%s' will not do, wanted %s", r->path, r->line,
				 column_names[c], text, column_expects(c));
			return err;
		}
	}
	rule.attack = strdup(at[LABEL_ATTACK] >= 0 && at[LABEL_ATTACK] < r->count ? r->field[at[LABEL_ATTACK]] : "");
	if (!rule.attack)
		return -ENOMEM;
	*out = rule;
	return 0;
}

static int rule_add(struct labels *labels, const struct label_rule *rule)
{
	struct label_rule *wider = reallocarray(labels->rule, labels->count + 1, sizeof(*wider));

	if (!wider)
		return -ENOMEM;
	labels->rule = wider;
	labels->rule[labels->count++] = *rule;
	return 0;
}

static int rules_read(struct labels *labels, struct csv_reader *r, char *why, size_t why_size)
{
	int at[LABEL_COLUMNS], columns = 0, got;

	while ((got = csv_reader_next(r, why, why_size)) == 1) {
		struct label_rule rule;
		int err;

		if (!columns) {
			columns = r->count;
			err = header_read(r, at, why, why_size);
		} else if (r->count > columns) {
			snprintf(why, why_size, "%s:%u: %d fields, the header has %d", r->path, r->line, r->count,
				 columns);
			err = -EBADMSG;
		} else {
			err = rule_read(r, at, &rule, why, why_size);
			err = err ? err : rule_add(labels, &rule);
		}
		if (err)
			return err;
	}
	if (!got && !labels->count) {
		snprintf(why, why_size, "%s: no labels in it", r->path);
		return -ENODATA;
	}
	return got;
}

int labels_load(struct labels *out, const char *path, char *why, size_t why_size)
{
	struct labels labels = { 0 };
	struct csv_reader reader;
	int err = csv_reader_open(&reader, path, why, why_size);

	if (err)
		return err;
	snprintf(why, why_size, "%s: out of memory", path);
	reader.comments = true;
	err = rules_read(&labels, &reader, why, why_size);
	csv_reader_close(&reader);
	if (err)
		labels_free(&labels);
	else
		*out = labels;
	return err;
}

void labels_free(struct labels *labels)
{
	for (size_t i = 0; i < labels->count; i++)
		free(labels->rule[i].attack);
	free(labels->rule);
	*labels = (struct labels){ 0 };
}

const struct label_rule *labels_match(const struct labels *labels, const struct ip_address *src,
				      const struct ip_address *dest, unsigned int dest_port, double time)
{
	for (struct label_rule *r = labels->rule; r < labels->rule + labels->count; r++)
		if (ip_prefix_covers(&r->src, src) && ip_prefix_covers(&r->dest, dest) &&
		    (r->dest_port < 0 || (unsigned int)r->dest_port == dest_port) && time >= r->start && time <= r->end) {
			r->met = true;
			return r;
		}
	return NULL;
}

struct line_list labels_unmet(const struct labels *labels)
{
	struct line_list unmet = { 0 };

	for (size_t i = 0; i < labels->count; i++)
		if (!labels->rule[i].met)
			line_list_add(&unmet, labels->rule[i].line);
	return unmet;
}
