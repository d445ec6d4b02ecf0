// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "feature_names.h"
#include "forest_file.h"
#include "model_features.h"
#include "model_format.h"

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
	HEADER_BYTES_1 = 64, /* of format 1 */
	AT_KIND = 64,
	AT_EXTRA_SHIFT = 68,
	AT_TESTS = 72,
	AT_COVERS = 76,
	AT_NODES = 80,
	AT_RESERVED = 84,
	HEADER_BYTES = 128,
};

#define MAGIC "HEDGEROW"
#define SHIFT_MAX 62u
#define CLASS_BYTES (8 + MODEL_CLASS_NAME)
#define TREE_BYTES 8
#define NODE_BYTES 20

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

static size_t test_bytes(__u32 features)
{
	return pad8(4 * features) + 16;
}

/* What the sizes of the parts follow from; format 1 has the first five of them only. */
struct extent {
	__u32 format, card_bytes, depth, groups, classes, kind, tests, covers, features;
	__u32 trees, nodes; /* of a forest */
};

static struct model_layout layout_of(const struct extent *e)
{
	struct model_layout l = { .card_bytes = e->card_bytes, .tests = e->tests, .format = e->format,
				  .features = e->features };

	l.cells = e->groups * MODEL_LANES << e->depth;
	l.weights = e->kind == MODEL_LINEAR ? e->classes * e->features : 0;
	l.card = e->format == 1 ? HEADER_BYTES_1 : HEADER_BYTES;
	l.base = l.card + pad8(e->card_bytes);
	l.group_class = l.base + 8 * (size_t)e->classes;
	l.node = l.group_class + pad8(e->groups);
	l.leaf = l.node + 8 * (size_t)l.cells;
	l.class = l.leaf + 4 * (size_t)l.cells;
	l.weight = l.class + (e->format == 1 ? 0 : CLASS_BYTES * (size_t)e->classes);
	l.test = l.weight + 8 * (size_t)l.weights;
	l.covers = e->covers ? l.cells : 0;
	l.cover = l.test + test_bytes(e->features) * l.tests;
	l.trees = e->kind == MODEL_FOREST ? e->trees : 0;
	l.nodes = e->kind == MODEL_FOREST ? e->nodes : 0;
	l.tree = l.cover + pad8(4 * (size_t)l.covers);
	l.forest_node = l.tree + TREE_BYTES * (size_t)l.trees;
	l.end = l.trees ? l.forest_node + pad8(NODE_BYTES * (size_t)l.nodes) : l.cover + 4 * (size_t)l.covers;
	return l;
}

struct model_layout model_layout_of(const struct model *m, const struct model_extras *extras)
{
	const struct forest *f = model_forest(m);
	struct extent e = { f ? MODEL_FILE_FORMAT : 2, extras->card ? strlen(extras->card) : 0, f ? 0 : m->depth,
			    m->group_count, m->class_count, m->kind, extras->test_count, extras->leaf_cover != NULL,
			    model_features_bound(m), f ? f->tree_count : 0, f ? f->node_count : 0 };

	return layout_of(&e);
}

