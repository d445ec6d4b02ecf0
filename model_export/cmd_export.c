// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow-export: an XGBoost model becomes a model file, or is refused with a reason. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "card.h"
#include "classes.h"
#include "commands.h"
#include "compile.h"
#include "export_print.h"
#include "feature_names.h"
#include "kernel_walk.h"
#include "file_replace.h"
#include "log.h"
#include "missing.h"
#include "model_file.h"
#include "options.h"
#include "saved_margins.h"
#include "self_test.h"
#include "training_report.h"

struct export_options {
	const char *model, *margins, *report, *output, *classes, *form_name, *dialect_name;
	enum feature_dialect dialect;
	bool has_dialect;
	enum model_form form;
	struct option_list rows;
	double margin[CUTOFF_COUNT], probability[CUTOFF_COUNT]; /* NaN: not given */
	double missing; /* NaN: nothing stands for what is missing */
	unsigned long flips_allowed;
	bool ignore_columns;
};

/* By hand, as a margin; NaN: not given. */
static double threshold_given(const struct export_options *o, enum cutoff_id c)
{
	return isnan(o->margin[c]) && !isnan(o->probability[c]) ? logit(o->probability[c]) : o->margin[c];
}

static int thresholds_given_check(const struct export_options *o)
{
	for (int c = 0; c < CUTOFF_COUNT; c++) {
		double p = o->probability[c];

		if (!isnan(p) && !(p > 0 && p < 1)) {
			log_error("--%s-at-probability: %g is not between 0 and 1", cutoff_names[c], p);
			return -EINVAL;
		}
	}
	if (threshold_given(o, CUTOFF_LOG) > threshold_given(o, CUTOFF_DROP)) {
		log_error("the threshold to log, margin %g, is above the one to drop, %g; it may be at most that",
			  threshold_given(o, CUTOFF_LOG), threshold_given(o, CUTOFF_DROP));
		return -EINVAL;
	}
	return 0;
}

static int options_read(int argc, char **argv, struct export_options *o)
{
	const struct option_row rows[] = {
		{ "model", 'm', OPTION_STRING, &o->model, "FILE", "the model that XGBoost saved, JSON or UBJSON" },
		{ "rows", 'r', OPTION_LIST, &o->rows, "FILE", "rows CSV to prove it on; may be given more than once" },
		{ "dialect", 0, OPTION_STRING, &o->dialect_name, "NAME",
		  "the rows are a table of cicflowmeter, unsw-nb15, netflow or zeek" },
		{ "output", 'o', OPTION_STRING, &o->output, "FILE", "where the model file goes" },
		{ "report", 0, OPTION_STRING, &o->report, "FILE", "hedgerow-train's report: thresholds, and for the card" },
		{ "log-at", 0, OPTION_REAL, &o->margin[CUTOFF_LOG], "MARGIN", "log from this margin on" },
		{ "drop-at", 0, OPTION_REAL, &o->margin[CUTOFF_DROP], "MARGIN", "drop from this margin on" },
		{ "log-at-probability", 0, OPTION_REAL, &o->probability[CUTOFF_LOG], "P", "the same as a probability" },
		{ "drop-at-probability", 0, OPTION_REAL, &o->probability[CUTOFF_DROP], "P", "the same as a probability" },
		{ "classes", 0, OPTION_STRING, &o->classes, "NAME=ROLE,...", "names of several classes; roles: pass, log, drop" },
		{ "allow-flips", 0, OPTION_UNSIGNED, &o->flips_allowed, "N", "accept that so many verdicts differ (0)" },
		{ "form", 0, OPTION_STRING, &o->form_name, "FORM", "table, code or auto: how the kernel has it (auto)" },
		{ "missing", 0, OPTION_REAL, &o->missing, "NUMBER", "what stood for missing values in training; 0 is possible (nan)" },
		{ "margins", 0, OPTION_STRING, &o->margins, "FILE", "margins that the saving XGBoost predicted, checked too" },
		{ "ignore-columns", 0, OPTION_FLAG, &o->ignore_columns, NULL, "columns of the rows that nobody knows are no error" },
		{ 0 },
	};
	int first = options_parse(rows,
				  "Usage: hedgerow-export --model FILE --rows FILE --output FILE [--report FILE]\n"
				  "       hedgerow-export show [--json] FILE\n"
				  "       hedgerow-export --emit c [--output FILE] FILE\n"
				  "       hedgerow-export --version\n\n"
				  "Turn an XGBoost model into the tables that the kernel walks, prove that they say the same.",
				  argc, argv);

	if (first < 0)
		return first;
	if (model_form_parse(o->form_name, &o->form) || dialect_parse(o->dialect_name, &o->dialect, &o->has_dialect))
		return -EINVAL;
	if (first < argc) {
		log_error("'%s': no operand is wanted here; see --help", argv[first]);
		return -EINVAL;
	}
	for (int i = 0; i < o->rows.count + 3; i++) {
		const char *const inputs[] = { o->model, o->margins, o->report };
		const char *input = i < 3 ? inputs[i] : o->rows.value[i - 3];

		if (!file_is_same(o->output, input))
			continue;
		log_error("--output %s: that file is to be read; choose another", o->output);
		return -EINVAL;
	}
	if (!o->model || !o->output || !o->rows.count) {
		log_error("--%s is missing; see --help", !o->model ? "model" : !o->output ? "output" : "rows");
		return -EINVAL;
	}
	return thresholds_given_check(o);
}

