// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include "dialect.h"
#include "options.h"

const char *const dialect_names[FEATURE_DIALECT_COUNT] = {
	[FEATURE_DIALECT_CICFLOWMETER] = "cicflowmeter",
	[FEATURE_DIALECT_UNSW_NB15] = "unsw-nb15",
	[FEATURE_DIALECT_NETFLOW] = "netflow",
	[FEATURE_DIALECT_ZEEK] = "zeek",
};

int dialect_parse(const char *text, enum feature_dialect *out, bool *given)
{
	int found = text ? option_parse_name("--dialect", text, dialect_names, FEATURE_DIALECT_COUNT) : 0;

	if (found < 0)
		return found;
	*out = found;
	*given = text != NULL;
	return 0;
}

#define CIC FEATURE_DIALECT_CICFLOWMETER
#define UNSW FEATURE_DIALECT_UNSW_NB15
#define NETFLOW FEATURE_DIALECT_NETFLOW
#define ZEEK FEATURE_DIALECT_ZEEK

#define MICROSECOND 1e3 /* in ns */
#define MILLISECOND 1e6
#define SECOND 1e9

/* Columns that mean the same stand behind each other, the newer name last: the tools renamed some. */
static const struct {
	enum feature_dialect dialect;
	int column; /* enum dialect_field */
	const char *name;
	double unit; /* of durations, in ns */
} columns[] = {
	{ CIC, DIALECT_PORT, "Destination Port", 1 },
	{ CIC, DIALECT_PORT, "Dst Port", 1 },
	{ CIC, DIALECT_PROTO, "Protocol", 1 },
	{ CIC, DIALECT_DURATION, "Flow Duration", MICROSECOND },
	{ CIC, DIALECT_PACKETS_OUT, "Total Fwd Packets", 1 },
	{ CIC, DIALECT_PACKETS_OUT, "Tot Fwd Pkts", 1 },
	{ CIC, DIALECT_PACKETS_OUT, "Total Fwd Packet", 1 },
	{ CIC, DIALECT_PACKETS_BACK, "Total Backward Packets", 1 },
	{ CIC, DIALECT_PACKETS_BACK, "Tot Bwd Pkts", 1 },
	{ CIC, DIALECT_PACKETS_BACK, "Total Bwd packets", 1 },
	{ CIC, DIALECT_FIN, "FIN Flag Count", 1 },
	{ CIC, DIALECT_FIN, "FIN Flag Cnt", 1 },
	{ CIC, DIALECT_SYN, "SYN Flag Count", 1 },
	{ CIC, DIALECT_SYN, "SYN Flag Cnt", 1 },
	{ CIC, DIALECT_RST, "RST Flag Count", 1 },
	{ CIC, DIALECT_RST, "RST Flag Cnt", 1 },
	{ CIC, DIALECT_PSH, "PSH Flag Count", 1 },
	{ CIC, DIALECT_PSH, "PSH Flag Cnt", 1 },
	{ CIC, DIALECT_URG, "URG Flag Count", 1 },
	{ CIC, DIALECT_URG, "URG Flag Cnt", 1 },
	{ CIC, DIALECT_SOURCE, "Source IP", 1 },
	{ CIC, DIALECT_SOURCE, "Src IP", 1 },
	{ CIC, DIALECT_LABEL, "Label", 1 },

	{ UNSW, DIALECT_PROTO, "proto", 1 },
	{ UNSW, DIALECT_DURATION, "dur", SECOND },
	{ UNSW, DIALECT_PACKETS_OUT, "spkts", 1 },
	{ UNSW, DIALECT_PACKETS_BACK, "dpkts", 1 },
	{ UNSW, DIALECT_BYTES_OUT, "sbytes", 1 },
	{ UNSW, DIALECT_BYTES_BACK, "dbytes", 1 },
	{ UNSW, DIALECT_LABEL, "label", 1 },
	{ UNSW, DIALECT_ATTACK, "attack_cat", 1 },

	{ NETFLOW, DIALECT_PORT, "L4_DST_PORT", 1 },
	{ NETFLOW, DIALECT_PROTO, "PROTOCOL", 1 },
	{ NETFLOW, DIALECT_DURATION, "FLOW_DURATION_MILLISECONDS", MILLISECOND },
	{ NETFLOW, DIALECT_PACKETS_OUT, "IN_PKTS", 1 },
	{ NETFLOW, DIALECT_PACKETS_BACK, "OUT_PKTS", 1 },
	{ NETFLOW, DIALECT_BYTES_OUT, "IN_BYTES", 1 },
	{ NETFLOW, DIALECT_BYTES_BACK, "OUT_BYTES", 1 },
	{ NETFLOW, DIALECT_FLAGS, "TCP_FLAGS", 1 },
	{ NETFLOW, DIALECT_FLAGS_OUT, "CLIENT_TCP_FLAGS", 1 },
	{ NETFLOW, DIALECT_FLAGS_BACK, "SERVER_TCP_FLAGS", 1 },
	{ NETFLOW, DIALECT_SOURCE, "IPV4_SRC_ADDR", 1 },
	{ NETFLOW, DIALECT_LABEL, "Label", 1 },
	{ NETFLOW, DIALECT_ATTACK, "Attack", 1 },

	{ ZEEK, DIALECT_PORT, "id.resp_p", 1 },
	{ ZEEK, DIALECT_PROTO, "proto", 1 },
	{ ZEEK, DIALECT_DURATION, "duration", SECOND },
	{ ZEEK, DIALECT_PACKETS_OUT, "orig_pkts", 1 },
	{ ZEEK, DIALECT_PACKETS_BACK, "resp_pkts", 1 },
	{ ZEEK, DIALECT_BYTES_OUT, "orig_ip_bytes", 1 },
	{ ZEEK, DIALECT_BYTES_BACK, "resp_ip_bytes", 1 },
	{ ZEEK, DIALECT_SOURCE, "id.orig_h", 1 },
	{ ZEEK, DIALECT_LABEL, "label", 1 },
	{ ZEEK, DIALECT_ATTACK, "detailed-label", 1 },
};

