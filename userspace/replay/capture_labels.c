// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "capture_labels.h"
#include "csv_reader.h"
#include "flow_text.h"

enum column { COLUMN_CAPTURE, COLUMN_LABEL, COLUMN_ATTACK, COLUMN_HOSTS, COLUMN_OTHER, COLUMNS };

static const char *const column_names[COLUMNS] = {
	[COLUMN_CAPTURE] = "capture",	      [COLUMN_LABEL] = "label",	      [COLUMN_ATTACK] = "attack",
	[COLUMN_HOSTS] = "malicious_hosts", [COLUMN_OTHER] = "other_flows",
};

/* Columns of other names are the file's own affair. Returns false without a column `capture` and `label`. */
static bool header_read(const struct csv_reader *r, int at[COLUMNS])
{
	for (int c = 0; c < COLUMNS; c++) {
		at[c] = -1;
		for (int i = 0; i < r->count; i++)
			if (!strcmp(r->field[i], column_names[c]))
				at[c] = i;
	}
	return at[COLUMN_CAPTURE] >= 0 && at[COLUMN_LABEL] >= 0;
}

static const char *field(const struct csv_reader *r, const int at[COLUMNS], enum column c)
{
	return at[c] >= 0 && at[c] < r->count ? r->field[at[c]] : "";
}

static int hosts_parse(struct capture_label *l, const char *text)
{
	char *copy = strdup(text), *rest = copy, *host;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (host = strsep(&rest, ";"))) {
		struct ip_prefix *more;

		if (!*host)
			continue;
		more = reallocarray(l->host, l->host_count + 1, sizeof(*more));
		if (!more) {
			err = -ENOMEM;
			break;
		}
		l->host = more;
		err = ip_prefix_parse(host, &more[l->host_count], NULL);
		l->host_count += !err;
	}
	free(copy);
	return err;
}

static int class_parse(const char *text, enum label *out)
{
	if (!strcmp(text, "unlabelled")) {
		*out = LABEL_SKIP;
		return 0;
	}
	return label_parse(text, out);
}

static int line_read(const struct csv_reader *r, const int at[COLUMNS], struct capture_label *out, char *why,
		     size_t why_size)
{
	struct capture_label l = { .capture = strdup(field(r, at, COLUMN_CAPTURE)),
				   .attack = strdup(field(r, at, COLUMN_ATTACK)), .line = r->line };
	enum column bad = COLUMNS;
	int err = l.capture && l.attack ? 0 : -ENOMEM;

	if (!err && !*l.capture)
		err = -EINVAL, bad = COLUMN_CAPTURE;
	if (!err && (err = class_parse(field(r, at, COLUMN_LABEL), &l.label)))
		bad = COLUMN_LABEL;
	if (!err && (err = class_parse(field(r, at, COLUMN_OTHER), &l.other)))
		bad = COLUMN_OTHER;
	if (!err && (err = hosts_parse(&l, field(r, at, COLUMN_HOSTS))))
		bad = COLUMN_HOSTS;
	*out = l;
	if (bad != COLUMNS)
		snprintf(why, why_size, "%s:%u: %s: '%s' will not do, wanted %s", r->path, r->line, column_names[bad],
			 field(r, at, bad), bad == COLUMN_CAPTURE ? "a path"
					    : bad == COLUMN_HOSTS  ? "addresses or CIDR prefixes with ; between them"
								   : "benign, malicious, skip or unlabelled");
	return err;
}

static int lines_read(struct capture_labels *l, struct csv_reader *r, const int at[COLUMNS], char *why,
		      size_t why_size)
{
	int got, err;

	while ((got = csv_reader_next(r, why, why_size)) == 1) {
		struct capture_label *more = reallocarray(l->line, l->count + 1, sizeof(*more));

		if (!more)
			return -ENOMEM;
		l->line = more;
		err = line_read(r, at, &more[l->count], why, why_size);
		l->count++;
		if (err)
			return err;
	}
	return got;
}

int capture_labels_load(struct capture_labels *out, const char *path, char *why, size_t why_size)
{
	struct capture_labels l = { 0 };
	struct csv_reader reader;
	int at[COLUMNS], err = csv_reader_open(&reader, path, why, why_size);

	if (err)
		return err;
	snprintf(why, why_size, "%s: out of memory", path);
	reader.comments = true;
	err = csv_reader_next(&reader, why, why_size);
	if (err == 1 && header_read(&reader, at)) {
		err = lines_read(&l, &reader, at, why, why_size);
		csv_reader_close(&reader);
	} else {
		csv_reader_close(&reader);
		err = err < 0 ? err : labels_load(&l.rules, path, why, why_size);
	}
	if (err)
		capture_labels_free(&l);
	else
		*out = l;
	return err;
}

void capture_labels_free(struct capture_labels *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->line[i].capture);
		free(l->line[i].attack);
		free(l->line[i].host);
	}
	free(l->line);
	labels_free(&l->rules);
	*l = (struct capture_labels){ 0 };
}

/* True when the path is `name`, or ends with it behind a slash. */
static bool path_is_called(const char *path, const char *name)
{
	size_t length = strlen(path), tail = strlen(name);

	if (tail > length || strcmp(path + length - tail, name))
		return false;
	return tail == length || path[length - tail - 1] == '/';
}

bool capture_label_is_of(const struct capture_label *line, const char *path)
{
	return path_is_called(path, line->capture);
}

const struct capture_label *capture_labels_find(const struct capture_labels *l, const char *path)
{
	for (size_t i = 0; i < l->count; i++)
		if (capture_label_is_of(&l->line[i], path))
			return &l->line[i];
	return NULL;
}

static bool hosts_cover(const struct capture_label *line, const struct ip_address *end)
{
	for (size_t i = 0; i < line->host_count; i++)
		if (ip_prefix_covers(&line->host[i], end))
			return true;
	return false;
}

struct flow_label flow_label_find(const struct capture_labels *l, const struct capture_label *line,
				  const struct flow_key *key, unsigned int initiator, __u64 time_ns)
{
	const struct label_rule *rule;
	struct ip_address end[2];

	memcpy(end, key->addr, sizeof(end));
	if (line) {
		if (!line->host_count || hosts_cover(line, &end[0]) || hosts_cover(line, &end[1]))
			return (struct flow_label){ line->label, line->attack };
		return (struct flow_label){ line->other, "" };
	}
	initiator &= 1;
	rule = labels_match(&l->rules, &end[initiator], &end[!initiator], bpf_ntohs(key->port[!flow_source_port(key, initiator)]),
			    time_ns / 1e9);
	return rule ? (struct flow_label){ rule->label, rule->attack } : (struct flow_label){ LABEL_SKIP, "" };
}
