// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "captures.h"
#include "form_cost.h"
#include "forms.h"
#include "forms_shared.h"
#include "kernel_forms.h"
#include "log.h"
#include "model_file.h"
#include "native.h"
#include "program.h"
#include "xgboost_row.h"

#define REPETITIONS 5
#define UNIFORM_VECTORS 65536
#define XGBOOST_ROWS 2000

/* What one score of a model costs over some vectors, in ns. Without a score the vector is only taken. */
struct forms_figures {
	double native_taken, native, kernel[KERNEL_FORMS], reckoned_table, reckoned_code;
};

/* What the better form may cost at most, by native code. 0: nothing is asked. */
struct forms_targets {
	double whole, decided;
};

struct forms_bench {
	const char *only;
	struct kernel_forms kernel;
	struct model *m;
	char dir[64];
	struct forms_figures last; /* of the row before; zeroed where that was not wanted */
};

static __u32 draw(__u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX */
	return *state >> 32;
}

static double cpu_time_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* As in the kernel: some vectors are fetched, then each is written and scored. */
static double native_run(__s64 (*score)(const __u32 *), const struct vectors *v, __s64 *sum)
{
	struct features near[FORMS_BLOCK], hot;
	double began = cpu_time_ns();

	*sum = 0;
	for (size_t first = 0; first < v->count; first += FORMS_BLOCK) {
		size_t count = v->count - first < FORMS_BLOCK ? v->count - first : FORMS_BLOCK;

		memcpy(near, &v->x[first], count * sizeof(*near));
		for (size_t i = 0; i < count; i++) {
			hot = near[i];
			*sum += score(hot.value);
		}
	}
	return (cpu_time_ns() - began) / v->count;
}

static __s64 __attribute__((noinline)) nothing_score(const __u32 *value)
{
	return value[0];
}

static void best(double *best, double ns)
{
	if (!*best || ns < *best)
		*best = ns;
}

static int sum_check(const char *what, __s64 sum, __s64 wanted)
{
	if (sum == wanted)
		return 0;
	log_error("%s: the sum of its scores is %lld, the host's is %lld", what, sum, wanted);
	return -EPROTO;
}

static __s64 host_sum(const struct model *m, const struct vectors *v, bool exact)
{
	struct model_sums sums;
	__s64 sum = 0;

	for (size_t i = 0; i < v->count; i++)
		sum += model_decide(m, &v->x[i], &sums, exact);
	return sum;
}

/* What the exporter would say of them. */
static int cost_reckon(const struct model *m, const struct vectors *v, struct forms_figures *f)
{
	struct form_cost cost;
	int err = form_cost_open(&cost, m);

	for (size_t i = 0; i < v->count && !err; i++)
		form_cost_add(&cost, &v->x[i]);
	f->reckoned_table = err ? 0 : form_cost_table(&cost);
	f->reckoned_code = err ? 0 : form_cost_code(&cost);
	form_cost_close(&cost);
	return err;
}

static const char *const form_names[KERNEL_FORMS] = {
	[KERNEL_TABLE] = "table",
	[KERNEL_CODE] = "code",
	[KERNEL_TABLE_DECIDED] = "table, until it is decided",
	[KERNEL_CODE_DECIDED] = "code, until it is decided",
};

/* All forms in turn, again and again, so that a change of the machine's pace meets them alike. */
static int figures_measure(struct forms_bench *b, const struct native *native, const struct vectors *v,
			   struct forms_figures *f)
{
	__s64 wanted = host_sum(b->m, v, true), bounds = host_sum(b->m, v, false), sum;
	int err = kernel_forms_put_vectors(&b->kernel, v->x, v->count);

	*f = (struct forms_figures){ 0 };
	if (!err)
		err = cost_reckon(b->m, v, f);
	for (int i = 0; i < REPETITIONS && !err; i++) {
		best(&f->native_taken, native_run(nothing_score, v, &sum));
		best(&f->native, native_run(native->score, v, &sum));
		err = sum_check("native code", sum, wanted);
		for (int form = 0; form < KERNEL_FORMS && !err; form++) {
			double ns;

			err = kernel_forms_run(&b->kernel, form, v->count, &ns, &sum);
			best(&f->kernel[form], ns);
			if (!err && form != KERNEL_NONE)
				err = sum_check(form_names[form], sum, form < KERNEL_TABLE_DECIDED ? wanted : bounds);
		}
	}
	return err;
}

