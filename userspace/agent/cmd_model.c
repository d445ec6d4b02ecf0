// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow model: load one, show what is loaded, go back to the one before; try one beside the one in force. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "attach.h"
#include "commands.h"
#include "log.h"
#include "model_proof.h"
#include "model_reach_tell.h"
#include "model_shadow.h"
#include "model_slots.h"
#include "model_store.h"
#include "names.h"
#include "settings_options.h"
#include "shadow_report.h"
#include "suspended_tell.h"

/* What the command line holds beyond the name of the subcommand. */
struct request {
	const char *iface, *operand, *split_text;
	struct model_given given;
	struct proof_rows rows;
	const char *dialect_name;
	enum feature_dialect dialect;
	__u32 split;
	bool as_json;
};

static int load(const struct datapath *dp, const struct request *q)
{
	struct settings_options same = settings_options_none();
	int err = settings_options_apply(dp, &same, &q->given);

	if (!err) {
		printf("model %08x is in force\n", q->given.model->id);
		suspended_tell(dp);
	}
	return err;
}

/* Touches no datapath. Returns the exit status: 1 when a score is another, in either form, 3 when the kernel did not try it. */
static int test(const struct request *q)
{
	struct model_proof proof;
	json_t *object;
	int err = model_prove(&q->given, &q->rows, &proof);

	if (err)
		return err == -EBADMSG ? 1 : 3;
	if (!q->as_json) {
		model_proof_print(&q->given, &proof);
		return 0;
	}
	object = model_proof_json(&q->given, &proof);
	err = object && !json_dumpf(object, stdout, JSON_INDENT(2)) ? 0 : -ENOMEM;
	putchar('\n');
	json_decref(object);
	return err ? 3 : 0;
}

static int rollback(const struct datapath *dp, const struct request *q)
{
	__u32 id;

	(void)q;
	if (model_store_rollback(dp, &id))
		return -ENOENT;
	printf("model %08x is in force again\n", id);
	model_in_force_reach_tell(dp);
	return 0;
}

/* Says whom the challenger judges. */
static int split_tell(const struct datapath *dp)
{
	struct settings s;
	int err = settings_read(dp, &s);

	if (err)
		log_error("settings: %s", datapath_strerror(err));
	else if (!s.split)
		printf("it judges no flow: what it says is compared and has no effect\n");
	else
		printf("it judges %.2f %% of the flows%s\n", 100.0 * s.split / SPLIT_WHOLE,
		       s.mode == MODE_ENFORCE ? ": those that it condemns are dropped" : "");
	return err;
}

static int shadow(const struct datapath *dp, const struct request *q)
{
	int err;

	if (!q->given.model) {
		err = model_shadow_end(dp);
		if (!err)
			printf("there is no challenger any more\n");
		return err;
	}
	err = model_shadow_begin(dp, &q->given, q->split);
	if (err)
		return err;
	printf("model %08x is the challenger; ", q->given.model->id);
	err = split_tell(dp);
	model_reach_tell(q->given.model, q->given.extras.card);
	return err;
}

static int split(const struct datapath *dp, const struct request *q)
{
	return model_shadow_split(dp, q->split) ?: split_tell(dp);
}

static int promote(const struct datapath *dp, const struct request *q)
{
	__u32 id;
	int err = model_shadow_promote(dp, &id);

	(void)q;
	if (err)
		return err;
	printf("model %08x is in force; hedgerow model rollback goes back to the one before\n", id);
	model_in_force_reach_tell(dp);
	return 0;
}

/* NULL: no packet looks at it and nothing goes back to it; the next model takes its place. */
static const char *slot_role(const struct settings *s, const struct agent_state *state, __u32 slot)
{
	if (slot == s->model_slot)
		return "in force";
	if (slot + 1 == s->shadow)
		return "challenger";
	return slot + 1 == state->slot_before[s->model_slot] ? "previous" : NULL;
}

static const char *slot_form(const struct datapath *dp, const struct model *m, __u32 slot)
{
	if (m->kind == MODEL_FOREST)
		return "forest, walked by the agent";
	return model_form_names[m->code && model_code_is_there(dp, slot) ? MODEL_FORM_CODE : MODEL_FORM_TABLE];
}

/* When and from which file; "-" for what is not known. */
static const char *loaded_print(const struct agent_state *state, __u32 slot, char *text, size_t size)
{
	time_t loaded = state->loaded_at[slot];
	struct tm tm;

	if (!loaded || !gmtime_r(&loaded, &tm) || !strftime(text, size, "%Y-%m-%d %H:%M:%SZ", &tm))
		snprintf(text, size, "-");
	return text;
}

/* Their names are what policies are for; a model that tells two apart has none. */
static void classes_print(const struct model *m)
{
	for (__u32 c = 0; m->class_count > 1 && c < m->class_count && c < MODEL_CLASSES_MAX; c++)
		printf("%-10s class %.*s: %s\n", "", MODEL_CLASS_NAME, m->class_name[c], class_role_name(m->class_role[c]));
}