#define COLUMN_ROWS (sizeof(columns) / sizeof(*columns))

#define PORT (1 << DIALECT_PORT)
#define PROTO (1 << DIALECT_PROTO)
#define TIME (1 << DIALECT_DURATION)
#define OUT (1 << DIALECT_PACKETS_OUT)
#define BACK (1 << DIALECT_PACKETS_BACK)
#define OUT_BYTES (1 << DIALECT_BYTES_OUT)
#define BACK_BYTES (1 << DIALECT_BYTES_BACK)
#define EVERY_FLAG (1 << DIALECT_FIN | 1 << DIALECT_SYN | 1 << DIALECT_RST | 1 << DIALECT_PSH | 1 << DIALECT_URG)

/* What each feature is computed from; 0: from what no table tells. */
static const unsigned int needs[FEATURE_COUNT] = {
	[FEATURE_l4_class] = PROTO,
	[FEATURE_fpk] = OUT,
	[FEATURE_ans] = BACK,
	[FEATURE_dport] = PORT | PROTO,
	[FEATURE_l4_proto] = PROTO,
	[FEATURE_bpk] = BACK,
	[FEATURE_fby] = OUT_BYTES,
	[FEATURE_bby] = BACK_BYTES,
	[FEATURE_flen_mean] = OUT_BYTES | OUT,
	[FEATURE_blen_mean] = BACK_BYTES | BACK,
	[FEATURE_fflags] = 1 << DIALECT_FLAGS_OUT,
	[FEATURE_bflags] = 1 << DIALECT_FLAGS_BACK,
	[FEATURE_fin_seen] = 1 << DIALECT_FIN,
	[FEATURE_syn_seen] = 1 << DIALECT_SYN,
	[FEATURE_rst_seen] = 1 << DIALECT_RST,
	[FEATURE_psh_seen] = 1 << DIALECT_PSH,
	[FEATURE_urg_seen] = 1 << DIALECT_URG,
	[FEATURE_dur_ms] = TIME,
	[FEATURE_pps] = TIME | OUT | BACK,
	[FEATURE_byps] = TIME | OUT_BYTES | BACK_BYTES,
	[FEATURE_fpps] = TIME | OUT,
	[FEATURE_bpps] = TIME | BACK,
	[FEATURE_fbyps] = TIME | OUT_BYTES,
	[FEATURE_bbyps] = TIME | BACK_BYTES,
	[FEATURE_iat_us] = TIME | OUT | BACK,
};

/* Flags as bits, of both directions together or of each, tell each flag. */
static unsigned int fields_complete(unsigned int has)
{
	const unsigned int both = 1 << DIALECT_FLAGS_OUT | 1 << DIALECT_FLAGS_BACK;

	return has & 1 << DIALECT_FLAGS || (has & both) == both ? has | EVERY_FLAG : has;
}

