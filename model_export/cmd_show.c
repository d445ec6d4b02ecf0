// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow-export show: what a model file is, for people, or its card for programs. */
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "commands.h"
#include "cutoff.h"
#include "feature_names.h"
#include "log.h"
#include "model_features.h"
#include "model_file.h"
#include "names.h"
#include "options.h"
#include "quantise.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void tables_print(const char *path, const struct model *m)
{
	printf("%s: model %08x for features %016llx\n", path, m->id, (unsigned long long)feature_schema_of(model_features_bound(m)));
	if (m->kind == MODEL_FOREST)
		printf("  forest      %u trees, the deepest of depth %u, %u class%s: past what the kernel walks, for engine user alone\n",
		       m->tree_count, m->depth, m->class_count, m->class_count == 1 ? "" : "es");
	else
		printf("  tables      %u trees, the deepest of depth %u, in %u group%s, %u class%s\n", m->tree_count, m->depth,
		       m->group_count, m->group_count == 1 ? "" : "s", m->class_count, m->class_count == 1 ? "" : "es");
	if (m->kind == MODEL_LINEAR)
		printf("  weights     linear: one for each feature and class\n");
	for (__u32 c = 0; m->class_count > 1 && c < m->class_count; c++)
		printf("  class %-5u %s: %s\n", c, m->class_name[c], class_role_name(m->class_role[c]));
	printf("  scores      margin times 2^%u, starting at %lld\n", m->scale_shift, (long long)m->base[0]);
}

/* `card` may be NULL. Margins of the hinge and of several classes are no log odds of a probability. */
static void cutoff_print(const struct model *m, const json_t *card, enum cutoff_id id, __s32 score)
{
	double margin = margin_from_score(score, m->scale_shift);

	const char *objective = text_of(json_object_get(card, "model"), "objective");

	printf("  %-4s from   score %d, margin %.6g", cutoff_names[id], score, margin);
	if (m->class_count > 1)
		printf(" ahead of the strongest class that may pass");
	else if (strcmp(objective, "binary:hinge"))
		printf(", probability %.6g", sigmoid(margin));
	printf("\n");
}

static void source_print(const json_t *card)
{
	const json_t *source = json_object_get(card, "source"), *model = json_object_get(card, "model");
	const json_t *used = json_object_get(model, "features_used");

	printf("  made from   %s (%s saved by XGBoost %s, %s)\n", text_of(source, "file"), text_of(source, "format"),
	       text_of(source, "saved_by"), text_of(model, "objective"));
	printf("  sha256      %s\n", text_of(source, "sha256"));
	printf("  features    %zu of %d:", json_array_size(used), FEATURE_COUNT);
	for (size_t i = 0; i < json_array_size(used); i++)
		printf(" %s", json_string_value(json_array_get(used, i)));
	printf("\n");
}

static void form_print(const json_t *card)
{
	const json_t *form = json_object_get(card, "form");

	if (!json_is_object(form))
		return;
	printf("  form        %s%s", text_of(form, "chosen"), json_is_true(json_object_get(form, "asked")) ? ", as asked" : "");
	if (json_object_get(form, "code_ns"))
		printf("; reckoned %.0f ns a score as code, %.0f as table", number_of(form, "code_ns"),
		       number_of(form, "table_ns"));
	printf("\n");
}

static void saving_version_print(const json_t *saved, const char *version)
{
	if (json_is_object(saved))
		printf("  parity      the same rows against the margins of XGBoost %s, which saved it: largest difference %.3g, %.0f "
		       "differ\n",
		       version, number_of(saved, "difference"), number_of(saved, "flips_near_threshold"));
}

/* What the scores can be, and how far from libxgboost's margins at most. */
static void bounds_print(const json_t *card)
{
	const json_t *bounds = json_object_get(card, "bounds"), *model = json_object_get(card, "model");

	if (!json_is_object(bounds))
		return;
	printf("  margins     %.6g to %.6g over all inputs; bound %.3g: rounding %.3g, float32 sums of libxgboost %.3g\n",
	       number_of(bounds, "margin_low"), number_of(bounds, "margin_high"), number_of(bounds, "difference"),
	       number_of(bounds, "rounding"), number_of(bounds, "summation"));
	if (json_is_integer(json_object_get(model, "missing")))
		printf("  missing     a 0 goes where its training sent missing values\n");
}

static void parity_print(const json_t *card)
{
	const json_t *parity = json_object_get(card, "parity"), *library = json_object_get(parity, "library");

	printf("  parity      %.0f rows (crc32 %s) against libxgboost %s: largest difference %.3g, proven bound %.3g\n",
	       number_of(library, "rows"), text_of(parity, "data_crc32"), text_of(parity, "library_version"),
	       number_of(library, "difference"), number_of(json_object_get(card, "bounds"), "difference"));
	printf("  verdicts    %.0f passed, %.0f logged, %.0f dropped; within the bound of a threshold: %.0f, of which %.0f "
	       "differ\n",
	       number_of(library, "passed"), number_of(library, "logged"), number_of(library, "dropped"),
	       number_of(library, "near_threshold"), number_of(library, "flips_near_threshold"));
	if (number_of(parity, "flips_allowed"))
		printf("  flips       %.0f were allowed\n", number_of(parity, "flips_allowed"));
	saving_version_print(json_object_get(parity, "saving_version"), text_of(json_object_get(card, "source"), "saved_by"));
}