static double better_of(const struct forms_figures *f, enum kernel_form table, enum kernel_form code)
{
	double a = f->kernel[table], b = f->kernel[code];

	return (a < b ? a : b) - f->kernel[KERNEL_NONE];
}

static void target_print(const char *what, double ratio, double target)
{
	if (target)
		printf("   %s %.2f %s", what, target, ratio <= target ? "met" : "missed");
}

static void figures_print(const char *name, const struct vectors *v, const struct forms_figures *f,
			  const struct forms_targets *target)
{
	double native = f->native - f->native_taken;
	double whole = better_of(f, KERNEL_TABLE, KERNEL_CODE) / native;
	double decided = better_of(f, KERNEL_TABLE_DECIDED, KERNEL_CODE_DECIDED) / native;

	printf("%-28s %7zu %8.1f", name, v->count, native);
	for (int form = KERNEL_TABLE; form < KERNEL_FORMS; form++)
		printf(" %8.1f", f->kernel[form] - f->kernel[KERNEL_NONE]);
	printf(" %6.2f %7.2f  %6.0f %6.0f", whole, decided, f->reckoned_table, f->reckoned_code);
	target_print("score", whole, target->whole);
	target_print("verdict", decided, target->decided);
	printf("\n");
	fflush(stdout);
}

static int forms_row(struct forms_bench *b, const char *name, const struct vectors *v, struct forms_targets target)
{
	struct forms_figures f;
	struct native native;
	int err;

	b->last = (struct forms_figures){ 0 };
	if (b->only && !strstr(name, b->only))
		return 0;
	err = native_compile(b->m, b->dir, &native);

	if (!err)
		err = kernel_forms_put_model(&b->kernel, b->m);
	if (!err)
		err = figures_measure(b, &native, v, &f);
	native_close(&native);
	if (!err) {
		figures_print(name, v, &f, &target);
		b->last = f;
	}
	return err;
}

static void vectors_shuffle(struct vectors *v)
{
	__u64 state = 7;

	for (size_t i = v->count; i > 1; i--) {
		size_t other = draw(&state) % i;
		struct features x = v->x[i - 1];

		v->x[i - 1] = v->x[other];
		v->x[other] = x;
	}
}

static const char *const export[] = {
	"hedgerow-export", "--rows", "rows.csv", "--model", "model.json", "--drop-at-probability", "0.5", "--output",
	"model.hgm", NULL,
};

static int trained_model(struct forms_bench *b, const struct vectors *v)
{
	char path[PATH_MAX], why[MODEL_FILE_WHY];
	int err;

	snprintf(path, sizeof(path), "%s/model.json", b->dir);
	err = xgboost_train(v, path);
	if (!err)
		err = program_run(b->dir, export);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/model.hgm", b->dir);
	err = model_file_read(path, b->m, NULL, why, sizeof(why));
	if (err)
		log_error("%s: %s", path, why);
	return err;
}

static void code_print(const struct forms_bench *b)
{
	const struct model_code_facts *code = &b->kernel.facts;

	if (code->instructions)
		printf("its code: %u instructions, at most %u for a score; the verifier looked at %u; %u bytes\n",
		       code->instructions, code->longest, code->verified, code->bytes);
}

/* Beside the shuffled row. */
static void xgboost_print(const struct forms_figures *f, size_t count, double xgboost)
{
	double share = better_of(f, KERNEL_TABLE_DECIDED, KERNEL_CODE_DECIDED) / xgboost;

	printf("%-28s %7zu %8.1f one row at a time, in place", "the same by libxgboost", count, xgboost);
	if (share > 0)
		printf("; a verdict takes %.4f of that   target %.2f %s", share, 0.05, share <= 0.05 ? "met" : "missed");
	printf("\n");
}

static int trained_rows(struct forms_bench *b, struct stage *s)
{
	const struct forms_targets trained = { .whole = 1.5, .decided = 1 };
	struct vectors v = { 0 }, few;
	char path[PATH_MAX];
	double xgboost;
	int err = captures_record(s, b->dir, &v);

	if (err == -ENOENT) {
		printf("%-34s skipped: no %s\n", "trained on captures", CAPTURES);
		return 0;
	}
	if (!err)
		err = trained_model(b, &v);
	if (!err)
		err = forms_row(b, "trained, in capture order", &v, trained);
	vectors_shuffle(&v);
	if (!err)
		err = forms_row(b, "trained, shuffled", &v, trained);
	few = v;
	few.count = v.count < XGBOOST_ROWS ? v.count : XGBOOST_ROWS;
	snprintf(path, sizeof(path), "%s/model.json", b->dir);
	if (!err)
		err = xgboost_rows_measure(path, few.x, few.count, &xgboost);
	if (!err)
		xgboost_print(&b->last, few.count, xgboost);
	if (!err)
		code_print(b);
	vectors_free(&v);
	return err;
}