static bool feature_is_yielded(enum feature_id id, unsigned int has)
{
	return needs[id] && !(needs[id] & ~has);
}

struct feature_choice dialect_features(enum feature_dialect dialect)
{
	bool yielded[FEATURE_COUNT];
	unsigned int has = 0;

	for (size_t i = 0; i < COLUMN_ROWS; i++)
		if (columns[i].dialect == dialect && columns[i].column < DIALECT_FIELDS)
			has |= 1u << columns[i].column;
	for (int id = 0; id < FEATURE_COUNT; id++)
		yielded[id] = feature_is_yielded(id, fields_complete(has));
	return feature_choice_of(yielded);
}

/* Some tools put a byte-order mark first, others a space behind each comma. */
static const char *name_trim(const char *name)
{
	if (!strncmp(name, "\xef\xbb\xbf", 3))
		name += 3;
	return name + strspn(name, " ");
}

/* Its row of `columns`, COLUMN_ROWS for one that tells us nothing. */
static size_t column_find(enum feature_dialect dialect, const char *name)
{
	size_t i = 0;

	while (i < COLUMN_ROWS && (columns[i].dialect != dialect || strcmp(columns[i].name, name)))
		i++;
	return i;
}

/* Where the index of this column belongs, NULL for one that tells us nothing. */
static int *header_place(struct dialect_header *h, const char *name, unsigned int *has)
{
	size_t i = column_find(h->dialect, name);

	if (i == COLUMN_ROWS)
		return NULL;
	if (columns[i].column == DIALECT_DURATION)
		h->duration_unit = columns[i].unit;
	if (columns[i].column < DIALECT_FIELDS)
		*has |= 1u << columns[i].column;
	return &h->column[columns[i].column];
}

/* What people would look for: the first name of a column that the file lacks. */
static const char *column_missing(enum feature_dialect dialect, unsigned int lacks)
{
	for (size_t i = 0; i < COLUMN_ROWS; i++)
		if (columns[i].dialect == dialect && columns[i].column < DIALECT_FIELDS && lacks >> columns[i].column & 1)
			return columns[i].name;
	return NULL;
}

static int feature_refuse(enum feature_dialect dialect, const struct csv_reader *r, enum feature_id id,
			  unsigned int lacks, char *why, size_t why_size)
{
	const char *missing = column_missing(dialect, lacks);

	if (missing)
		snprintf(why, why_size, "%s:%u: no column '%s', which feature %s is computed from; --features names others",
			 r->path, r->line, missing, feature_name(id));
	else
		snprintf(why, why_size, "%s:%u: a table of %s does not tell feature %s; --features names others", r->path,
			 r->line, dialect_names[dialect], feature_name(id));
	return -EINVAL;
}

int dialect_header_read(struct dialect_header *out, enum feature_dialect dialect, const struct csv_reader *r,
			const bool wanted[FEATURE_COUNT], bool labelled, char *why, size_t why_size)
{
	struct dialect_header h = { .dialect = dialect, .fields = r->count };
	unsigned int has = 0;

	memset(h.column, -1, sizeof(h.column));
	for (int i = 0; i < r->count; i++) {
		int *place = header_place(&h, name_trim(r->field[i]), &has);

		if (!place)
			continue;
		if (*place >= 0) {
			snprintf(why, why_size, "%s:%u: column '%.60s' says what '%.60s' said; take one of them out", r->path,
				 r->line, name_trim(r->field[i]), name_trim(r->field[*place]));
			return -EINVAL;
		}
		*place = i;
	}
	has = fields_complete(has);
	for (int id = 0; id < FEATURE_COUNT; id++)
		if (wanted[id] && !feature_is_yielded(id, has))
			return feature_refuse(dialect, r, id, needs[id] & ~has, why, why_size);
	if (labelled && h.column[DIALECT_LABEL] < 0) {
		snprintf(why, why_size, "%s:%u: no column with the label that a table of %s has", r->path, r->line,
			 dialect_names[dialect]);
		return -EINVAL;
	}
	*out = h;
	return 0;
}

bool dialect_header_is_again(const struct dialect_header *h, const struct csv_reader *r)
{
	for (int c = 0; c < DIALECT_COLUMNS; c++) {
		size_t i = h->column[c] < 0 ? COLUMN_ROWS : column_find(h->dialect, name_trim(r->field[h->column[c]]));

		if (h->column[c] >= 0 && (i == COLUMN_ROWS || columns[i].column != c))
			return false;
	}
	return true;
}
