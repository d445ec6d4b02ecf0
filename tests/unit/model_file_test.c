// SPDX-License-Identifier: BSD-2-Clause
/* The model file: what is written is read back to the bit, and every way of being wrong has a sentence of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "feature_names.h"
#include "model_bounds.h"
#include "model_features.h"
#include "model_file.h"

#define CARD "{\"objective\": \"binary:logistic\"}"
#define CARD_PADDED 32 /* its 31 bytes, padded to 8 */
#define DEPTH 3
#define GROUPS 2
#define CELLS (GROUPS * MODEL_LANES << DEPTH)
#define HEADER 128
#define NODE_AT (HEADER + CARD_PADDED + 8 + 8)
#define CLASS_AT (NODE_AT + 12 * CELLS)
#define CLASS_BYTES 32

struct bench {
	char folder[64], path[96];
	struct model *written, *read;
};

static int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	snprintf(b->folder, sizeof(b->folder), "/tmp/model_file_test.XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	snprintf(b->path, sizeof(b->path), "%s/model.hgm", b->folder);
	b->written = calloc(1, sizeof(*b->written));
	b->read = calloc(1, sizeof(*b->read));
	b->written->depth = DEPTH;
	b->written->tree_count = 13;
	b->written->group_count = GROUPS;
	b->written->class_count = 1;
	b->written->scale_shift = 20;
	b->written->policy = (struct policy){ .log_at = -7, .drop_at = 99, .source_flows = 5 };
	b->written->base[0] = -5000000000;
	for (int i = 0; i < CELLS; i++) {
		b->written->node[i] = (struct model_node){ .cut = 1000 * i, .feature = i % FEATURE_COUNT };
		b->written->leaf[i] = i % 2 ? -i : i << 20;
	}
	model_bounds_fill(b->written); /* a reader does so, too */
	assert_int_equal(0, model_file_write(b->path, b->written, CARD));
	*state = b;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *b = *state;

	unlink(b->path);
	assert_int_equal(0, rmdir(b->folder)); /* no temporary file was left behind */
	free(b->written);
	free(b->read);
	free(b);
	return 0;
}

/* Sets 4 bytes of the file to v and, when `seal`, makes the checksum right again. */
static void file_patch(const struct bench *b, long at, uint32_t v, int seal)
{
	static unsigned char data[1 << 16];
	uint32_t crc, zero = 0;
	FILE *f = fopen(b->path, "r+");
	size_t n;

	assert_int_equal(0, fseek(f, at, SEEK_SET));
	assert_int_equal(4, fwrite(&v, 1, 4, f));
	if (seal) {
		fseek(f, 56, SEEK_SET);
		fwrite(&zero, 1, 4, f);
		fseek(f, 0, SEEK_SET);
		n = fread(data, 1, sizeof(data), f);
		crc = crc32(0, data, n);
		fseek(f, 56, SEEK_SET);
		fwrite(&crc, 1, 4, f);
	}
	fclose(f);
}

static uint64_t schema_read(const struct bench *b)
{
	FILE *f = fopen(b->path, "r");
	uint64_t schema;

	assert_int_equal(0, fseek(f, 16, SEEK_SET));
	assert_int_equal(1, fread(&schema, sizeof(schema), 1, f));
	fclose(f);
	return schema;
}

static void assert_refused(const struct bench *b, const char *words)
{
	char why[MODEL_FILE_WHY] = "", *card = NULL;

	memset(b->read, 0x5a, sizeof(*b->read));
	memset(b->written, 0x5a, sizeof(*b->written));
	assert_true(model_file_read(b->path, b->read, &card, why, sizeof(why)) < 0);
	if (!strstr(why, words))
		fail_msg("expected '%s' in: %s", words, why);
	assert_null(card);
	assert_memory_equal(b->read, b->written, sizeof(*b->read));
}

static void what_was_written_is_read_back(void **state)
{
	struct bench *b = *state;
	char why[MODEL_FILE_WHY], *card = NULL;

	assert_int_equal(0, model_file_read(b->path, b->read, &card, why, sizeof(why)));
	assert_string_equal(CARD, card);
	assert_memory_equal(b->written, b->read, sizeof(*b->read));
	assert_int_not_equal(0, b->read->id);
	free(card);
}

