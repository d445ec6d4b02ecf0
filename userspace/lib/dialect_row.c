// SPDX-License-Identifier: BSD-2-Clause
/* A line of a public flow table as the features that the datapath would have computed of such a flow. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "dialect.h"

#define FIELD_MAX 9007199254740992.0 /* 2^53: whole numbers are exact up to there */
#define PROTO_OTHER 255		     /* reserved by IANA: a name that we do not know */

static int field_refuse(const struct csv_reader *r, int column, const char *wanted, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s:%u: column %d: '%.40s' will not do, wanted %s", r->path, r->line, column + 1,
		 r->field[column], wanted);
	return -EBADMSG;
}

/* Nothing, or the dash that Zeek writes for it, is 0: nobody answered, nothing took any time. */
static int number_parse(const char *text, double *out)
{
	char *end;
	double v = strtod(text, &end);

	if (!*text || !strcmp(text, "-")) {
		*out = 0;
		return 0;
	}
	if (end == text || end[strspn(end, " ")] || !(v >= 0) || v > FIELD_MAX)
		return -EINVAL;
	*out = v;
	return 0;
}

static int proto_parse(const char *text, double *out)
{
	static const struct {
		const char *name;
		int number;
	} protos[] = { { "icmp", 1 }, { "igmp", 2 }, { "tcp", 6 }, { "udp", 17 }, { "gre", 47 }, { "esp", 50 }, { "ah", 51 },
		       { "icmp6", 58 }, { "ipv6-icmp", 58 }, { "ospf", 89 }, { "pim", 103 }, { "sctp", 132 } };

	if (!number_parse(text, out))
		return *out > PROTO_OTHER ? -EINVAL : 0;
	*out = PROTO_OTHER;
	for (size_t i = 0; i < sizeof(protos) / sizeof(*protos); i++)
		if (!strcasecmp(text, protos[i].name))
			*out = protos[i].number;
	return 0;
}

static int fields_read(double value[DIALECT_FIELDS], const struct dialect_header *h, const struct csv_reader *r, char *why,
		       size_t why_size)
{
	for (int f = 0; f < DIALECT_FIELDS; f++) {
		int at = h->column[f];
		int err = at < 0		 ? 0 :
			  f == DIALECT_PROTO ? proto_parse(r->field[at], &value[f]) :
					       number_parse(r->field[at], &value[f]);

		if (err)
			return field_refuse(r, at,
					    f == DIALECT_PROTO ? "a protocol's name or number" : "a number from 0 to 2^53", why,
					    why_size);
	}
	return 0;
}

static __u8 flags_from_counts(const double value[DIALECT_FIELDS])
{
	return (value[DIALECT_FIN] > 0 ? TCP_FIN : 0) | (value[DIALECT_SYN] > 0 ? TCP_SYN : 0) |
	       (value[DIALECT_RST] > 0 ? TCP_RST : 0) | (value[DIALECT_PSH] > 0 ? TCP_PSH : 0) |
	       (value[DIALECT_URG] > 0 ? TCP_URG : 0);
}

/* What the table tells of both directions together stands where it tells nothing of one. */
static void flags_fill(struct flow *f, const struct dialect_header *h, const double value[DIALECT_FIELDS])
{
	int spare = h->column[DIALECT_FLAGS_OUT] < 0 ? 0 : 1;

	f->tcp_flags[0] = (__u8)fmin(value[DIALECT_FLAGS_OUT], 255);
	f->tcp_flags[1] = (__u8)fmin(value[DIALECT_FLAGS_BACK], 255);
	if (!spare || h->column[DIALECT_FLAGS_BACK] < 0)
		f->tcp_flags[spare] |= (__u8)fmin(value[DIALECT_FLAGS], 255) | flags_from_counts(value);
}

/* CICFlowMeter reckons from the order of packets in the capture, and writes what comes of it. */
static bool flow_ends_before_it_begins(const struct dialect_header *h, const struct csv_reader *r)
{
	int at = h->column[DIALECT_DURATION];

	return h->dialect == FEATURE_DIALECT_CICFLOWMETER && at >= 0 && strtod(r->field[at], NULL) < 0;
}

