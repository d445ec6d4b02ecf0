// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "dataset.h"
#include "intern.h"
#include "rows_header.h"

#define ATTACK_NAME_SIZE 64

/* What makes rows the same flow; ids alone may collide between runs of the agent. */
struct flow_identity {
	uint64_t flow_id;
	struct ip_address src, dest;
	uint64_t dest_port;
};

_Static_assert(sizeof(struct flow_identity) == 48, "compared byte by byte");

/* One row outside of the arrays. */
struct row {
	struct flow_identity flow;
	double time;
	uint32_t packets;
	enum label label;
	const char *attack;
	float value[FEATURE_COUNT];
};

struct loader {
	struct dataset data;
	size_t room;
	struct intern flows, sources, attacks;
	const struct dataset_options *options;
	struct csv_reader reader;
	struct rows_header header;
	struct dialect_header table; /* where it is one */
	char *why;
	size_t why_size;
};

static int field_refuse(const struct loader *l, const char *column, const char *text, const char *wanted)
{
	snprintf(l->why, l->why_size, "%s:%u: %s: '%s' will not do, wanted %s", l->reader.path, l->reader.line, column,
		 text, wanted);
	return -EBADMSG;
}

/* Digits only, no sign, no space. */
static int unsigned_parse(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		unsigned int digit = *at - '0';

		if (v > (max - digit) / 10)
			return -ERANGE;
		v = 10 * v + digit;
	}
	if (*at || at == text)
		return -EINVAL;
	*out = v;
	return 0;
}

static const char *field_text(const struct loader *l, enum rows_column c)
{
	return l->header.column[c] < 0 ? "" : l->reader.field[l->header.column[c]];
}

static int unsigned_read(const struct loader *l, enum rows_column c, uint64_t max, uint64_t *out)
{
	char wanted[64];

	if (!unsigned_parse(field_text(l, c), max, out))
		return 0;
	snprintf(wanted, sizeof(wanted), "a whole number from 0 to %llu", (unsigned long long)max);
	return field_refuse(l, rows_column_name(c), field_text(l, c), wanted);
}

static int address_read(const struct loader *l, enum rows_column c, struct ip_address *out)
{
	if (!ip_address_parse(field_text(l, c), out))
		return 0;
	return field_refuse(l, rows_column_name(c), field_text(l, c), "an IPv4 or IPv6 address");
}

static int time_read(const struct loader *l, double *out)
{
	const char *text = field_text(l, ROWS_time);
	char *end;

	*out = strtod(text, &end);
	if (end != text && !*end && isfinite(*out))
		return 0;
	return field_refuse(l, rows_column_name(ROWS_time), text, "Unix seconds");
}

static int features_read(const struct loader *l, float *value)
{
	for (int f = 0; f < FEATURE_COUNT; f++) {
		int at = l->header.feature[f];
		uint64_t v = 0;

		if (at >= 0 && unsigned_parse(l->reader.field[at], FEATURE_MAX, &v))
			return field_refuse(l, feature_name(f), l->reader.field[at],
					    "a whole number from 0 to 16777215");
		value[f] = v;
	}
	return 0;
}

/* A labels file decides alone; without one the row's own columns do. */
static int label_read(const struct loader *l, struct row *row)
{
	const struct label_rule *rule;

	row->label = LABEL_SKIP;
	row->attack = "";
	if (l->options->labels) {
		rule = labels_match(l->options->labels, &row->flow.src, &row->flow.dest, row->flow.dest_port,
				    row->time);
		if (rule) {
			row->label = rule->label;
			row->attack = rule->attack;
		}
	} else {
		if (label_parse(field_text(l, ROWS_label), &row->label))
			return field_refuse(l, rows_column_name(ROWS_label), field_text(l, ROWS_label),
					    "benign, malicious, skip, 0, 1 or nothing");
		row->attack = field_text(l, ROWS_attack);
	}
	if (strlen(row->attack) < ATTACK_NAME_SIZE)
		return 0;
	return field_refuse(l, rows_column_name(ROWS_attack), row->attack, "a name of at most 63 bytes");
}