static void model_print(const struct model *m, const struct agent_state *state, __u32 slot, const char *role,
			const char *form)
{
	double unit = (double)(1ull << m->scale_shift);
	char when[32], reach[MODEL_REACH_SIZE];

	printf("%-10s %08x  %u trees of depth %u as %s  log at %.4f  drop at %.4f  loaded %s from %.*s\n", role, m->id,
	       m->tree_count, m->depth, form, m->policy.log_at / unit, m->policy.drop_at / unit,
	       loaded_print(state, slot, when, sizeof(when)), MODEL_SOURCE_SIZE,
	       state->loaded_from[slot][0] ? state->loaded_from[slot] : "-");
	if (*slot_reach_print(m, reach))
		printf("%-10s %s\n", "", reach);
	classes_print(m);
}

/* NULL where there are none. */
static json_t *classes_json(const struct model *m)
{
	json_t *all = m->class_count > 1 ? json_array() : NULL;

	for (__u32 c = 0; all && c < m->class_count && c < MODEL_CLASSES_MAX; c++)
		json_array_append_new(all, json_pack("{s:o, s:s}", "name", json_sprintf("%.*s", MODEL_CLASS_NAME, m->class_name[c]),
						     "role", class_role_name(m->class_role[c])));
	return all;
}

static json_t *model_json(const struct model *m, const struct agent_state *state, __u32 slot, const char *role,
			  const char *form)
{
	double unit = (double)(1ull << m->scale_shift);
	char when[32], id[9], reach[MODEL_REACH_SIZE];

	snprintf(id, sizeof(id), "%08x", m->id);
	return json_pack("{s:s, s:s, s:i, s:i, s:s, s:f, s:f, s:s, s:s, s:s, s:o*}", "role", role, "model", id, "trees",
			 (int)m->tree_count, "depth", (int)m->depth, "form", form, "log_at", m->policy.log_at / unit,
			 "drop_at", m->policy.drop_at / unit, "loaded", loaded_print(state, slot, when, sizeof(when)), "from",
			 state->loaded_from[slot], "drops_nothing", slot_reach_print(m, reach), "classes", classes_json(m));
}

/* Prints the models, or with `all` adds them to it. Returns how many there are, or a negative errno. */
static int models_show(const struct datapath *dp, const struct settings *s, const struct agent_state *state, json_t *all)
{
	int shown = 0;

	for (__u32 slot = 0; slot < MODEL_SLOTS; slot++) {
		struct model *m = slot_read(dp, slot);
		const char *role = slot_role(s, state, slot);

		if (!m)
			return -errno;
		if (m->id && role && all)
			json_array_append_new(all, model_json(m, state, slot, role, slot_form(dp, m, slot)));
		else if (m->id && role)
			model_print(m, state, slot, role, slot_form(dp, m, slot));
		shown += m->id && role;
		free(m);
	}
	return shown;
}

static int json_show(json_t *models, const struct shadow_report *shadow)
{
	json_t *object = json_pack("{s:o, s:o*}", "models", models, "challenger", shadow ? shadow_report_json(shadow) : NULL);
	int err = object && !json_dumpf(object, stdout, JSON_INDENT(2)) ? 0 : -ENOMEM;

	putchar('\n');
	json_decref(object);
	return err;
}

static int show(const struct datapath *dp, const struct request *q)
{
	json_t *all = q->as_json ? json_array() : NULL;
	struct shadow_report report = { 0 };
	int err, shown = 0, challenged = 0;
	struct agent_state state;
	struct settings s;

	err = settings_read(dp, &s);
	err = err ? err : agent_state_read(dp, &state);
	if (!err) {
		shown = models_show(dp, &s, &state, all);
		challenged = shown < 0 ? shown : shadow_report_read(dp, &s, &state, &report);
		err = challenged < 0 ? challenged : 0;
	}
	if (!err && all)
		err = json_show(json_incref(all), challenged ? &report : NULL);
	if (err)
		log_error("model: %s", datapath_strerror(err));
	else if (!shown && !all)
		printf("no model is loaded: nothing is scored. hedgerow model load FILE loads one\n");
	else if (challenged && !all)
		shadow_report_print(&report, true);
	shadow_report_free(&report);
	json_decref(all);
	return err;
}

static const struct subcommand {
	const char *name, *operand; /* NULL: none */
	int (*run)(const struct datapath *dp, const struct request *q);
} subcommands[] = {
	{ "load", "FILE", load },	 { "show", NULL, show },    { "rollback", NULL, rollback },
	{ "shadow", "FILE|off", shadow }, { "split", "SHARE", split }, { "promote", NULL, promote },
	{ "test", "FILE", NULL }, /* which touches no datapath */
};