static void the_id_follows_the_content(void **state)
{
	struct bench *b = *state;
	uint32_t id = b->written->id;

	b->written->leaf[3]++;
	assert_int_equal(0, model_file_write(b->path, b->written, CARD));
	assert_int_not_equal(id, b->written->id);
	b->written->leaf[3]--;
	assert_int_equal(0, model_file_write(b->path, b->written, CARD));
	assert_int_equal(id, b->written->id);
}

static void truncated_file_is_refused_with_both_sizes(void **state)
{
	struct bench *b = *state;
	struct stat st;
	char words[64];

	assert_int_equal(0, stat(b->path, &st));
	snprintf(words, sizeof(words), "truncated: %ld bytes, its header needs %ld", (long)st.st_size - 1,
		 (long)st.st_size);
	assert_int_equal(0, truncate(b->path, st.st_size - 1));
	assert_refused(b, words);
	assert_int_equal(0, truncate(b->path, 63));
	assert_refused(b, "truncated: 63 bytes, the header alone has 64");
	assert_int_equal(0, truncate(b->path, 0));
	assert_refused(b, "not a model file");
}

static void longer_file_is_refused(void **state)
{
	struct bench *b = *state;
	struct stat st;

	assert_int_equal(0, stat(b->path, &st));
	assert_int_equal(0, truncate(b->path, st.st_size + 1));
	assert_refused(b, "something behind its end");
	assert_int_equal(0, truncate(b->path, 64 << 20));
	assert_refused(b, "longer than the largest possible");
}

static void other_files_are_refused(void **state)
{
	struct bench *b = *state;

	file_patch(b, 0, 0x21, 0);
	assert_refused(b, "not a model file");
	unlink(b->path);
	assert_refused(b, strerror(ENOENT));
	snprintf(b->path, sizeof(b->path), "%s", b->folder);
	assert_refused(b, strerror(EISDIR));
}

static void model_of_xgboost_is_told_from_other_files(void **state)
{
	static const char *const begin[] = { "{\"learner\":", "\n { }", "{L" };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(begin) / sizeof(*begin); i++) {
		FILE *out = fopen(b->path, "w");

		fputs(begin[i], out);
		fclose(out);
		assert_refused(b, "compile it with hedgerow-export");
	}
	assert_int_equal(0, truncate(b->path, 64 << 20)); /* large ones are longer than a model file can be */
	assert_refused(b, "compile it with hedgerow-export");
}

static void newer_format_is_refused(void **state)
{
	file_patch(*state, 8, MODEL_FILE_FORMAT + 1, 1);
	assert_refused(*state, "written in format 4, this build reads formats 1 to 3; export it again");
	file_patch(*state, 8, 0, 1);
	assert_refused(*state, "written in format 0");
}

static void other_schema_is_refused_with_both_hashes(void **state)
{
	char words[128];
	uint64_t schema = feature_schema();

	file_patch(*state, 16, (uint32_t)schema + 1, 1);
	snprintf(words, sizeof(words), "made for features %08x%08x, this build has %016llx; export it again",
		 (uint32_t)(schema >> 32), (uint32_t)schema + 1, (unsigned long long)schema);
	assert_refused(*state, words);
}