static int row_read(const struct loader *l, struct row *row)
{
	uint64_t packets = 0;
	int err = 0;

	if (l->reader.count != l->header.fields) {
		snprintf(l->why, l->why_size, "%s:%u: %d fields, the header has %d", l->reader.path, l->reader.line,
			 l->reader.count, l->header.fields);
		return -EBADMSG;
	}
	err = err ? err : unsigned_read(l, ROWS_flow_id, UINT64_MAX, &row->flow.flow_id);
	err = err ? err : time_read(l, &row->time);
	err = err ? err : address_read(l, ROWS_src_ip, &row->flow.src);
	err = err ? err : address_read(l, ROWS_dest_ip, &row->flow.dest);
	err = err ? err : unsigned_read(l, ROWS_dest_port, UINT16_MAX, &row->flow.dest_port);
	err = err ? err : unsigned_read(l, ROWS_packets, UINT64_MAX, &packets);
	err = err ? err : features_read(l, row->value);
	err = err ? err : label_read(l, row);
	row->packets = packets > UINT32_MAX ? UINT32_MAX : packets;
	return err;
}

/* Who sent it: an address, or whatever stands for one; with neither each row is a source of its own. */
static struct ip_address source_of(const char *text, uint64_t row)
{
	struct ip_address address = { 0 };

