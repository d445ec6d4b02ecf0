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
#include "model_file.h"

#define CARD "{\"objective\": \"binary:logistic\"}"
#define CARD_PADDED 32 /* its 31 bytes, padded to 8 */
#define DEPTH 3
#define GROUPS 2
#define CELLS (GROUPS * MODEL_LANES << DEPTH)
#define NODE_AT (64 + CARD_PADDED + 8 + 8)

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
	assert_int_equal(0, truncate(b->path, 16 << 20));
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
	assert_int_equal(0, truncate(b->path, 16 << 20)); /* large ones are longer than a model file can be */
	assert_refused(b, "compile it with hedgerow-export");
}

static void newer_format_is_refused(void **state)
{
	file_patch(*state, 8, 2, 1);
	assert_refused(*state, "written in format 2, this build reads format 1");
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
		{ 12, 128, "header bytes 128" },
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
		{ 64 + CARD_PADDED + 8, 0x0100, "group 1 adds to class 1 of 1" },
		{ NODE_AT + 8 * (3 * MODEL_LANES + 1) + 4, FEATURE_COUNT, "tree 1 node 3 asks for feature" },
		{ 64, 0, "zero byte within the card" },
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
		TEST(flipped_bits_are_refused),
		TEST(indices_out_of_range_are_refused),
		TEST(failed_write_leaves_the_old_file),
		TEST(every_user_may_read_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