/* A model of the first list's features is bound to that list, so that builds before and behind this one take it. */
static void a_model_is_bound_to_the_list_up_to_its_last_feature(void **state)
{
	struct bench *b = *state;
	struct model_test test = { .x.value = { [FEATURE_fpk] = 5 } };
	struct model_extras extras = { .card = CARD, .test = &test, .test_count = 1 }, read = { 0 };
	struct model_sums sums;
	char why[MODEL_FILE_WHY];
	struct stat first, later;

	for (int i = 0; i < CELLS; i++)
		b->written->node[i].feature = i % FEATURES_FIRST_COUNT;
	test.score = model_ask(b->written, &test.x, &sums);
	model_spares_fill(b->written);
	assert_int_equal(b->written->spares, FEATURE_GROUP_VOLUME | FEATURE_GROUP_PACE);
	assert_int_equal(0, model_file_write_extras(b->path, b->written, &extras));
	assert_int_equal(0, model_file_read_extras(b->path, b->read, &read, why, sizeof(why)));
	assert_memory_equal(b->written, b->read, sizeof(*b->read));
	assert_memory_equal(&test, read.test, sizeof(test));
	assert_int_equal(schema_read(b), 0x7e7d062780c33832ull);
	assert_int_equal(0, stat(b->path, &first));
	b->written->node[17].feature = FEATURE_bpk;
	assert_int_equal(0, model_file_write_extras(b->path, b->written, &extras));
	assert_int_equal(schema_read(b), feature_schema_of(FEATURE_bpk + 1));
	assert_int_equal(0, stat(b->path, &later));
	assert_int_equal(later.st_size - first.st_size, 16); /* 41 values of the test instead of 38, padded to 8 bytes */
	file_patch(b, NODE_AT + 8 * 17 + 4, FEATURE_bpk + 1, 1);
	assert_refused(b, "damaged: it asks for feature 41 of the 41 that it is bound to");
	model_extras_free(&read);
}

static void a_feature_of_another_build_is_named(void **state)
{
	struct bench *b = *state;

	assert_int_equal(0, model_file_write(b->path, b->written, "{\"model\": {\"features_used\": [\"fpk\", \"moon_phase\"]}}"));
	file_patch(b, 16, 12345, 1);
	assert_refused(b, "asks for feature 'moon_phase', which this build does not have");
}

static void flipped_bits_are_refused(void **state)
{
	file_patch(*state, NODE_AT + 16, 0, 0);
	assert_refused(*state, "damaged: checksum");
}