/* What is worth knowing of a model that is accepted all the same. */
static void model_warn(const struct export_options *o, const struct export *x)
{
	int tree = 0, node = 0, one_way = ensemble_one_way_splits(&x->ensemble, &tree, &node);

	if (one_way && !x->ensemble.zero_is_missing)
		log_warn("%s: %d splits (the first: tree %d node %d) send every value one way: in training they told missing "
			 "values from others; features are never missing here, so they decide nothing",
			 o->model, one_way, tree, node);
	if (x->forest)
		log_warn("%s: %d trees of depth %u are past what the kernel walks, %u of depth %u: the agent alone does, --engine user",
			 o->model, x->ensemble.tree_count, x->model->depth, MODEL_TREES_MAX, MODEL_DEPTH_MAX);
	if (!x->ensemble.columns_named)
		log_warn("%s: its columns have no names; taken to be this build's first %d features in their order", o->model,
			 x->ensemble.column_count);
	if (x->ensemble.best_iteration >= 0 &&
	    x->ensemble.tree_count >
		    (x->ensemble.best_iteration + 1) * x->ensemble.parallel_trees * x->ensemble.class_count)
		log_warn("%s: early stopping found round %ld the best; all %d trees are used", o->model,
			 x->ensemble.best_iteration, x->ensemble.tree_count);
}