static void features_fill(struct features *out, const struct dialect_header *h, const double value[DIALECT_FIELDS])
{
	static const struct host_view nobody;
	double duration_ns = value[DIALECT_DURATION] * h->duration_unit;
	struct flow_key key = { .l4_proto = value[DIALECT_PROTO], .port[1] = bpf_htons((__u16)value[DIALECT_PORT]) };
	struct flow f = {
		.last_ns = duration_ns < FIELD_MAX ? (__u64)llround(duration_ns) : (__u64)FIELD_MAX,
		.packets = { value[DIALECT_PACKETS_OUT], value[DIALECT_PACKETS_BACK] },
		.bytes = { value[DIALECT_BYTES_OUT], value[DIALECT_BYTES_BACK] },
		.events = value[DIALECT_PACKETS_BACK] > 0 ? FLOW_ANSWERED : 0,
	};

	flags_fill(&f, h, value);
	*out = (struct features){ 0 };
	features_from_flow(out, &f, &key, &nobody, FEATURE_GROUP_VOLUME | FEATURE_GROUP_PACE);
	out->value[FEATURE_kind] = out->value[FEATURE_tstate] = 0; /* no table tells them */
}

static const char *text_of(const struct dialect_header *h, const struct csv_reader *r, int column)
{
	return h->column[column] < 0 ? NULL : r->field[h->column[column]];
}

static bool begins_with(const char *text, const char *word)
{
	return !strncasecmp(text, word, strlen(word));
}

/* CICFlowMeter's label names the attack; the others say yes or no, and have a column of names beside it. */
static int label_fill(struct dialect_row *row, const struct dialect_header *h, const struct csv_reader *r, char *why,
		      size_t why_size)
{
	const char *label = text_of(h, r, DIALECT_LABEL), *attack = text_of(h, r, DIALECT_ATTACK);

	row->attack = "";
	row->label = LABEL_SKIP;
	if (!label || !*label || !strcmp(label, "-"))
		return 0;
	/* Of the corrected CIC tables: an attack's flow that carried none of it (Engelen, Rimmer and Joosen, 2021). */
	if (h->dialect == FEATURE_DIALECT_CICFLOWMETER && strstr(label, "- Attempted"))
		return 0;
	if (!strcmp(label, "0") || begins_with(label, "benign") || begins_with(label, "normal"))
		row->label = LABEL_BENIGN;
	else if (!strcmp(label, "1") || begins_with(label, "malicious") || h->dialect == FEATURE_DIALECT_CICFLOWMETER)
		row->label = LABEL_MALICIOUS;
	else
		return field_refuse(r, h->column[DIALECT_LABEL], "0, 1, benign or malicious", why, why_size);
	if (row->label == LABEL_MALICIOUS)
		row->attack = h->dialect == FEATURE_DIALECT_CICFLOWMETER ? label : attack ? attack : "";
	return 0;
}

int dialect_row_read(struct dialect_row *out, const struct dialect_header *h, const struct csv_reader *r, char *why,
		     size_t why_size)
{
	double value[DIALECT_FIELDS] = { 0 };
	struct dialect_row row;
	int err;

	if (r->count != h->fields) {
		snprintf(why, why_size, "%s:%u: %d fields, the header has %d", r->path, r->line, r->count, h->fields);
		return -EBADMSG;
	}
	if (flow_ends_before_it_begins(h, r) || dialect_header_is_again(h, r))
		return 1;
	err = fields_read(value, h, r, why, why_size);
	if (!err && value[DIALECT_PORT] > 65535)
		err = field_refuse(r, h->column[DIALECT_PORT], "a port", why, why_size);
	err = err ? err : label_fill(&row, h, r, why, why_size);
	if (err)
		return err;
	features_fill(&row.x, h, value);
	row.packets = value[DIALECT_PACKETS_OUT] + value[DIALECT_PACKETS_BACK];
	row.dest_port = value[DIALECT_PORT];
	row.source = text_of(h, r, DIALECT_SOURCE);
	*out = row;
	return 0;
}
