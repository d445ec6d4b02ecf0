// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "feature_names.h"
#include "file_replace.h"
#include "model_file.h"

/* Where the fields of the header are, in bytes. All numbers are little-endian. */
enum {
	AT_MAGIC = 0,
	AT_FORMAT = 8,
	AT_HEADER_BYTES = 12,
	AT_SCHEMA = 16,
	AT_CARD_BYTES = 24,
	AT_DEPTH = 28,
	AT_TREES = 32,
	AT_GROUPS = 36,
	AT_CLASSES = 40,
	AT_SCALE_SHIFT = 44,
	AT_LOG = 48,
	AT_DROP = 52,
	AT_CHECKSUM = 56,
	AT_SOURCE_FLOWS = 60,
	HEADER_BYTES = 64,
};

#define MAGIC "HEDGEROW"
#define SCALE_SHIFT_MAX 62u
#define FILE_BYTES_MAX                                                                                                 \
	(HEADER_BYTES + MODEL_FILE_CARD_MAX + MODEL_CLASSES_MAX * 8 + MODEL_GROUPS_MAX + MODEL_CELLS * 12 + 16)

/* Offsets of the parts behind the header, each padded with zeros to 8 bytes, and of the end. */
struct layout {
	size_t card, base, group_class, node, leaf, end;
	__u32 cells;
};

struct bytes {
	unsigned char *data;
	size_t size;
};

static __u32 u32_get(const unsigned char *p)
{
	return p[0] | (__u32)p[1] << 8 | (__u32)p[2] << 16 | (__u32)p[3] << 24;
}

static __u64 u64_get(const unsigned char *p)
{
	return u32_get(p) | (__u64)u32_get(p + 4) << 32;
}

static void u32_put(unsigned char *p, __u32 v)
{
	for (int i = 0; i < 4; i++)
		p[i] = v >> 8 * i;
}

static void u64_put(unsigned char *p, __u64 v)
{
	u32_put(p, v);
	u32_put(p + 4, v >> 32);
}

static size_t pad8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static struct layout layout_of(__u32 card_bytes, __u32 depth, __u32 groups, __u32 classes)
{
	struct layout l = { .card = HEADER_BYTES, .cells = groups * MODEL_LANES << depth };

	l.base = l.card + pad8(card_bytes);
	l.group_class = l.base + 8 * (size_t)classes;
	l.node = l.group_class + pad8(groups);
	l.leaf = l.node + 8 * (size_t)l.cells;
	l.end = l.leaf + 4 * (size_t)l.cells;
	return l;
}

/* CRC-32 of everything, the checksum's own field taken as 0. */
static __u32 checksum(const struct bytes *file)
{
	static const unsigned char zero[4];
	uLong crc = crc32(0, file->data, AT_CHECKSUM);

	crc = crc32(crc, zero, sizeof(zero));
	return crc32(crc, file->data + AT_CHECKSUM + 4, file->size - AT_CHECKSUM - 4);
}

/* 0 means "no model" in struct model. */
static __u32 id_from_checksum(__u32 crc)
{
	return crc ? crc : 1;
}

static int __attribute__((format(printf, 3, 4))) refuse(char *why, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, size, format, args);
	va_end(args);
	return -EINVAL;
}

/* Both of XGBoost's formats begin with a brace, JSON perhaps behind white space. */
static bool is_xgboost(const struct bytes *file)
{
	size_t at = 0;

	while (at < file->size && strchr(" \t\r\n", file->data[at]) && file->data[at])
		at++;
	return at < file->size && file->data[at] == '{';
}