/* Complete trees with cuts drawn from all values alike: each question is answered by the toss of a coin. */
static void random_model(struct model *m, __u32 trees, __u32 depth)
{
	__u64 state = trees;

	memset(m, 0, sizeof(*m));
	m->id = trees;
	m->depth = depth;
	m->tree_count = trees;
	m->group_count = (trees + MODEL_LANES - 1) / MODEL_LANES;
	m->class_count = 1;
	for (__u32 t = 0; t < m->group_count * MODEL_LANES; t++)
		for (__u32 at = 0; at < 1u << depth; at++) {
			m->node[model_cell(depth, t, at)] = (struct model_node){
				.cut = t < trees ? 1 + (draw(&state) & FEATURE_MAX) : MODEL_CUT_NEVER,
				.feature = draw(&state) % FEATURE_COUNT,
			};
			m->leaf[model_cell(depth, t, at)] = t < trees ? (__s32)draw(&state) >> 10 : 0;
		}
}

/* A table's cost is a straight line: what a tree costs is the same of few and of many. */
static void per_tree_print(const __u32 *trees, const double *table, const double *code, size_t count)
{
	printf("%-28s", "ns a tree");
	for (size_t i = 0; i < count; i++)
		if (table[i])
			printf("  %u trees: table %.1f code %.1f", trees[i], table[i] / trees[i], code[i] / trees[i]);
	printf("\n");
}

#define TREE_COUNTS 7

static int random_rows(struct forms_bench *b)
{
	static const __u32 trees[TREE_COUNTS] = { 16, 32, 64, 100, 128, 256, 500 };
	double table[TREE_COUNTS] = { 0 }, code[TREE_COUNTS] = { 0 };
	struct vectors v = { .x = calloc(UNIFORM_VECTORS, sizeof(*v.x)), .count = UNIFORM_VECTORS };
	__u64 state = 1;
	int err = v.x ? 0 : -ENOMEM;

	for (size_t i = 0; i < v.count && !err; i++)
		for (int f = 0; f < FEATURE_COUNT; f++)
			v.x[i].value[f] = draw(&state) & FEATURE_MAX;
	for (size_t i = 0; i < TREE_COUNTS && !err; i++) {
		char name[64];

		random_model(b->m, trees[i], 6);
		snprintf(name, sizeof(name), "random, complete, %u trees", trees[i]);
		err = forms_row(b, name, &v, (struct forms_targets){ .whole = trees[i] == 100 ? 0.6 : 0 });
		table[i] = b->last.kernel[KERNEL_TABLE] - b->last.kernel[KERNEL_NONE];
		code[i] = b->last.kernel[KERNEL_CODE] - b->last.kernel[KERNEL_NONE];
	}
	if (!err)
		per_tree_print(trees, table, code, TREE_COUNTS);
	vectors_free(&v);
	return err;
}

static void directory_remove(const char *dir)
{
	static const char *const files[] = { "rows.csv", "model.json", "model.hgm", "output.txt" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
}

int forms_measure(struct stage *s, const char *only)
{
	struct forms_bench b = { .only = only, .dir = "/tmp/hedgerow-forms-XXXXXX" };
	int err;

	if (!mkdtemp(b.dir)) {
		log_error("/tmp: no directory can be made there: %s", strerror(errno));
		return -EIO;
	}
	b.m = calloc(1, sizeof(*b.m));
	err = b.m ? kernel_forms_open(&b.kernel) : -ENOMEM;
	printf("\n%-28s %7s %8s %8s %8s %17s %14s %14s\n", "ns a score", "vectors", "native", "table", "code",
	       "until decided", "ratios", "reckoned");
	if (!err && (!only || strstr("trained", only) || strstr(only, "trained")))
		err = trained_rows(&b, s);
	if (!err)
		err = random_rows(&b);
	kernel_forms_close(&b.kernel);
	free(b.m);
	directory_remove(b.dir);
	return err;
}