/* Says what is missing or too much behind a subcommand of that name, NULL: there is none. */
static void operands_refuse(const struct subcommand *what, const char *name, char **operand, int count)
{
	if (what && what->operand && !count)
		log_error("model %s: %s is missing; see --help", name, what->operand);
	else if (what)
		log_error("model %s: '%s' is not expected here; see --help", name, operand[what->operand ? 1 : 0]);
	else
		log_error("model: wanted `load FILE`, `show`, `rollback`, `shadow FILE`, `shadow off`, `split SHARE`, `promote` or "
			  "`test FILE`%s%s%s", *name ? ", given '" : "", name, *name ? "'" : "");
}

/* `operand`: what stands behind the name, `count` of them. NULL after one logged line. */
static const struct subcommand *subcommand_find(const char *name, char **operand, int count)
{
	const struct subcommand *found = NULL;

	for (size_t i = 0; i < sizeof(subcommands) / sizeof(*subcommands); i++)
		if (!strcmp(subcommands[i].name, name))
			found = &subcommands[i];
	if (found && count == !!found->operand)
		return found;
	operands_refuse(found, name, operand, count);
	return NULL;
}

/* Reads what the words stand for. Returns 0, -EINVAL for what is no usable word, another errno for a file; logged. */
static int request_read(struct request *q, const struct subcommand *what, enum model_form form)
{
	const char *split_text = !strcmp(what->name, "split") ? q->operand : q->split_text;
	bool is_shadow = !strcmp(what->name, "shadow"), is_off = is_shadow && !strcmp(q->operand, "off"), has_dialect = false;
	int err;

	q->split = SPLIT_SAME;
	if (q->split_text && (!is_shadow || is_off)) {
		log_error("--split: goes with `model shadow FILE`; `model split SHARE` changes it later");
		return -EINVAL;
	}
	if (split_text && split_parse(split_text, &q->split))
		return -EINVAL;
	if (what->run && (q->rows.files.count || q->dialect_name || q->rows.ignore_columns)) {
		log_error("--rows, --dialect and --ignore-columns: go with `model test FILE`");
		return -EINVAL;
	}
	if (dialect_parse(q->dialect_name, &q->dialect, &has_dialect))
		return -EINVAL;
	q->rows.dialect = has_dialect ? &q->dialect : NULL;
	if (!what->operand || is_off || what->run == split)
		return 0;
	err = model_given_read(&q->given, q->operand);
	if (form != MODEL_FORM_AUTO)
		q->given.form = form;
	return err == -EINVAL ? -EIO : err;
}

static int request_run(struct request *q, const struct subcommand *what)
{
	struct datapath dp = datapath_none();
	int err;

	if (!what->run)
		return test(q);
	err = datapath_choose(&dp, q->iface);
	if (!err)
		err = what->run(&dp, q);
	datapath_close(&dp);
	return err ? 1 : 0;
}

int cmd_model(int argc, char **argv)
{
	const struct subcommand *what;
	const char *form_name = "auto";
	struct request q = { 0 };
	enum model_form form;
	int verbose = 0, first, err;
	const struct option_row rows[] = {
		{ "iface", 'i', OPTION_STRING, &q.iface, "IF", "the interface, where more than one has tables" },
		{ "form", 0, OPTION_STRING, &form_name, "FORM", "load it as table, code, or auto: as the file says (auto)" },
		{ "split", 0, OPTION_STRING, &q.split_text, "SHARE", "of the flows is judged by the challenger, such as 10% (0)" },
		{ "json", 0, OPTION_FLAG, &q.as_json, NULL, "show, test: for machines" },
		{ "rows", 'r', OPTION_LIST, &q.rows.files, "FILE", "test: rows CSV to score, too; may be given more than once" },
		{ "dialect", 0, OPTION_STRING, &q.dialect_name, "NAME",
		  "test: the rows are a table of cicflowmeter, unsw-nb15, netflow or zeek" },
		{ "ignore-columns", 0, OPTION_FLAG, &q.rows.ignore_columns, NULL,
		  "test: columns of the rows that nobody knows are no error" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose,
				"Usage: hedgerow model load FILE [--form FORM] | show [--json] | rollback  [--iface IF]\n"
				"       hedgerow model test FILE [--rows FILE]... [--json]\n"
				"       hedgerow model shadow FILE [--form FORM] [--split SHARE] | shadow off | split SHARE | promote",
				argc, argv);
	if (first < 0)
		return command_status(first);
	what = subcommand_find(first < argc ? argv[first] : "", argv + first + 1, argc - first - 1);
	if (!what || model_form_parse(form_name, &form))
		return 2;
	q.operand = argv[first + 1];
	err = request_read(&q, what, form);
	if (err)
		err = err == -EINVAL ? 2 : 1;
	else
		err = request_run(&q, what);
	model_given_free(&q.given);
	return err;
}
