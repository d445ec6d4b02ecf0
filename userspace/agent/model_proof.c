// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "log.h"
#include "model_features.h"
#include "model_proof.h"
#include "model_trial.h"

#define ROWS_AT_ONCE 8192
#define VIEWS 2 /* of a row, as a flow is judged: with all features, and without those of the destination */

/* The forms that the kernel is to score rows by; one that is not tried is NULL. */
struct forms {
	struct model_trial *table, *code;
};

static void forms_close(const struct forms *f)
{
	model_trial_close(f->table);
	model_trial_close(f->code);
}

/* No code where it is given as tables, or would be too long for the kernel's verifier. */
static int forms_open(struct forms *out, const struct model_given *given)
{
	struct forms f = { .table = model_trial_open(-1, 0, given->model) };
	const char *what = "rows";
	int err = f.table ? 0 : -errno;

	if (!err && given->form == MODEL_FORM_CODE) {
		what = "self-test of its code";
		f.code = model_trial_open_code(given->model, false);
		if (!f.code && errno != E2BIG && errno != EOPNOTSUPP)
			err = -errno;
	}
	if (err) {
		log_error("%s: the kernel did not run the %s: %s", given->path, what, datapath_strerror(err));
		forms_close(&f);
		return err;
	}
	*out = f;
	return 0;
}

/* As code, for packets of one buffer, and of several. */
static int file_vectors_try_code(const struct model_given *given)
{
	char why[MODEL_TRY_WHY];
	int err = 0;

	for (int frags = 0; !err && frags < 2; frags++) {
		err = model_given_run_code(given, frags, why);
		if (err)
			log_error("%s: %s", given->path, why);
	}
	return err;
}

static void view_fill(struct model_test *t, const struct model *m, const struct features *x)
{
	struct model_sums sums;

	*t = (struct model_test){ .x = *x, .score = model_ask(m, x, &sums) };
	t->class = sums.class;
}

static void row_fill(struct model_test views[VIEWS], const struct model *m, const float *value)
{
	struct features all = { 0 }, source;

	for (int i = 0; i < FEATURE_COUNT; i++)
		all.value[i] = (__u32)value[i];
	features_without_dest(&source, &all);
	view_fill(&views[0], m, &all);
	view_fill(&views[1], m, &source);
}

static void difference_tell(const struct proof_rows *rows, const struct dataset *data, size_t first, const char *form,
			    const struct trial *trial, const struct model_test *test)
{
	size_t row = first + trial->first / VIEWS;

	log_error("%s line %u%s: scores %lld in this kernel as %s, %lld here; %u of %u scores differ",
		  rows->files.value[data->file[row]], data->line[row],
		  trial->first % VIEWS ? " without its destination" : "", (long long)trial->first_score, form,
		  (long long)test[trial->first].score, trial->differ, trial->ran);
}

/* The scores of rows first, … in one form. */
static int part_try(const struct model_given *given, const struct proof_rows *rows, const struct dataset *data, size_t first,
		    const struct model_extras *tests, struct model_trial *by, const char *form)
{
	struct trial trial;
	int err = model_trial_vectors(by, tests, &trial);

	if (err) {
		log_error("%s: the kernel did not run the rows: %s", given->path, datapath_strerror(err));
		return err;
	}
	if (!trial.differ)
		return 0;
	difference_tell(rows, data, first, form, &trial, tests->test);
	return -EBADMSG;
}

static int data_try(const struct model_given *given, const struct proof_rows *rows, const struct dataset *data,
		    const struct forms *forms)
{
	struct model_test *test = calloc(ROWS_AT_ONCE * VIEWS, sizeof(*test));
	int err = test ? 0 : -ENOMEM;

	if (err)
		log_error("%s: %s", given->path, strerror(-err));
	for (size_t first = 0; !err && first < data->rows; first += ROWS_AT_ONCE) {
		size_t count = data->rows - first < ROWS_AT_ONCE ? data->rows - first : ROWS_AT_ONCE;
		struct model_extras tests = { .test = test, .test_count = count * VIEWS };

		for (size_t i = 0; i < count; i++)
			row_fill(&test[i * VIEWS], given->model, dataset_row(data, first + i));
		err = part_try(given, rows, data, first, &tests, forms->table, "tables");
		if (!err && forms->code)
			err = part_try(given, rows, data, first, &tests, forms->code, "code");
	}
	free(test);
	return err;
}

static int rows_try(const struct model_given *given, const struct proof_rows *rows, const struct forms *forms, size_t *count)
{
	bool used[FEATURE_COUNT];
	struct dataset_options options = { .ignore_columns = rows->ignore_columns, .dialect = rows->dialect,
					   .feature_used = used };
	struct dataset data = { 0 };
	char why[512];
	int err;

	model_features_used(given->model, used);
	err = dataset_load(&data, rows->files.value, rows->files.count, &options, why, sizeof(why));
	if (err) {
		log_error("%s", why);
		err = -EIO; /* -EBADMSG says of data_try() that a score is another */
	}
	err = err ? err : data_try(given, rows, &data, forms);
	*count = data.rows;
	dataset_free(&data);
	return err;
}

int model_prove(const struct model_given *given, const struct proof_rows *rows, struct model_proof *out)
{
	struct model_proof proof = { .vectors = given->extras.test_count };
	struct forms forms;
	int err;

	if (given->model->kind == MODEL_FOREST) {
		log_error("%s: %u trees of depth %u are past what the kernel walks, %u of depth %u", given->path,
			  given->model->tree_count, given->model->depth, MODEL_TREES_MAX, MODEL_DEPTH_MAX);
		return -EOPNOTSUPP;
	}
	if (!proof.vectors && !rows->files.count) {
		log_error("%s: no self-test vectors in it; export it again to have some, or give rows: --rows FILE", given->path);
		return -ENOENT;
	}
	err = model_given_try(NULL, 0, given);
	err = err ? err : forms_open(&forms, given);
	if (err)
		return err;
	proof.as_code = forms.code != NULL;
	if (proof.as_code && proof.vectors)
		err = file_vectors_try_code(given);
	if (!err && rows->files.count)
		err = rows_try(given, rows, &forms, &proof.rows);
	forms_close(&forms);
	if (!err)
		*out = proof;
	return err;
}

void model_proof_print(const struct model_given *given, const struct model_proof *proof)
{
	printf("model %08x: ", given->model->id);
	if (proof->vectors)
		printf("%u vectors score in this kernel as when it was exported", proof->vectors);
	if (proof->rows)
		printf("%s%zu rows, with and without their destination, score there as here", proof->vectors ? ", " : "",
		       proof->rows);
	printf("%s\n", proof->as_code ? ", as tables and as code" : "");
}

json_t *model_proof_json(const struct model_given *given, const struct model_proof *proof)
{
	struct utsname system = { 0 };
	char id[9];

	uname(&system);
	snprintf(id, sizeof(id), "%08x", given->model->id);
	return json_pack("{s:s, s:{s:s, s:i, s:I, s:i, s:o}}", "model", id, "kernel", "release", system.release, "vectors",
			 (int)proof->vectors, "rows", (json_int_t)proof->rows, "differ", 0, "forms",
			 proof->as_code ? json_pack("[s, s]", "table", "code") : json_pack("[s]", "table"));
}