static int header_check(const struct bytes *file, char *why, size_t size)
{
	static const struct {
		const char *name;
		__u32 at, low, high;
	} range[] = {
		{ "header bytes", AT_HEADER_BYTES, HEADER_BYTES, HEADER_BYTES },
		{ "card bytes", AT_CARD_BYTES, 0, MODEL_FILE_CARD_MAX },
		{ "depth", AT_DEPTH, 1, MODEL_DEPTH_MAX },
		{ "trees", AT_TREES, 0, MODEL_TREES_MAX },
		{ "groups of trees", AT_GROUPS, 0, MODEL_GROUPS_MAX },
		{ "classes", AT_CLASSES, 1, 1 }, /* more have a place in the file, and no walk yet */
		{ "scale shift", AT_SCALE_SHIFT, 0, SCALE_SHIFT_MAX },
	};
	const unsigned char *p = file->data;

	if (is_xgboost(file))
		return refuse(why, size, "an XGBoost model, by its first byte, not a model file; compile it with hedgerow-export");
	if (file->size < sizeof(MAGIC) - 1 || memcmp(p, MAGIC, sizeof(MAGIC) - 1))
		return refuse(why, size, "not a model file: it does not begin with " MAGIC);
	if (file->size < HEADER_BYTES)
		return refuse(why, size, "truncated: %zu bytes, the header alone has %d", file->size, HEADER_BYTES);
	if (u32_get(p + AT_FORMAT) != MODEL_FILE_FORMAT)
		return refuse(why, size, "written in format %u, this build reads format %u; export it again",
			      u32_get(p + AT_FORMAT), MODEL_FILE_FORMAT);
	if (u64_get(p + AT_SCHEMA) != feature_schema())
		return refuse(why, size, "made for features %016llx, this build has %016llx; export it again",
			      (unsigned long long)u64_get(p + AT_SCHEMA), (unsigned long long)feature_schema());
	for (size_t i = 0; i < sizeof(range) / sizeof(*range); i++) {
		__u32 v = u32_get(p + range[i].at);

		if (v < range[i].low || v > range[i].high)
			return refuse(why, size, "damaged: %s %u, possible are %u to %u", range[i].name, v,
				      range[i].low, range[i].high);
	}
	if (u32_get(p + AT_TREES) > u32_get(p + AT_GROUPS) * MODEL_LANES)
		return refuse(why, size, "damaged: %u trees in %u groups of %d", u32_get(p + AT_TREES),
			      u32_get(p + AT_GROUPS), MODEL_LANES);
	return 0;
}

/* Everything that the walk relies on and a checksum of our own cannot promise. */
static int content_check(const struct model *m, char *why, size_t size)
{
	if (m->policy.log_at > m->policy.drop_at)
		return refuse(why, size, "damaged: the threshold to log, %d, is above the one to drop, %d",
			      m->policy.log_at, m->policy.drop_at);
	for (__u32 g = 0; g < m->group_count; g++)
		if (m->group_class[g] >= m->class_count)
			return refuse(why, size, "damaged: group %u adds to class %u of %u", g, m->group_class[g],
				      m->class_count);
	for (__u32 tree = 0; tree < m->group_count * MODEL_LANES; tree++)
		for (__u32 at = 0; at < 1u << m->depth; at++) {
			__u32 feature = m->node[model_cell(m->depth, tree, at)].feature;

			if (feature >= FEATURE_COUNT)
				return refuse(why, size, "damaged: tree %u node %u asks for feature %u of %d", tree, at,
					      feature, FEATURE_COUNT);
		}
	return 0;
}

static void model_decode(const struct bytes *file, const struct layout *l, struct model *m)
{
	const unsigned char *p = file->data;

	m->id = id_from_checksum(u32_get(p + AT_CHECKSUM));
	m->depth = u32_get(p + AT_DEPTH);
	m->tree_count = u32_get(p + AT_TREES);
	m->group_count = u32_get(p + AT_GROUPS);
	m->class_count = u32_get(p + AT_CLASSES);
	m->scale_shift = u32_get(p + AT_SCALE_SHIFT);
	m->policy.log_at = (__s32)u32_get(p + AT_LOG);
	m->policy.drop_at = (__s32)u32_get(p + AT_DROP);
	m->policy.source_flows = u32_get(p + AT_SOURCE_FLOWS);
	for (__u32 c = 0; c < m->class_count; c++)
		m->base[c] = (__s64)u64_get(p + l->base + 8 * c);
	memcpy(m->group_class, p + l->group_class, m->group_count);
	for (__u32 i = 0; i < l->cells; i++) {
		m->node[i].cut = u32_get(p + l->node + 8 * i);
		m->node[i].feature = u32_get(p + l->node + 8 * i + 4);
		m->leaf[i] = (__s32)u32_get(p + l->leaf + 4 * i);
	}
}

static void model_encode(const struct model *m, const char *card, const struct layout *l, struct bytes *file)
{
	unsigned char *p = file->data;

	memcpy(p + AT_MAGIC, MAGIC, sizeof(MAGIC) - 1);
	u32_put(p + AT_FORMAT, MODEL_FILE_FORMAT);
	u32_put(p + AT_HEADER_BYTES, HEADER_BYTES);
	u64_put(p + AT_SCHEMA, feature_schema());
	u32_put(p + AT_CARD_BYTES, strlen(card));
	u32_put(p + AT_DEPTH, m->depth);
	u32_put(p + AT_TREES, m->tree_count);
	u32_put(p + AT_GROUPS, m->group_count);
	u32_put(p + AT_CLASSES, m->class_count);
	u32_put(p + AT_SCALE_SHIFT, m->scale_shift);
	u32_put(p + AT_LOG, m->policy.log_at);
	u32_put(p + AT_DROP, m->policy.drop_at);
	u32_put(p + AT_SOURCE_FLOWS, m->policy.source_flows);
	memcpy(p + l->card, card, strlen(card));
	for (__u32 c = 0; c < m->class_count; c++)
		u64_put(p + l->base + 8 * c, m->base[c]);
	memcpy(p + l->group_class, m->group_class, m->group_count);
	for (__u32 i = 0; i < l->cells; i++) {
		u32_put(p + l->node + 8 * i, m->node[i].cut);
		u32_put(p + l->node + 8 * i + 4, m->node[i].feature);
		u32_put(p + l->leaf + 4 * i, m->leaf[i]);
	}
	u32_put(p + AT_CHECKSUM, checksum(file));
}

