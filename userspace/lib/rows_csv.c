// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "flow_text.h"
#include "names.h"
#include "rows_csv.h"
#include "rows_header.h"

/* What the agent leaves to others: who labels rows adds these columns. */
static bool column_is_label(enum rows_column column)
{
	return column == ROWS_label || column == ROWS_attack || column == ROWS_capture;
}

/* The i-th feature that is written. */
static enum feature_id feature_at(const struct feature_choice *features, int i)
{
	return features ? features->id[i] : (enum feature_id)i;
}

static int feature_columns(const struct feature_choice *features)
{
	return features ? features->count : FEATURES_FIRST_COUNT;
}

static void header_write(FILE *out, const struct feature_choice *features, bool labelled)
{
	for (int c = 0; c < ROWS_COLUMN_COUNT; c++) {
		if (column_is_label(c) && !labelled)
			continue;
		if (c == ROWS_score)
			for (int i = 0; i < feature_columns(features); i++)
				fprintf(out, ",%s", feature_name(feature_at(features, i)));
		fprintf(out, "%s%s", c ? "," : "", rows_column_name(c));
	}
	fputc('\n', out);
}

void rows_csv_write_header(FILE *out, const struct feature_choice *features)
{
	header_write(out, features, false);
}

void rows_csv_write_header_labelled(FILE *out, const struct feature_choice *features)
{
	header_write(out, features, true);
}

/* Without a label: numbers of 20 digits and separators, two addresses, names; and what spills. */
_Static_assert(ROWS_LINE_MAX >= FEATURE_COUNT * 12 + 2 * IP_TEXT_SIZE + 10 * 21 + 64 + 8 + sizeof(struct row_tail), "raise it");

/* The numbers up to 1,000, which most in a row are: written whole, with the comma before, without a branch for their digits. */
struct number_text {
	char comma;
	char digits[6];
	char length; /* of the digits */
};

#define NUMBER(n)                                                                                                      \
	{                                                                                                              \
		',',                                                                                                   \
			{ '0' + ((n) >= 100 ? (n) / 100 : (n) >= 10 ? (n) / 10 : (n)),                                 \
			  '0' + ((n) >= 100 ? (n) / 10 % 10 : (n) % 10), '0' + (n) % 10 },                             \
			1 + ((n) >= 10) + ((n) >= 100)                                                                 \
	}
#define THREE_DIGITS(n) { '0' + (n) / 100, '0' + (n) / 10 % 10, '0' + (n) % 10 }
#define TEN(N, n) N(n), N(n + 1), N(n + 2), N(n + 3), N(n + 4), N(n + 5), N(n + 6), N(n + 7), N(n + 8), N(n + 9)
#define HUNDRED(N, n)                                                                                                  \
	TEN(N, n), TEN(N, n + 10), TEN(N, n + 20), TEN(N, n + 30), TEN(N, n + 40), TEN(N, n + 50), TEN(N, n + 60),     \
		TEN(N, n + 70), TEN(N, n + 80), TEN(N, n + 90)
#define THOUSAND(N)                                                                                                    \
	HUNDRED(N, 0), HUNDRED(N, 100), HUNDRED(N, 200), HUNDRED(N, 300), HUNDRED(N, 400), HUNDRED(N, 500),            \
		HUNDRED(N, 600), HUNDRED(N, 700), HUNDRED(N, 800), HUNDRED(N, 900)

static const struct number_text number_texts[] = { THOUSAND(NUMBER), { ',', "1000", 4 } };
static const char three_digits[][4] = { THOUSAND(THREE_DIGITS) };

/*
 * These write behind `at` and return where the next character goes: printf is too slow for a million rows. The small ones
 * spill: what follows is to be written after them, and room for it to be there.
 */
static inline char *number_write_small(char *at, unsigned int v)
{
	memcpy(at, number_texts[v].digits, 4);
	return at + number_texts[v].length;
}

/* With leading zeros. */
static inline char *three_digits_write(char *at, uint32_t v)
{
	memcpy(at, three_digits[v], sizeof(three_digits[v]));
	return at + 3;
}

static inline char *six_digits_write(char *at, uint32_t v)
{
	return three_digits_write(three_digits_write(at, v / 1000), v % 1000);
}

/* Of at most nine digits. */
static inline char *number_write_short(char *at, uint32_t v)
{
	if (v < 1000)
		return number_write_small(at, v);
	if (v < 1000000)
		return three_digits_write(number_write_small(at, v / 1000), v % 1000);
	return six_digits_write(number_write_small(at, v / 1000000), v % 1000000);
}

static char *number_write_large(char *at, uint64_t v)
{
	uint32_t below = v % 1000000000;

	if (v < 1000000000)
		return number_write_short(at, v);
	v /= 1000000000;
	at = v < 1000000000 ? number_write_short(at, v) : number_write_large(at, v);
	return six_digits_write(three_digits_write(at, below / 1000000), below % 1000000);
}

static inline char *number_write(char *at, uint64_t v)
{
	return v <= 1000 ? number_write_small(at, v) : number_write_large(at, v);
}

/* A number behind its comma. */
static inline char *column_write(char *at, uint64_t v)
{
	struct number_text text;

	if (v > 1000) {
		*at = ',';
		return number_write_large(at + 1, v);
	}
	memcpy(&text, &number_texts[v], sizeof(text));
	memcpy(at, &text, sizeof(text)); /* in one store */
	return at + 1 + text.length;
}