/* A checksum can be right on a file that somebody made to hurt. */
static void indices_out_of_range_are_refused(void **state)
{
	static const struct {
		long at;
		uint32_t value;
		const char *words;
	} bad[] = {
		{ 12, 64, "header bytes 64" },
		{ 24, 0xffffffff, "card bytes 4294967295" },
		{ 28, 0, "depth 0" },
		{ 28, 9, "depth 9" },
		{ 32, 513, "trees 513" },
		{ 32, 17, "17 trees in 2 groups" },
		{ 36, 65, "groups of trees 65" },
		{ 40, 0, "classes 0" },
		{ 40, 17, "classes 17" },
		{ 44, 63, "scale shift 63" },
		{ 48, 100, "the threshold to log, 100, is above" },
		{ HEADER + CARD_PADDED + 8, 0x0100, "group 1 adds to class 1 of 1" },
		{ NODE_AT + 8 * (3 * MODEL_LANES + 1) + 4, FEATURE_COUNT, "tree 1 node 3 asks for feature" },
		{ NODE_AT + 8 * (3 * MODEL_LANES + 1), FEATURE_MAX + 2, "tree 1 node 3 cuts at 16777217" },
		{ NODE_AT + 8 * (3 * MODEL_LANES + 1), MODEL_CUT_NEVER - 1, "tree 1 node 3 cuts at 4294967294" },
		{ HEADER, 0, "zero byte within the card" },
		{ 64, MODEL_FOREST, "kind of model 2" },
		{ 80, 1, "nodes of trees 1" },
		{ 68, 63, "extra shift 63" },
		{ 68, 1, "trees and weights in one model" },
		{ 72, MODEL_TESTS_MAX + 1, "self-test vectors 1025" },
		{ 124, 1, "byte 124 of its header is in use: a later version wrote it" },
		{ CLASS_AT, CLASS_ROLE_COUNT, "class 0 has role 3" },
		{ CLASS_AT, CLASS_SUSPECT, "its one class has role 1" },
		{ CLASS_AT, CLASS_ATTACK, "its one class has role 2" },
		{ CLASS_AT + 8, '*' | '/' << 8, "the name of class 0 holds byte 42" },
		{ CLASS_AT + 8, 'a' | ' ' << 8, "the name of class 0 holds byte 32" },
		{ CLASS_AT + 8, 'a' | '"' << 8, "the name of class 0 holds byte 34" },
		{ CLASS_AT + 8, 'a' | 127 << 8, "the name of class 0 holds byte 127" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		void *fresh;

		bench_open(&fresh);
		file_patch(fresh, bad[i].at, bad[i].value, 1);
		assert_refused(fresh, bad[i].words);
		bench_close(&fresh);
	}
	(void)state;
}

/* What format 1 did not have, cut out. */
static void files_of_format_1_are_read(void **state)
{
	static unsigned char data[1 << 16];
	struct bench *b = *state;
	char why[MODEL_FILE_WHY];
	FILE *f = fopen(b->path, "r");
	size_t n = fread(data, 1, sizeof(data), f) - CLASS_BYTES;

	fclose(f);
	memmove(data + 64, data + HEADER, n - HEADER);
	f = fopen(b->path, "w");
	assert_int_equal(n - 64, fwrite(data, 1, n - 64, f));
	fclose(f);
	file_patch(b, 12, 64, 0);
	file_patch(b, 8, 1, 1);
	if (model_file_read(b->path, b->read, NULL, why, sizeof(why)))
		fail_msg("%s", why);
	b->written->id = b->read->id;
	assert_memory_equal(b->written, b->read, sizeof(*b->read));
	assert_int_equal(0, truncate(b->path, n - 65));
	assert_refused(b, "truncated");
}

static void classes_make(struct model *m)
{
	static const char *const name[] = { "benign", "scan", "odd" };

	m->class_count = 3;
	m->group_class[1] = 2;
	for (int c = 0; c < 3; c++) {
		m->base[c] = -c;
		m->class_role[c] = c;
		snprintf(m->class_name[c], MODEL_CLASS_NAME, "%s", name[c]);
	}
}

static void classes_weights_and_tests_are_read_back(void **state)
{
	struct bench *b = *state;
	struct model_test test = { .x.value[3] = 70000, .class = 1 };
	struct model_extras extras = { .card = CARD, .test = &test, .test_count = 1 }, read = { 0 };
	struct model_sums sums;
	char why[MODEL_FILE_WHY];

	memset(b->written->rest_low, 0, sizeof(b->written->rest_low));
	memset(b->written->rest_high, 0, sizeof(b->written->rest_high));
	b->written->bounded = 0; /* for one class of trees only */
	classes_make(b->written);
	b->written->kind = MODEL_LINEAR;
	b->written->extra_shift = 12;
	b->written->group_count = b->written->tree_count = 0;
	b->written->group_class[1] = 0;
	memset(b->written->node, 0, sizeof(b->written->node));
	memset(b->written->leaf, 0, sizeof(b->written->leaf));
	for (int i = 0; i < 3 * FEATURE_COUNT; i++)
		b->written->weight[i / FEATURE_COUNT * FEATURE_SLOTS + i % FEATURE_COUNT] = (i % 2 ? 1ll << 40 : -(1ll << 40)) + i;
	test.score = model_lead(b->written, &test.x, &sums);
	test.class = sums.class;
	assert_int_equal(0, model_file_write_extras(b->path, b->written, &extras));
	if (model_file_read_extras(b->path, b->read, &read, why, sizeof(why)))
		fail_msg("%s", why);
	assert_memory_equal(b->written, b->read, sizeof(*b->read));
	assert_int_equal(1, read.test_count);
	assert_memory_equal(&test, read.test, sizeof(test));
	assert_string_equal(CARD, read.card);
	model_extras_free(&read);
}

/* Behind everything else, so that a file without them is what it was before there were any. */
static void covers_are_read_back_and_must_be_numbers(void **state)
{
	struct bench *b = *state;
	float cover[CELLS];
	struct model_extras extras = { .card = CARD, .leaf_cover = cover }, read = { 0 };
	char why[MODEL_FILE_WHY];
	struct stat before, after;

	for (int i = 0; i < CELLS; i++)
		cover[i] = i % 5 ? i / 3.0f : 0;
	assert_int_equal(0, stat(b->path, &before));
	assert_int_equal(0, model_file_write_extras(b->path, b->written, &extras));
	assert_int_equal(0, stat(b->path, &after));
	assert_int_equal(4 * CELLS, after.st_size - before.st_size);
	if (model_file_read_extras(b->path, b->read, &read, why, sizeof(why)))
		fail_msg("%s", why);
	assert_memory_equal(cover, read.leaf_cover, sizeof(cover));
	assert_memory_equal(b->written, b->read, sizeof(*b->read));
	model_extras_free(&read);
	file_patch(b, before.st_size + 4, 0xbf800000, 1); /* -1 */
	assert_refused(b, "the cover of a leaf (number 1) is -1");
	file_patch(b, before.st_size + 4, 0x7fc00000, 1);
	assert_refused(b, "the cover of a leaf (number 1) is nan");
	file_patch(b, 76, 2, 1);
	assert_refused(b, "covers 2, possible are 0 to 1");
}

static void classes_without_two_sides_are_refused(void **state)
{
	struct bench *b = *state;

	classes_make(b->written);
	assert_int_equal(0, model_file_write(b->path, b->written, CARD));
	b->written->class_role[0] = CLASS_ATTACK;
	assert_int_equal(-EINVAL, model_file_write(b->path, b->written, CARD));
	memset(b->written->class_role, 0, sizeof(b->written->class_role));
	assert_int_equal(-EINVAL, model_file_write(b->path, b->written, CARD));
	b->written->class_role[1] = CLASS_ATTACK;
	b->written->class_name[2][0] = 0;
	assert_int_equal(-EINVAL, model_file_write(b->path, b->written, CARD));
}

/* A walk that does not find what the exporter's found must not come into force. */
static void a_failing_self_test_is_refused(void **state)
{
	struct bench *b = *state;
	struct model_test test = { 0 };
	struct model_extras extras = { .card = CARD, .test = &test, .test_count = 1 };
	struct model_sums sums;

	test.score = model_ask(b->written, &test.x, &sums);
	assert_int_equal(0, model_file_write_extras(b->path, b->written, &extras));
	file_patch(b, CLASS_AT + CLASS_BYTES + (FEATURE_COUNT + FEATURE_COUNT % 2) * 4, 12345, 1);
	assert_refused(b, "self-test vector 0 scores");
}

static void failed_write_leaves_the_old_file(void **state)
{
	struct bench *b = *state;
	char why[MODEL_FILE_WHY], inner[128];

	b->written->node[5].feature = FEATURE_COUNT;
	assert_int_equal(-EINVAL, model_file_write(b->path, b->written, CARD));
	assert_int_equal(0, model_file_read(b->path, b->read, NULL, why, sizeof(why)));
	b->written->node[5].feature = 0;
	assert_int_equal(-ENOENT, model_file_write("/tmp/no such folder/model.hgm", b->written, CARD));
	snprintf(inner, sizeof(inner), "%s/folder", b->folder);
	assert_int_equal(0, mkdir(inner, 0700));
	assert_int_equal(-EISDIR, model_file_write(inner, b->written, CARD));
	assert_int_equal(0, rmdir(inner));
}

static void every_user_may_read_the_file(void **state)
{
	struct bench *b = *state;
	mode_t before = umask(022);
	struct stat st;

	assert_int_equal(0, model_file_write(b->path, b->written, CARD));
	umask(before);
	assert_int_equal(0, stat(b->path, &st));
	assert_int_equal(0644, st.st_mode & 0777);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read_back),
		TEST(the_id_follows_the_content),
		TEST(truncated_file_is_refused_with_both_sizes),
		TEST(longer_file_is_refused),
		TEST(other_files_are_refused),
		TEST(model_of_xgboost_is_told_from_other_files),
		TEST(newer_format_is_refused),
		TEST(other_schema_is_refused_with_both_hashes),
		TEST(a_model_is_bound_to_the_list_up_to_its_last_feature),
		TEST(a_feature_of_another_build_is_named),
		TEST(flipped_bits_are_refused),
		TEST(indices_out_of_range_are_refused),
		TEST(files_of_format_1_are_read),
		TEST(classes_weights_and_tests_are_read_back),
		TEST(covers_are_read_back_and_must_be_numbers),
		TEST(classes_without_two_sides_are_refused),
		TEST(a_failing_self_test_is_refused),
		TEST(failed_write_leaves_the_old_file),
		TEST(every_user_may_read_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