	if (text && !ip_address_parse(text, &address))
		return address;
	for (int half = 0; half < 2; half++) {
		uint64_t hash = 0xcbf29ce484222325ull + half; /* FNV-1a */

		for (const char *c = text ? text : ""; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3ull;
		hash = text ? hash : row;
		memcpy(&address.byte[8 * half], &hash, sizeof(hash));
	}
	return address;
}

/* A line of a public table: a flow that has ended, of which there is no other row. 1: the line is no flow. */
static int table_row_read(const struct loader *l, struct row *row)
{
	struct dialect_row found;
	int err = dialect_row_read(&found, &l->table, &l->reader, l->why, l->why_size);

	if (err)
		return err;
	*row = (struct row){ .flow = { .flow_id = l->flows.count, .dest_port = found.dest_port },
			     .packets = found.packets > UINT32_MAX ? UINT32_MAX : found.packets,
			     .label = found.label, .attack = found.attack };
	row->flow.src = source_of(found.source, l->flows.count);
	for (int f = 0; f < FEATURE_COUNT; f++)
		row->value[f] = found.x.value[f];
	if (strlen(row->attack) < ATTACK_NAME_SIZE)
		return 0;
	return field_refuse(l, "attack", row->attack, "a name of at most 63 bytes");
}

static int array_grow(void *array, size_t count, size_t size)
{
	void **pointer = array, *wider = reallocarray(*pointer, count, size);

	if (!wider)
		return -ENOMEM;
	*pointer = wider;
	return 0;
}

static int rows_grow(struct loader *l)
{
	struct dataset *d = &l->data;
	size_t room = l->room ? 2 * l->room : 4096;

	if (array_grow(&d->value, room, FEATURE_COUNT * sizeof(*d->value)) ||
	    array_grow(&d->label, room, sizeof(*d->label)) || array_grow(&d->attack, room, sizeof(*d->attack)) ||
	    array_grow(&d->flow_id, room, sizeof(*d->flow_id)) || array_grow(&d->flow, room, sizeof(*d->flow)) ||
	    array_grow(&d->source, room, sizeof(*d->source)) || array_grow(&d->packets, room, sizeof(*d->packets)) ||
	    array_grow(&d->time, room, sizeof(*d->time)) || array_grow(&d->file, room, sizeof(*d->file)) ||
	    array_grow(&d->line, room, sizeof(*d->line)))
		return -ENOMEM;
	l->room = room;
	return 0;
}

static int row_add(struct loader *l, const struct row *row, int file)
{
	char attack[ATTACK_NAME_SIZE] = "";
	struct dataset *d = &l->data;
	size_t at = d->rows;

	if (at == l->room && rows_grow(l))
		return -ENOMEM;
	strcpy(attack, row->attack);
	if (intern_add(&l->flows, &row->flow, &d->flow[at]) ||
	    intern_add(&l->sources, &row->flow.src, &d->source[at]) || intern_add(&l->attacks, attack, &d->attack[at]))
		return -ENOMEM;
	memcpy(d->value + at * FEATURE_COUNT, row->value, sizeof(row->value));
	d->label[at] = row->label;
	d->flow_id[at] = row->flow.flow_id;
	d->packets[at] = row->packets;
	d->time[at] = row->time;
	d->file[at] = file;
	d->line[at] = l->reader.line;
	d->rows++;
	return 0;
}

static int header_read(struct loader *l)
{
	const struct dataset_options *o = l->options;
	int err;

	if (o->dialect)
		return dialect_header_read(&l->table, *o->dialect, &l->reader, o->feature_used, o->labels_required, l->why,
					   l->why_size);
	err = rows_header_read(&l->header, &l->reader, o->ignore_columns, o->feature_used, l->why, l->why_size);

	if (err || !o->labels_required || o->labels || l->header.column[ROWS_label] >= 0)
		return err;
	snprintf(l->why, l->why_size, "%s: no column 'label'; add one or give a labels file", l->reader.path);
	return -EINVAL;
}

static int file_read(struct loader *l, int file)
{
	int got = csv_reader_next(&l->reader, l->why, l->why_size);
	int err = got == 1 ? header_read(l) : 0;

	if (!got) {
		snprintf(l->why, l->why_size, "%s: empty, not even a header", l->reader.path);
		return -ENODATA;
	}
	while (got == 1 && !err && (got = csv_reader_next(&l->reader, l->why, l->why_size)) == 1) {
		struct row row;

		err = l->options->dialect ? table_row_read(l, &row) : row_read(l, &row);
		if (err < 0)
			break;
		if (err)
			err = 0, l->data.no_flows++;
		else if (l->options->labels_required && row.label == LABEL_SKIP)
			l->data.skipped++;
		else
			err = row_add(l, &row, file);
	}
	return err ? err : got;
}

static int files_read(struct loader *l, const char *const *paths, int count)
{
	for (int i = 0; i < count; i++) {
		int err = csv_reader_open(&l->reader, paths[i], l->why, l->why_size);

		if (err)
			return err;
		err = file_read(l, i);
		l->data.crc32 = crc32_combine(l->data.crc32, l->reader.crc32, l->reader.bytes);
		l->data.bytes += l->reader.bytes;
		csv_reader_close(&l->reader);
		if (err)
			return err;
	}
	return 0;
}

static int attack_names_keep(struct loader *l)
{
	struct dataset *d = &l->data;

	d->attack_name = calloc(l->attacks.count, sizeof(*d->attack_name));
	if (!d->attack_name)
		return -ENOMEM;
	for (d->attack_count = 0; d->attack_count < l->attacks.count; d->attack_count++) {
		d->attack_name[d->attack_count] =
			strdup((char *)l->attacks.keys + d->attack_count * ATTACK_NAME_SIZE);
		if (!d->attack_name[d->attack_count])
			return -ENOMEM;
	}
	return 0;
}

int dataset_load(struct dataset *out, const char *const *paths, int path_count, const struct dataset_options *options,
		 char *why, size_t why_size)
{
	struct loader l = { .flows.key_size = sizeof(struct flow_identity),
			    .sources.key_size = sizeof(struct ip_address),
			    .attacks.key_size = ATTACK_NAME_SIZE,
			    .options = options,
			    .why = why,
			    .why_size = why_size };
	uint32_t index;
	int err = intern_add(&l.attacks, (char[ATTACK_NAME_SIZE]){ "" }, &index);

	snprintf(why, why_size, "out of memory");
	err = err ? err : files_read(&l, paths, path_count);
	err = err ? err : attack_names_keep(&l);
	l.data.flow_count = l.flows.count;
	l.data.source_count = l.sources.count;
	if (err) {
		dataset_free(&l.data);
		intern_free(&l.sources);
	} else {
		l.data.source_address = (struct ip_address *)l.sources.keys;
		free(l.sources.slot);
		*out = l.data;
	}
	intern_free(&l.flows);
	intern_free(&l.attacks);
	return err;
}

void dataset_free(struct dataset *d)
{
	for (size_t i = 0; i < d->attack_count; i++)
		free(d->attack_name[i]);
	free(d->attack_name);
	free(d->source_address);
	free(d->value);
	free(d->label);
	free(d->attack);
	free(d->flow_id);
	free(d->flow);
	free(d->source);
	free(d->packets);
	free(d->time);
	free(d->file);
	free(d->line);
	*d = (struct dataset){ 0 };
}