/* For a few characters: less than two calls for their number and for the copy. */
static inline char *text_write(char *at, const char *text)
{
	while (*text)
		*at++ = *text++;
	return at;
}

static char *address_write(char *at, const __be32 *addr)
{
	const unsigned char *byte = (const void *)addr;
	struct ip_address address;

	if (!addr[0] && !addr[1] && addr[2] == bpf_htonl(0xffff)) {
		for (int i = 12; i < 16; i++) {
			at = number_write(at, byte[i]);
			*at++ = '.';
		}
		return at - 1;
	}
	memcpy(address.byte, addr, sizeof(address.byte));
	return at + strlen(ip_address_print(&address, at));
}

static char *names_write(char *at, const struct row *row)
{
	const struct flow_key *key = &row->record->key;
	unsigned int initiator = row->record->flow.initiator & 1, source = flow_source_port(key, initiator);

	at = number_write(at, flow_id(row->record));
	*at++ = ',';
	at = number_write(at, row->time_ns / SECOND_NS);
	*at++ = '.';
	at = six_digits_write(at, row->time_ns % SECOND_NS / 1000);
	*at++ = ',';
	at = address_write(at, key->addr[initiator]);
	*at++ = ',';
	at = number_write(at, bpf_ntohs(key->port[source]));
	*at++ = ',';
	at = address_write(at, key->addr[!initiator]);
	*at++ = ',';
	at = number_write(at, bpf_ntohs(key->port[!source]));
	*at++ = ',';
	at = number_write(at, key->l4_proto);
	*at++ = ',';
	at = number_write(at, key->vlan[0]);
	if (key->vlan[1]) {
		*at++ = '.';
		at = number_write(at, key->vlan[1]);
	}
	*at++ = ',';
	return number_write(at, row->packets);
}

static char *hex_write(char *at, uint32_t v)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[v >> shift & 15];
	return at;
}

static char *verdict_write(char *at, const struct flow *f, __u32 one_way)
{
	*at++ = ',';
	if (f->model_id) {
		if (f->score_is != SCORE_EXACT)
			at = text_write(at, f->score_is == SCORE_AT_MOST ? "<=" : ">=");
		if (f->score < 0)
			*at++ = '-';
		at = number_write(at, f->score < 0 ? -(int64_t)f->score : f->score);
	}
	*at++ = ',';
	at = text_write(at, verdict_name(f->verdict));
	*at++ = ',';
	at = text_write(at, reason_name(f->reason));
	*at++ = ',';
	if (f->model_id)
		at = hex_write(at, f->model_id);
	*at++ = ',';
	return text_write(at, answers_name(one_way));
}

/* A field behind its comma, quoted where it must be, as far as there is room for it. */
static char *field_write(char *at, const char *end, const char *text)
{
	bool quoted = text[strcspn(text, ",\"\r\n")];

	*at++ = ',';
	if (quoted)
		*at++ = '"';
	for (; *text && at + 4 < end; text++) {
		if (*text == '"')
			*at++ = '"';
		*at++ = *text == '\r' || *text == '\n' ? '?' : *text; /* a record is one line */
	}
	if (quoted)
		*at++ = '"';
	return at;
}

void rows_csv_tail_fill(struct row_tail *tail, const char *label, const char *attack, const char *capture)
{
	char *at = tail->text, *end = at + sizeof(tail->text);

	at = field_write(at, end - 6, label); /* what is too long leaves room for the commas and quotes behind it */
	at = field_write(at, end - 3, attack);
	at = field_write(at, end, capture);
	tail->length = at - tail->text;
}

static char *features_write(char *at, const __u32 *feature, const struct feature_choice *features)
{
	int count = feature_columns(features);
	bool is_in_one = !features || (count && features->id[count - 1] == (enum feature_id)count - 1);

	if (is_in_one)
		for (int i = 0; i < count; i++)
			at = column_write(at, feature[i]);
	else
		for (int i = 0; i < count; i++)
			at = column_write(at, feature[features->id[i]]);
	return at;
}

char *rows_csv_print(char *at, const struct row *row)
{
	at = names_write(at, row);
	at = features_write(at, row->feature, row->features);
	at = verdict_write(at, &row->record->flow, row->one_way);
	if (row->tail) {
		memcpy(at, row->tail->text, row->tail->length);
		at += row->tail->length;
	}
	*at++ = '\n';
	return at;
}

void rows_csv_write(FILE *out, const struct row *row)
{
	char line[ROWS_LINE_MAX];

	fwrite_unlocked(line, 1, rows_csv_print(line, row) - line, out);
}

/* The header line as text; the caller frees it. */
static char *header_text(const struct feature_choice *features)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	rows_csv_write_header(out, features);
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
		snprintf(why, why_size, "has other columns than are to be written; name another file or move it away");
	else if (fseek(file, -1, SEEK_END) || (last = fgetc(file)) == EOF)
		err = -EIO, snprintf(why, why_size, "%s", strerror(EIO));
	else if (last != '\n')
		snprintf(why, why_size, "ends in the middle of a row; mend it or move it away");
	else
		err = 1;
	free(line);
	return err;
}

int rows_csv_append(FILE **out, const char *path, const struct feature_choice *features, char *why, size_t why_size)
{
	char *header = header_text(features);
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
