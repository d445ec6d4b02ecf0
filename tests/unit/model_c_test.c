// SPDX-License-Identifier: BSD-2-Clause
/* A model as C: the compiler takes it without a warning, and it scores like the walk, to the integer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "commands.h"
#include "model_c.h"
#include "model_format.h"
#include "models.h"

static char folder[64], source[96], library[96], file[96];

static int folder_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/model_c_test.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(source, sizeof(source), "%s/model.c", folder);
	snprintf(library, sizeof(library), "%s/model.so", folder);
	snprintf(file, sizeof(file), "%s/model.hgm", folder);
	return 0;
}

static int folder_remove(void **state)
{
	(void)state;
	unlink(source);
	unlink(library);
	unlink(file);
	return rmdir(folder);
}

static void *library_make(void)
{
	char command[512];
	void *made;

	snprintf(command, sizeof(command), "cc -std=c99 -O1 -Wall -Wextra -Werror -pedantic -shared -fPIC -o %s %s", library,
		 source);
	assert_int_equal(0, system(command));
	made = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	assert_non_null(made);
	return made;
}

static void assert_scores_alike(const struct model *m, uint64_t *seed)
{
	void *made = library_make();
	int64_t (*score)(const uint32_t *) = (int64_t(*)(const uint32_t *))dlsym(made, "score");
	uint32_t (*class)(const uint32_t *) = (uint32_t(*)(const uint32_t *))dlsym(made, "class_of_score");
	int64_t least = INT64_MAX, most = INT64_MIN;

	assert_non_null(score);
	assert_int_equal(m->class_count > 1, class != NULL);
	for (int i = 0; i < 3000; i++) {
		struct model_sums sums;
		struct features x;
		int64_t wanted;

		features_random(&x, m, seed); /* cuts, cuts ± 1, 0, the largest */
		wanted = model_ask(m, &x, &sums);
		if (score(x.value) != wanted || (class && class(x.value) != sums.class))
			fail_msg("vector %d scores %lld, the walk says %lld", i, (long long)score(x.value), (long long)wanted);
		least = wanted < least ? wanted : least;
		most = wanted > most ? wanted : most;
	}
	assert_true(least < most);
	dlclose(made);
}

static void assert_written_alike(struct model *m, uint64_t *seed)
{
	FILE *out = fopen(source, "w");

	assert_non_null(out);
	model_c_write(out, m);
	assert_int_equal(0, fclose(out));
	assert_scores_alike(m, seed);
	free(m);
}

static void what_it_compiles_to_scores_like_the_walk(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (uint32_t depth = 1; depth <= MODEL_DEPTH_MAX; depth += 3)
		assert_written_alike(model_random(21, depth, &seed), &seed);
	assert_written_alike(model_random_classes(4, 40, 3, &seed), &seed);
	assert_written_alike(model_random_linear(1, &seed), &seed);
	assert_written_alike(model_random_linear(3, &seed), &seed);
}

/* A file that holds such a name is refused; what is written must not depend on that. */
static void a_class_s_name_stays_in_its_comment(void **state)
{
	uint64_t seed = 5;
	struct model *m = model_random_classes(3, 24, 2, &seed);
	char why[MODEL_FILE_WHY];
	struct model_extras none = { 0 };

	(void)state;
	assert_int_equal(0, model_content_check(m, &none, why, sizeof(why)));
	snprintf(m->class_name[1], MODEL_CLASS_NAME, "*/abort();/*");
	assert_int_equal(-EINVAL, model_content_check(m, &none, why, sizeof(why)));
	assert_non_null(strstr(why, "the name of class 1 holds byte 42"));
	assert_written_alike(m, &seed);
}

/* A tree that ends early is written as short as it is. */
static void what_fills_a_tree_is_left_out(void **state)
{
	uint64_t seed = 9;
	struct model *m = model_random(9, 4, &seed);
	char text[1 << 16];
	FILE *in;

	(void)state;
	for (uint32_t at = 1; at < 16; at++)
		m->node[model_cell(4, 8, at)].cut = MODEL_CUT_NEVER;
	for (uint32_t leaf = 0; leaf < 16; leaf++)
		m->leaf[model_cell(4, 8, leaf)] = 77;
	assert_written_alike(m, &seed);
	in = fopen(source, "r");
	text[fread(text, 1, sizeof(text) - 1, in)] = 0;
	fclose(in);
	assert_non_null(strstr(text, "tree_8(const uint32_t *x)\n{\n\t(void)x;\n\treturn 77; /*"));
	assert_null(strstr(text, "tree_9"));
	assert_null(strstr(text, "4294967295"));
}

/* `hedgerow-export --emit c`, with what is said on stderr thrown away. */
static int emit(const char *language, const char *output, const char *model)
{
	char *argv[] = { "hedgerow-export", "--emit", (char *)language, "--output", (char *)output, (char *)model, NULL };
	int err = dup(2), result;

	assert_non_null(freopen("/dev/null", "w", stderr));
	result = cmd_emit(6, argv);
	fflush(stderr);
	dup2(err, 2);
	close(err);
	return result;
}

static void a_model_file_is_written_as_c(void **state)
{
	uint64_t seed = 4;
	struct model *m = model_random(30, 5, &seed);
	char where[96];
	struct stat st;

	(void)state;
	assert_int_equal(0, model_file_write(file, m, "{}"));
	snprintf(where, sizeof(where), "%s/other", folder);
	assert_int_equal(2, emit("rust", source, file));
	assert_int_equal(2, emit("c", file, file)); /* would be overwritten */
	assert_int_equal(1, emit("c", source, where)); /* there is none */
	assert_int_equal(-1, stat(source, &st));
	assert_int_equal(0, emit("c", source, file));
	assert_scores_alike(m, &seed);
	free(m);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)
	const struct CMUnitTest tests[] = {
		TEST(what_it_compiles_to_scores_like_the_walk),
		TEST(a_class_s_name_stays_in_its_comment),
		TEST(what_fills_a_tree_is_left_out),
		TEST(a_model_file_is_written_as_c),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
