// SPDX-License-Identifier: BSD-2-Clause
/* The files that a command line names: captures, labels, models. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "log.h"
#include "model_file.h"
#include "replay_arguments.h"

static void passed_over_tell(const struct capture_set *set)
{
	if (set->packed)
		log_warn("%zu compressed files in folders were passed over: unpack them first", set->packed);
	if (set->passed_over)
		log_info("%zu files in folders were passed over: no captures (pcap, pcapng)", set->passed_over);
}

static int captures_find(struct capture_set *set, const struct overlay *overlay, int count, char **operand)
{
	char why[CAPTURE_WHY];

	for (int i = 0; i < count; i++) {
		int err = capture_set_add(set, operand[i], overlay, why, sizeof(why));

		if (err) {
			log_error("%s", why);
			return err;
		}
	}
	passed_over_tell(set);
	return 0;
}

/* The lines that are of none of the captures, as where a name is misspelt. */
static void labels_tell_others(const struct capture_labels *l, const struct capture_set *set, const char *path)
{
	struct line_list others = { 0 };
	char lines[LINE_LIST_SIZE];

	for (size_t i = 0; i < l->count; i++) {
		size_t at = 0;

		while (at < set->count && !capture_label_is_of(&l->line[i], set->plan[at].path))
			at++;
		if (at == set->count)
			line_list_add(&others, l->line[i].line);
	}
	if (others.count)
		log_info("%s: %s: of none of the captures given", path, line_list_print(&others, lines));
}

/* Labels of captures have to be of these. */
static int labels_check(const struct capture_labels *l, const struct capture_set *set, const char *path)
{
	size_t without = 0;

	if (!l->count)
		return 0;
	for (size_t i = 0; i < set->count; i++)
		without += !capture_labels_find(l, set->plan[i].path);
	if (without == set->count) {
		log_error("%s: names none of the captures, as %s: wanted a path's end in column `capture`", path,
			  set->plan[0].path);
		return -ENOENT;
	}
	if (without)
		log_warn("%s: names %zu of %zu captures; the others' flows are without a label", path, set->count - without,
			 set->count);
	labels_tell_others(l, set, path);
	return 0;
}

static int model_read(struct model **out, const char *path, enum model_form form)
{
	struct model *m = calloc(1, sizeof(*m));
	char why[MODEL_FILE_WHY], *card = NULL;
	int err = m ? model_file_read(path, m, &card, why, sizeof(why)) : -ENOMEM;

	if (!err && m->kind == MODEL_FOREST) {
		snprintf(why, sizeof(why), "%u trees of depth %u are past what the kernel walks, and a replay is of the kernel's part",
			 m->tree_count, m->depth);
		err = -EOPNOTSUPP;
	}
	if (err) {
		log_error("%s: %s", path, m ? why : strerror(ENOMEM));
		free(m);
	} else {
		m->code = (form == MODEL_FORM_AUTO ? model_form_from_card(card) : form) == MODEL_FORM_CODE;
		*out = m;
	}
	free(card);
	return err;
}

static bool is_file(const struct stat *output, const char *input)
{
	struct stat st;

	return input && !stat(input, &st) && st.st_dev == output->st_dev && st.st_ino == output->st_ino;
}

/* The file that is read and that `output` would be written over, or NULL. */
static const char *input_lost(const struct stat *output, const struct capture_set *set, const struct replay_arguments *a,
			      int count, char **operand)
{
	const char *const named[] = { a->labels, a->model, a->shadow };

	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (is_file(output, named[i]))
			return named[i];
	for (int i = 0; i < count; i++)
		if (is_file(output, operand[i]))
			return operand[i];
	for (size_t i = 0; i < set->count; i++)
		if (is_file(output, set->plan[i].path))
			return set->plan[i].path;
	return NULL;
}

/* No output is opened before this. */
static int inputs_check(const struct capture_set *set, const struct replay_arguments *a, int count, char **operand)
{
	const struct {
		const char *option, *path;
	} given[] = { { "--rows", a->rows }, { "--verdicts", a->verdicts }, { "--evaluation", a->evaluation },
		      { "--json", a->json }, { "--write", a->write } };

	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
		const char *lost;
		struct stat st;

		if (!given[i].path || stat(given[i].path, &st) || !S_ISREG(st.st_mode))
			continue;
		lost = input_lost(&st, set, a, count, operand);
		if (lost) {
			log_error("replay: %s %s would be written over %s, which is read; give it another file", given[i].option,
				  given[i].path, lost);
			return -EINVAL;
		}
	}
	return 0;
}

int replay_inputs_load(struct replay_options *o, struct replay_inputs *in, const struct replay_arguments *a, int count,
		       char **operand)
{
	char why[CAPTURE_WHY];
	int err = 0;

	if (a->labels) {
		err = capture_labels_load(&in->labels, a->labels, why, sizeof(why));
		if (err)
			log_error("%s", why);
		o->labels = &in->labels;
	}
	if (!err && a->model)
		err = model_read(&in->model, a->model, in->form);
	if (!err && a->shadow)
		err = model_read(&in->challenger, a->shadow, in->form);
	o->model = in->model;
	o->challenger = in->challenger;
	err = err ? err : captures_find(&in->set, &in->overlay, count, operand);
	err = err ? err : labels_check(&in->labels, &in->set, a->labels);
	return err ? err : inputs_check(&in->set, a, count, operand);
}

void replay_inputs_free(struct replay_inputs *in)
{
	capture_set_free(&in->set);
	capture_labels_free(&in->labels);
	free(in->model);
	free(in->challenger);
}