/* Reads the model and everything that can be said against it before any row is looked at. */
static int model_prepare(const struct export_options *o, struct export *x)
{
	struct refusal why = { "" };
	bool has_tables;
	int err = model_source_read(o->model, &x->source, &why);

	err = err ? err : ensemble_read(x->source.json, &x->ensemble, &why);
	err = err ? err : ensemble_take_missing(&x->ensemble, o->missing, &why);
	err = err ? err : ensemble_check(&x->ensemble, &why);
	err = err ? err : quantiser_choose(&x->ensemble, &x->quantiser, &why);
	if (err) {
		log_error("%s: %s", o->model, *why.text ? why.text : strerror(-err));
		return err;
	}
	x->model = calloc(1, sizeof(*x->model));
	if (ensemble_is_forest(&x->ensemble)) {
		x->forest = forest_compile(&x->ensemble, &x->quantiser);
		if (!x->forest) {
			log_error("%s", strerror(ENOMEM));
			return -ENOMEM;
		}
	}
	has_tables = x->ensemble.tree_count && !x->forest;
	if (has_tables)
		x->leaf_cover = calloc(MODEL_CELLS, sizeof(*x->leaf_cover));
	if (!x->model || (has_tables && !x->leaf_cover)) {
		log_error("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	model_compile(&x->ensemble, &x->quantiser, x->model, x->leaf_cover);
	x->model->forest = (unsigned long)x->forest;
	if (classes_set(x->model, o->classes, &why)) {
		log_error("%s: %s", o->model, why.text);
		return -EINVAL;
	}
	model_warn(o, x);
	return 0;
}

/* What is given by hand goes before the report; drop alone stands for both. */
static int wanted_margins(const struct export_options *o, struct export *x, double wanted[CUTOFF_COUNT])
{
	struct refusal why = { "" };

	for (int c = 0; c < CUTOFF_COUNT; c++)
		wanted[c] = NAN;
	if (o->report) {
		int err = training_report_read(o->report, &x->source, &x->report, &why);

		if (err) {
			log_error("%s: %s", o->report, why.text);
			return err;
		}
		memcpy(wanted, x->report.margin, sizeof(x->report.margin));
	}
	for (int c = 0; c < CUTOFF_COUNT; c++) {
		if (!isnan(o->probability[c]) && !ensemble_has_probabilities(&x->ensemble)) {
			log_error("--%s-at-probability: %s has none; give --%s-at, a margin", cutoff_names[c],
				  x->ensemble.objective, cutoff_names[c]);
			return -EINVAL;
		}
		if (!isnan(threshold_given(o, c)))
			wanted[c] = threshold_given(o, c);
	}
	if (isnan(wanted[CUTOFF_DROP]) && ensemble_decides_at_zero(&x->ensemble))
		wanted[CUTOFF_DROP] = 0;
	if (isnan(wanted[CUTOFF_DROP])) {
		log_error("no threshold: give --report, --drop-at or --drop-at-probability");
		return -EINVAL;
	}
	if (isnan(wanted[CUTOFF_LOG]))
		wanted[CUTOFF_LOG] = wanted[CUTOFF_DROP];
	return 0;
}

static int rows_load(const struct export_options *o, struct export *x)
{
	bool used[FEATURE_COUNT];
	struct dataset_options options = { .ignore_columns = o->ignore_columns, .feature_used = used,
					   .dialect = o->has_dialect ? &o->dialect : NULL };
	char why[512];
	int err;

	x->paths = o->rows.value;
	ensemble_features_used(&x->ensemble, used);
	err = dataset_load(&x->data, o->rows.value, o->rows.count, &options, why, sizeof(why));
	if (err) {
		log_error("%s", why);
		return err;
	}
	if (!x->data.rows) {
		log_error("%s: no rows in it; parity needs some", o->rows.value[0]);
		return -EINVAL;
	}
	x->row = calloc(x->data.rows, sizeof(*x->row));
	x->saved_row = calloc(x->data.rows, sizeof(*x->saved_row));
	if (!x->row || !x->saved_row) {
		log_error("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	return 0;
}

/* Places the thresholds and proves the tables, first against libxgboost, then against the margins given. */
static int model_prove(const struct export_options *o, const double wanted[CUTOFF_COUNT], struct export *x)
{
	struct refusal why = { "" };
	int err = reference_open(&x->source, &x->ensemble, &x->reference, &why);

	err = err ? err
		  : parity_rows(x->reference, &x->ensemble, &x->quantiser, x->model, &x->data, x->row, &why);
	err = err ? err : parity_cutoffs(x->row, x->data.rows, wanted, x->model, x->cutoff, &why);
	err = err ? err
		  : parity_compare(x->row, &x->data, x->paths, x->model, x->cutoff, o->flips_allowed, &x->parity,
				   &why);
	if (!err && o->margins) {
		err = saved_margins_read(o->margins, x->model, x->row, x->data.rows, x->saved_row, &why);
		err = err ? err
			  : parity_compare(x->saved_row, &x->data, x->paths, x->model, x->cutoff, o->flips_allowed,
					   &x->saved, &why);
	}
	if (err)
		log_error("%s: refused: %s", o->model, *why.text ? why.text : strerror(-err));
	return err;
}

/* What its explanations say, too. */
static int explanations_prove(const struct export_options *o, struct export *x)
{
	struct refusal why = { "" };
	struct model_means means;
	int err;

	err = model_means_open(&means, x->model, x->leaf_cover);
	if (!err) {
		err = explained_compare(x->reference, &x->ensemble, &x->quantiser, &means, &x->data, &x->explained, &why);
		model_means_close(&means);
	}
	if (err)
		log_error("%s: refused: %s", o->model, *why.text ? why.text : strerror(-err));
	return err;
}

/* Has the kernel walk the vectors of the file and all rows; what came of it is in *out. -EINVAL after a logged line. */
static int kernel_prove(const struct export_options *o, const struct export *x, const struct model_extras *extras,
			struct kernel_walk *out)
{
	const struct kernel_rows rows = { .files = &o->rows, .dialect = o->dialect_name, .ignore_columns = o->ignore_columns };

	if (x->forest)
		kernel_walk_refuse(out, "it has more or deeper trees than the kernel walks");
	else
		kernel_walk_try(x->model, extras, &rows, out);
	kernel_walk_print(out);
	if (out->result != KERNEL_WALK_DIFFERS)
		return 0;
	log_error("%s: refused: the kernel's walk is another than the one here: %s", o->model, out->why.text);
	return -EINVAL;
}

static int model_write(const struct export_options *o, struct export *x)
{
	struct card_facts facts = {
		.source_path = o->model,
		.source = &x->source,
		.ensemble = &x->ensemble,
		.quantiser = &x->quantiser,
		.model = x->model,
		.cutoff = x->cutoff,
		.data = &x->data,
		.parity = &x->parity,
		.saved = x->saved.rows ? &x->saved : NULL,
		.report = x->report.json,
		.flips_allowed = o->flips_allowed,
		.form = &x->form,
		.explained = &x->explained,
	};
	struct model_test test[SELF_TEST_VECTORS];
	struct model_extras extras = { .test = test, .test_count = SELF_TEST_VECTORS, .leaf_cover = x->leaf_cover };
	struct kernel_walk kernel;
	char *card;
	int err;

	self_test_fill(x->model, &x->data, test);
	err = kernel_prove(o, x, &extras, &kernel);
	facts.kernel = &kernel;
	if (err)
		goto out;
	card = extras.card = card_write(&facts);
	err = card ? 0 : -ENOMEM;
	if (!err && strlen(card) > MODEL_FILE_CARD_MAX) {
		log_error("%s: makes a model card of %zu bytes, %u fit; leave --report out", o->report ? o->report : o->model,
			  strlen(card), MODEL_FILE_CARD_MAX);
		free(card);
		err = -EFBIG;
		goto out;
	}
	err = err ? err : model_file_write_extras(o->output, x->model, &extras);
	free(card);
	if (err)
		log_error("%s: %s", o->output, strerror(-err));
	else
		printf("wrote:    %s, model %08x\n", o->output, x->model->id);
out:
	kernel_walk_free(&kernel);
	return err;
}

static void export_free(struct export *x)
{
	reference_close(x->reference);
	dataset_free(&x->data);
	training_report_free(&x->report);
	ensemble_free(&x->ensemble);
	model_source_free(&x->source);
	free(x->model);
	free(x->row);
	free(x->saved_row);
	free(x->leaf_cover);
	forest_free(x->forest);
}

int cmd_export(int argc, char **argv)
{
	struct export_options o = { .margin = { NAN, NAN }, .probability = { NAN, NAN }, .missing = NAN, .form_name = "auto" };
	struct export x = { 0 };
	double wanted[CUTOFF_COUNT];
	int err = options_read(argc, argv, &o);

	if (err)
		return err == -ECANCELED ? 0 : 2;
	err = model_prepare(&o, &x);
	err = err ? err : wanted_margins(&o, &x, wanted);
	err = err ? err : rows_load(&o, &x);
	if (!err)
		export_print_model(&x);
	err = err ? err : model_prove(&o, wanted, &x);
	err = err ? err : explanations_prove(&o, &x);
	err = err ? err : form_choose(x.model, &x.data, o.form, &x.form);
	if (!err) {
		export_print_proof(&x);
		form_choice_print(&x.form);
	}
	err = err ? err : model_write(&o, &x);
	export_free(&x);
	return err ? 1 : 0;
}