static void kernel_print(const json_t *card, bool is_forest)
{
	const json_t *kernel = json_object_get(json_object_get(card, "parity"), "kernel");
	const json_t *forms = json_object_get(kernel, "forms");
	const char *reason = json_string_value(json_object_get(kernel, "not_run"));

	if (json_is_array(forms))
		printf("  kernel      %s: %.0f rows with and without their destination, and %.0f self-test vectors, as %s%s: %.0f "
		       "differ\n",
		       text_of(kernel, "release"), number_of(kernel, "rows"), number_of(kernel, "vectors"),
		       json_string_value(json_array_get(forms, 0)), json_array_size(forms) > 1 ? " and as code" : "",
		       number_of(kernel, "differ"));
	else if (json_object_get(kernel, "vectors"))
		printf("  kernel      %.0f self-test vectors scored there as here\n", number_of(kernel, "vectors"));
	else
		printf("  kernel      not run%s%s%s\n", reason ? ": " : "", reason ? reason : "",
		       is_forest ? "" : "; hedgerow model test FILE --rows ROWS runs it");
}

static void explained_print(const json_t *card)
{
	const json_t *found = json_object_get(json_object_get(card, "parity"), "contributions");

	if (json_is_object(found))
		printf("  explained   contributions of %.0f rows against libxgboost's: largest difference %.3g by path, %.3g exact\n",
		       number_of(found, "rows"), number_of(found, "difference_path"), number_of(found, "difference_exact"));
	else
		printf("  explained   by plain means of leaves: no covers in it; export it again for contributions like "
		       "libxgboost's\n");
}

static void training_print(const json_t *card)
{
	const json_t *report = json_object_get(card, "report"), *data = json_object_get(report, "data");
	const json_t *test = json_object_get(report, "test"), *view;
	const char *name;

	if (!json_is_object(report))
		return;
	printf("  trained on  %.0f rows (crc32 %s) by XGBoost %s, seed %.0f\n", number_of(data, "rows"),
	       text_of(data, "crc32"), text_of(report, "library_version"), number_of(report, "seed"));
	json_object_foreach((json_t *)test, name, view) {
		if (!json_is_object(view))
			continue;
		printf("  test rows   %s: accuracy %.4f, precision %.4f, recall %.4f, false positives %.4f", name,
		       number_of(view, "accuracy"), number_of(view, "precision"), number_of(view, "recall"),
		       number_of(view, "fpr"));
		if (json_is_number(json_object_get(view, "roc_auc")))
			printf(", AUC %.4f", number_of(view, "roc_auc"));
		printf("\n");
	}
}

static void model_print(const char *path, const struct model *m, const char *text)
{
	json_t *card = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	tables_print(path, m);
	cutoff_print(m, card, CUTOFF_LOG, m->policy.log_at);
	cutoff_print(m, card, CUTOFF_DROP, m->policy.drop_at);
	if (json_is_object(card)) {
		source_print(card);
		form_print(card);
		bounds_print(card);
		parity_print(card);
		kernel_print(card, m->kind == MODEL_FOREST);
		explained_print(card);
		training_print(card);
	} else {
		printf("  card        none that this build understands; --json prints it as it is\n");
	}
	json_decref(card);
}

int cmd_show(int argc, char **argv)
{
	struct model *m = calloc(1, sizeof(*m));
	char why[MODEL_FILE_WHY], *card = NULL;
	bool json = false;
	const struct option_row rows[] = {
		{ "json", 'j', OPTION_FLAG, &json, NULL, "print the model card as it stands in the file" },
		{ 0 },
	};
	int first = options_parse(rows, "Usage: hedgerow-export show [--json] FILE\n\nSay what a model file is.", argc,
				  argv);
	int err = m ? 0 : -ENOMEM, status = 2;

	if (first < 0) {
		status = first == -ECANCELED ? 0 : 2;
		goto out;
	}
	if (first != argc - 1) {
		log_error("show: %d files given, one is wanted; see --help", argc - first);
		goto out;
	}
	err = err ? err : model_file_read(argv[first], m, &card, why, sizeof(why));
	if (err)
		log_error("%s: %s", argv[first], m ? why : strerror(-err));
	else if (json)
		printf("%s\n", card);
	else
		model_print(argv[first], m, card);
	status = err ? 1 : 0;
out:
	free(card);
	free(m);
	return status;
}