size_t model_bytes_max(void)
{
	struct extent tables = { 2, MODEL_FILE_CARD_MAX, MODEL_DEPTH_MAX, MODEL_GROUPS_MAX, MODEL_CLASSES_MAX,
				 MODEL_LINEAR, MODEL_TESTS_MAX, 1, FEATURE_COUNT, 0, 0 };
	struct extent forest = { MODEL_FILE_FORMAT, MODEL_FILE_CARD_MAX, 0, 0, MODEL_CLASSES_MAX, MODEL_FOREST,
				 MODEL_TESTS_MAX, 0, FEATURE_COUNT, FOREST_TREES_MAX, FOREST_NODES_MAX };
	size_t larger = layout_of(&forest).end;

	return layout_of(&tables).end > larger ? layout_of(&tables).end : larger;
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
__u32 model_id_of(const struct bytes *file)
{
	__u32 crc = u32_get(file->data + AT_CHECKSUM);

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

/* A field of the header, and what it may be. */
struct field {
	const char *name;
	__u32 at, low, high;
};

static int fields_check(const unsigned char *p, const struct field *field, size_t count, char *why, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		__u32 v = u32_get(p + field[i].at);

		if (v < field[i].low || v > field[i].high)
			return refuse(why, size, "damaged: %s %u, possible are %u to %u", field[i].name, v,
				      field[i].low, field[i].high);
	}
	return 0;
}

/* What format 2 has more. A file that asks for what is not there yet comes from a later version. */
static int header_check_2(const unsigned char *p, bool is_forest, char *why, size_t size)
{
	const struct field field[] = {
		{ "kind of model", AT_KIND, is_forest ? MODEL_FOREST : 0, is_forest ? MODEL_FOREST : MODEL_FOREST - 1 },
		{ "nodes of trees", AT_NODES, is_forest, is_forest ? FOREST_NODES_MAX : 0 },
		{ "extra shift", AT_EXTRA_SHIFT, 0, SHIFT_MAX },
		{ "self-test vectors", AT_TESTS, 0, MODEL_TESTS_MAX },
		{ "covers", AT_COVERS, 0, !is_forest },
	};

	for (int at = AT_RESERVED; at < HEADER_BYTES; at++)
		if (p[at])
			return refuse(why, size, "byte %d of its header is in use: a later version wrote it; export it with this "
				      "one",
				      at);
	return fields_check(p, field, sizeof(field) / sizeof(*field), why, size);
}

/* Made for features that are not ours: named, where its card tells of one that this build has not. */
static int schema_refuse(const struct bytes *file, size_t card, char *why, size_t size)
{
	unsigned long long schema = u64_get(file->data + AT_SCHEMA);
	__u32 length = u32_get(file->data + AT_CARD_BYTES);
	char *name = NULL;

	if (file->size > card && length <= file->size - card)
		name = model_feature_unknown((const char *)file->data + card, length);
	if (name)
		refuse(why, size, "asks for feature '%.60s', which this build does not have; load it with the build that "
		       "exported it, or a later one", name);
	else
		refuse(why, size, "made for features %016llx, this build has %016llx; export it again", schema,
		       (unsigned long long)feature_schema());
	free(name);
	return -EINVAL;
}

bool model_is_xgboost(const struct bytes *file)
{
	size_t at = 0;

	while (at < file->size && strchr(" \t\r\n", file->data[at]) && file->data[at])
		at++;
	return at < file->size && file->data[at] == '{';
}

static int header_check(const struct bytes *file, __u32 *format, char *why, size_t size)
{
	const unsigned char *p = file->data;
	__u32 header_bytes;
	bool is_forest;
	int err;

	if (model_is_xgboost(file))
		return refuse(why, size, "an XGBoost model, by its first byte, not a model file; compile it with hedgerow-export");
	if (file->size < sizeof(MAGIC) - 1 || memcmp(p, MAGIC, sizeof(MAGIC) - 1))
		return refuse(why, size, "not a model file: it does not begin with " MAGIC);
	if (file->size < HEADER_BYTES_1)
		return refuse(why, size, "truncated: %zu bytes, the header alone has %d", file->size, HEADER_BYTES_1);
	*format = u32_get(p + AT_FORMAT);
	if (*format < 1 || *format > MODEL_FILE_FORMAT)
		return refuse(why, size, "written in format %u, this build reads formats 1 to %u; export it again", *format,
			      MODEL_FILE_FORMAT);
	if (feature_schema_find(u64_get(p + AT_SCHEMA)) < 0)
		return schema_refuse(file, *format == 1 ? HEADER_BYTES_1 : HEADER_BYTES, why, size);
	header_bytes = *format == 1 ? HEADER_BYTES_1 : HEADER_BYTES;
	if (file->size < header_bytes)
		return refuse(why, size, "truncated: %zu bytes, the header alone has %u", file->size, header_bytes);
	is_forest = *format == MODEL_FILE_FORMAT;
	err = fields_check(p,
			   (const struct field[]){
				   { "header bytes", AT_HEADER_BYTES, header_bytes, header_bytes },
				   { "card bytes", AT_CARD_BYTES, 0, MODEL_FILE_CARD_MAX },
				   { "depth", AT_DEPTH, 1, is_forest ? FOREST_DEPTH_MAX : MODEL_DEPTH_MAX },
				   { "trees", AT_TREES, is_forest, is_forest ? FOREST_TREES_MAX : MODEL_TREES_MAX },
				   { "groups of trees", AT_GROUPS, 0, is_forest ? 0 : MODEL_GROUPS_MAX },
				   { "classes", AT_CLASSES, 1, *format == 1 ? 1 : MODEL_CLASSES_MAX },
				   { "scale shift", AT_SCALE_SHIFT, 0, SHIFT_MAX },
			   },
			   7, why, size);
	if (!err && *format > 1)
		err = header_check_2(p, is_forest, why, size);
	if (!err && !is_forest && u32_get(p + AT_TREES) > u32_get(p + AT_GROUPS) * MODEL_LANES)
		err = refuse(why, size, "damaged: %u trees in %u groups of %d", u32_get(p + AT_TREES),
			     u32_get(p + AT_GROUPS), MODEL_LANES);
	return err;
}

int model_layout_read(const struct bytes *file, struct model_layout *out, char *why, size_t size)
{
	const unsigned char *p = file->data;
	struct extent e = { 0 };
	struct model_layout l;
	int err = header_check(file, &e.format, why, size);

	if (err)
		return err;
	e.card_bytes = u32_get(p + AT_CARD_BYTES);
	e.depth = e.format == MODEL_FILE_FORMAT ? 0 : u32_get(p + AT_DEPTH); /* of tables */
	e.groups = u32_get(p + AT_GROUPS);
	e.classes = u32_get(p + AT_CLASSES);
	e.features = feature_schema_find(u64_get(p + AT_SCHEMA));
	if (e.format > 1) {
		e.kind = u32_get(p + AT_KIND);
		e.tests = u32_get(p + AT_TESTS);
		e.covers = u32_get(p + AT_COVERS);
		e.trees = u32_get(p + AT_TREES);
		e.nodes = u32_get(p + AT_NODES);
	}
	l = layout_of(&e);
	if (file->size != l.end)
		return refuse(why, size, "%s: %zu bytes, its header needs %zu",
			      file->size < l.end ? "truncated" : "something behind its end", file->size, l.end);
	if (checksum(file) != u32_get(p + AT_CHECKSUM))
		return refuse(why, size, "damaged: checksum %08x, its header says %08x", checksum(file),
			      u32_get(p + AT_CHECKSUM));
	if (memchr(p + l.card, 0, e.card_bytes))
		return refuse(why, size, "damaged: a zero byte within the card");
	*out = l;
	return 0;
}

static int classes_check(const struct model *m, char *why, size_t size)
{
	__u32 honest = 0;

	for (__u32 c = 0; c < m->class_count; c++) {
		const char *name = m->class_name[c];

		if (m->class_role[c] >= CLASS_ROLE_COUNT)
			return refuse(why, size, "damaged: class %u has role %u", c, m->class_role[c]);
		if (!memchr(name, 0, MODEL_CLASS_NAME) || (m->class_count > 1 && !*name))
			return refuse(why, size, "damaged: class %u has no name", c);
		name += strspn(name, MODEL_CLASS_NAME_LETTERS);
		if (*name)
			return refuse(why, size, "damaged: the name of class %u holds byte %u", c, (unsigned char)*name);
		honest += m->class_role[c] == CLASS_HONEST;
	}
	if (m->class_count == 1 && m->class_role[0])
		return refuse(why, size, "damaged: its one class has role %u; where there is one, thresholds alone decide",
			      m->class_role[0]);
	if (m->class_count > 1 && (!honest || honest == m->class_count))
		return refuse(why, size, "damaged: %u of %u classes are honest; a verdict tells these from others", honest,
			      m->class_count);
	return 0;
}

static int nodes_check(const struct model *m, char *why, size_t size)
{
	for (__u32 tree = 0; tree < m->group_count * MODEL_LANES; tree++)
		for (__u32 at = 0; at < 1u << m->depth; at++) {
			const struct model_node *n = &m->node[model_cell(m->depth, tree, at)];

			if (n->feature >= FEATURE_COUNT)
				return refuse(why, size, "damaged: tree %u node %u asks for feature %u of %d", tree, at,
					      n->feature, FEATURE_COUNT);
			if (n->cut > FEATURE_MAX + 1 && n->cut != MODEL_CUT_NEVER)
				return refuse(why, size, "damaged: tree %u node %u cuts at %u, no value is above %u", tree, at,
					      n->cut, FEATURE_MAX);
		}
	return 0;
}

/* The walk has to find what it found when the model was exported. */
static int tests_check(const struct model *m, const struct model_test *tests, __u32 count, char *why, size_t size)
{
	for (__u32 i = 0; i < count; i++) {
		struct model_sums sums;
		__s64 score = model_ask(m, &tests[i].x, &sums);

		if (score != tests[i].score || sums.class != tests[i].class)
			return refuse(why, size, "self-test vector %u scores %lld of class %u, when exported it was %lld of %u", i,
				      (long long)score, sums.class, (long long)tests[i].score, tests[i].class);
	}
	return 0;
}

static int covers_check(const struct model *m, const float *cover, char *why, size_t size)
{
	for (__u32 i = 0; cover && i < m->group_count * MODEL_LANES << m->depth; i++)
		if (!isfinite(cover[i]) || cover[i] < 0)
			return refuse(why, size, "damaged: the cover of a leaf (number %u) is %g", i, (double)cover[i]);
	return 0;
}

int model_content_check(const struct model *m, const struct model_extras *extras, char *why, size_t size)
{
	int err;

	if (m->policy.log_at > m->policy.drop_at)
		return refuse(why, size, "damaged: the threshold to log, %d, is above the one to drop, %d",
			      m->policy.log_at, m->policy.drop_at);
	for (__u32 g = 0; g < m->group_count; g++)
		if (m->group_class[g] >= m->class_count)
			return refuse(why, size, "damaged: group %u adds to class %u of %u", g, m->group_class[g],
				      m->class_count);
	if (m->kind == MODEL_LINEAR ? m->group_count != 0 : m->extra_shift != 0)
		return refuse(why, size, "damaged: trees and weights in one model");
	if (model_forest(m) && !forest_is_sound(model_forest(m), m->class_count, m->depth, why, size))
		return -EINVAL;
	err = classes_check(m, why, size);
	err = err ? err : nodes_check(m, why, size);
	err = err ? err : covers_check(m, extras->leaf_cover, why, size);
	return err ? err : tests_check(m, extras->test, extras->test_count, why, size);
}

static void classes_decode(const unsigned char *p, struct model *m)
{
	for (__u32 c = 0; c < m->class_count; c++, p += CLASS_BYTES) {
		m->class_role[c] = p[0];
		memcpy(m->class_name[c], p + 8, MODEL_CLASS_NAME);
	}
}

static void tests_decode(const unsigned char *p, const struct model_layout *l, struct model_test *tests)
{
	size_t bytes = test_bytes(l->features);

	for (__u32 i = 0; i < l->tests; i++, p += bytes) {
		for (__u32 f = 0; f < l->features; f++)
			tests[i].x.value[f] = u32_get(p + 4 * f);
		tests[i].score = (__s64)u64_get(p + bytes - 16);
		tests[i].class = u32_get(p + bytes - 8);
	}
}

/* Of the i-th weight in the file. */
static __u32 weight_place(const struct model_layout *l, __u32 i)
{
	return i / l->features * FEATURE_SLOTS + i % l->features;
}

static float f32_from_bits(__u32 bits)
{
	float v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static __u32 f32_bits(float v)
{
	__u32 bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static void forest_decode(const unsigned char *p, const struct model_layout *l, struct forest *f)
{
	for (__u32 t = 0, root = 0; t < l->trees; t++) {
		const unsigned char *tree = p + l->tree + TREE_BYTES * (size_t)t;

		f->root[t] = root;
		f->class[t] = u32_get(tree + 4);
		root = u32_get(tree) > l->nodes - root ? l->nodes : root + u32_get(tree);
	}
	for (__u32 i = 0; i < l->nodes; i++) {
		const unsigned char *node = p + l->forest_node + NODE_BYTES * (size_t)i;

		f->node[i] = (struct forest_node){ .feature = u32_get(node), .cut = u32_get(node + 4),
						   .right = u32_get(node + 8), .leaf = (__s32)u32_get(node + 12),
						   .cover = f32_from_bits(u32_get(node + 16)) };
	}
}

void model_decode(const struct bytes *file, const struct model_layout *l, struct model *m, const struct model_extras *extras)
{
	const unsigned char *p = file->data;

	m->id = model_id_of(file);
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
	if (l->format == 1)
		return;
	m->kind = u32_get(p + AT_KIND);
	m->extra_shift = u32_get(p + AT_EXTRA_SHIFT);
	classes_decode(p + l->class, m);
	for (__u32 i = 0; i < l->weights; i++)
		m->weight[weight_place(l, i)] = (__s64)u64_get(p + l->weight + 8 * i);
	tests_decode(p + l->test, l, extras->test);
	for (__u32 i = 0; i < l->covers; i++)
		extras->leaf_cover[i] = f32_from_bits(u32_get(p + l->cover + 4 * i));
	if (!l->trees)
		return;
	forest_decode(p, l, extras->forest);
	m->forest = (unsigned long)extras->forest;
}

static void tests_encode(const struct model_test *tests, const struct model_layout *l, unsigned char *p)
{
	size_t bytes = test_bytes(l->features);

	for (__u32 i = 0; i < l->tests; i++, p += bytes) {
		for (__u32 f = 0; f < l->features; f++)
			u32_put(p + 4 * f, tests[i].x.value[f]);
		u64_put(p + bytes - 16, tests[i].score);
		u32_put(p + bytes - 8, tests[i].class);
	}
}

static void header_encode(const struct model *m, const struct model_layout *l, unsigned char *p)
{
	memcpy(p + AT_MAGIC, MAGIC, sizeof(MAGIC) - 1);
	u32_put(p + AT_FORMAT, l->format);
	u32_put(p + AT_HEADER_BYTES, HEADER_BYTES);
	u64_put(p + AT_SCHEMA, feature_schema_of(l->features));
	u32_put(p + AT_CARD_BYTES, l->card_bytes);
	u32_put(p + AT_DEPTH, m->depth);
	u32_put(p + AT_TREES, m->tree_count);
	u32_put(p + AT_GROUPS, m->group_count);
	u32_put(p + AT_CLASSES, m->class_count);
	u32_put(p + AT_SCALE_SHIFT, m->scale_shift);
	u32_put(p + AT_LOG, m->policy.log_at);
	u32_put(p + AT_DROP, m->policy.drop_at);
	u32_put(p + AT_SOURCE_FLOWS, m->policy.source_flows);
	u32_put(p + AT_KIND, m->kind);
	u32_put(p + AT_EXTRA_SHIFT, m->extra_shift);
	u32_put(p + AT_TESTS, l->tests);
	u32_put(p + AT_COVERS, l->covers != 0);
	u32_put(p + AT_NODES, l->nodes);
}

static void forest_encode(const struct forest *f, const struct model_layout *l, unsigned char *p)
{
	for (__u32 t = 0; t < l->trees; t++) {
		u32_put(p + l->tree + TREE_BYTES * (size_t)t, forest_tree_end(f, t) - f->root[t]);
		u32_put(p + l->tree + TREE_BYTES * (size_t)t + 4, f->class[t]);
	}
	for (__u32 i = 0; i < l->nodes; i++) {
		unsigned char *node = p + l->forest_node + NODE_BYTES * (size_t)i;

		u32_put(node, f->node[i].feature);
		u32_put(node + 4, f->node[i].cut);
		u32_put(node + 8, f->node[i].right);
		u32_put(node + 12, f->node[i].leaf);
		u32_put(node + 16, f32_bits(f->node[i].cover));
	}
}

void model_encode(const struct model *m, const struct model_extras *extras, const struct model_layout *l,
		  struct bytes *file)
{
	unsigned char *p = file->data;

	header_encode(m, l, p);
	memcpy(p + l->card, extras->card ? extras->card : "", l->card_bytes);
	for (__u32 c = 0; c < m->class_count; c++) {
		u64_put(p + l->base + 8 * c, m->base[c]);
		p[l->class + CLASS_BYTES * c] = m->class_role[c];
		memcpy(p + l->class + CLASS_BYTES * c + 8, m->class_name[c], MODEL_CLASS_NAME);
	}
	memcpy(p + l->group_class, m->group_class, m->group_count);
	for (__u32 i = 0; i < l->cells; i++) {
		u32_put(p + l->node + 8 * i, m->node[i].cut);
		u32_put(p + l->node + 8 * i + 4, m->node[i].feature);
		u32_put(p + l->leaf + 4 * i, m->leaf[i]);
	}
	for (__u32 i = 0; i < l->weights; i++)
		u64_put(p + l->weight + 8 * i, m->weight[weight_place(l, i)]);
	tests_encode(extras->test, l, p + l->test);
	for (__u32 i = 0; i < l->covers; i++)
		u32_put(p + l->cover + 4 * i, f32_bits(extras->leaf_cover[i]));
	if (l->trees)
		forest_encode(model_forest(m), l, p);
	u32_put(p + AT_CHECKSUM, checksum(file));
}