/* The whole file, which may be at most FILE_BYTES_MAX. The caller frees file->data. */
static int bytes_read(const char *path, struct bytes *file, char *why, size_t size)
{
	unsigned char *data = malloc(FILE_BYTES_MAX + 1);
	FILE *in = data ? fopen(path, "rbe") : NULL;
	int err = in ? 0 : -errno;
	size_t n;

	if (err)
		goto out;
	n = fread(data, 1, FILE_BYTES_MAX + 1, in);
	err = ferror(in) ? -errno : 0;
	if (!err && n > FILE_BYTES_MAX && !is_xgboost(&(struct bytes){ data, n })) {
		err = refuse(why, size, "not a model file: longer than the largest possible, %u bytes", FILE_BYTES_MAX);
		goto out_told;
	}
	if (!err) {
		*file = (struct bytes){ .data = data, .size = n };
		data = NULL;
	}
out:
	if (err)
		refuse(why, size, "%s", strerror(-err));
out_told:
	if (in)
		fclose(in);
	free(data);
	return err;
}

static int file_check(const struct bytes *file, struct layout *l, char *why, size_t size)
{
	const unsigned char *p = file->data;
	int err = header_check(file, why, size);

	if (err)
		return err;
	*l = layout_of(u32_get(p + AT_CARD_BYTES), u32_get(p + AT_DEPTH), u32_get(p + AT_GROUPS),
		       u32_get(p + AT_CLASSES));
	if (file->size != l->end)
		return refuse(why, size, "%s: %zu bytes, its header needs %zu",
			      file->size < l->end ? "truncated" : "something behind its end", file->size, l->end);
	if (checksum(file) != u32_get(p + AT_CHECKSUM))
		return refuse(why, size, "damaged: checksum %08x, its header says %08x", checksum(file),
			      u32_get(p + AT_CHECKSUM));
	if (memchr(p + l->card, 0, u32_get(p + AT_CARD_BYTES)))
		return refuse(why, size, "damaged: a zero byte within the card");
	return 0;
}

int model_file_read(const char *path, struct model *out, char **card, char *why, size_t why_size)
{
	struct bytes file = { 0 };
	struct model *m = NULL;
	struct layout l;
	char *text = NULL;
	int err = bytes_read(path, &file, why, why_size);

	if (!err)
		err = file_check(&file, &l, why, why_size);
	if (err)
		goto out;
	m = calloc(1, sizeof(*m));
	text = strndup((const char *)file.data + l.card, u32_get(file.data + AT_CARD_BYTES));
	if (!m || !text) {
		refuse(why, why_size, "%s", strerror(ENOMEM));
		err = -ENOMEM;
		goto out;
	}
	model_decode(&file, &l, m);
	err = content_check(m, why, why_size);
	if (err)
		goto out;
	memcpy(out, m, sizeof(*out));
	if (card) {
		*card = text;
		text = NULL;
	}
out:
	free(text);
	free(m);
	free(file.data);
	return err;
}

int model_file_write(const char *path, struct model *m, const char *card)
{
	char why[MODEL_FILE_WHY];
	struct bytes file = { 0 };
	struct layout l;
	int err;

	if (m->depth < 1 || m->depth > MODEL_DEPTH_MAX || m->group_count > MODEL_GROUPS_MAX || m->class_count < 1 ||
	    m->class_count > MODEL_CLASSES_MAX || strlen(card) > MODEL_FILE_CARD_MAX ||
	    content_check(m, why, sizeof(why)))
		return -EINVAL;
	l = layout_of(strlen(card), m->depth, m->group_count, m->class_count);
	file = (struct bytes){ .data = calloc(1, l.end), .size = l.end };
	if (!file.data)
		return -ENOMEM;
	model_encode(m, card, &l, &file);
	err = file_replace(path, file.data, file.size);
	if (!err)
		m->id = id_from_checksum(u32_get(file.data + AT_CHECKSUM));
	free(file.data);
	return err;
}
