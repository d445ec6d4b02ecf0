// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow model: load one, show what is loaded, go back to the one before. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "attach.h"
#include "commands.h"
#include "log.h"
#include "model_store.h"
#include "settings_options.h"

static int load(const struct datapath *dp, const struct model_given *given)
{
	struct settings_options same = settings_options_none();
	int err = settings_options_apply(dp, &same, given);

	if (!err)
		printf("model %08x is in force\n", given->model->id);
	return err;
}

/* Touches no datapath. Returns the exit status: 1 when a score is another, 3 when the kernel did not try it. */
static int test(const struct model_given *given)
{
	int err;

	if (!given->extras.test_count) {
		log_error("%s: no self-test vectors in it; export it again to have some", given->path);
		return 3;
	}
	err = model_store_try(NULL, 0, given);
	if (err)
		return err == -EBADMSG ? 1 : 3;
	printf("model %08x: %u vectors score in this kernel as when it was exported\n", given->model->id,
	       given->extras.test_count);
	return 0;
}

static int rollback(const struct datapath *dp)
{
	__u32 id;

	if (model_store_rollback(dp, &id))
		return -ENOENT;
	printf("model %08x is in force again\n", id);
	return 0;
}

static const char *slot_role(const struct settings *s, const struct agent_state *state, __u32 slot)
{
	if (slot == s->model_slot)
		return "in force";
	return state->has_previous && slot == state->slot_previous ? "previous" : "idle";
}

static const char *slot_form(const struct datapath *dp, const struct model *m, __u32 slot)
{
	return model_form_names[m->code && model_code_is_there(dp, slot) ? MODEL_FORM_CODE : MODEL_FORM_TABLE];
}

static void model_print(const struct model *m, const struct agent_state *state, __u32 slot, const char *role,
			const char *form)
{
	double unit = (double)(1ull << m->scale_shift);
	char when[32] = "-";
	time_t loaded = state->loaded_at[slot];
	struct tm tm;

	if (loaded && gmtime_r(&loaded, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%SZ", &tm);
	printf("%-9s %08x  %u trees of depth %u as %s  log at %.4f  drop at %.4f  loaded %s from %.*s\n", role, m->id,
	       m->tree_count, m->depth, form, m->policy.log_at / unit, m->policy.drop_at / unit, when, MODEL_SOURCE_SIZE,
	       state->loaded_from[slot][0] ? state->loaded_from[slot] : "-");
}

static int show(const struct datapath *dp)
{
	struct agent_state state;
	struct settings s;
	int err, shown = 0;

	err = settings_read(dp, &s);
	if (!err)
		err = agent_state_read(dp, &state);
	for (__u32 slot = 0; slot < MODEL_SLOTS && !err; slot++) {
		struct model *m = model_store_read(dp, slot);

		if (!m)
			err = -errno;
		else if (m->id && ++shown)
			model_print(m, &state, slot, slot_role(&s, &state, slot), slot_form(dp, m, slot));
		free(m);
	}
	if (err)
		log_error("model: %s", datapath_strerror(err));
	else if (!shown)
		printf("no model is loaded: nothing is scored. hedgerow model load FILE loads one\n");
	return err;
}

int cmd_model(int argc, char **argv)
{
	const char *iface = NULL, *form_name = "auto", *what;
	struct model_given given = { 0 };
	enum model_form form;
	struct datapath dp = datapath_none();
	int verbose = 0, first, err;
	const struct option_row rows[] = {
		{ "iface", 'i', OPTION_STRING, &iface, "IF", "the interface, where more than one has tables" },
		{ "form", 0, OPTION_STRING, &form_name, "FORM", "load it as table, code, or auto: as the file says (auto)" },
		VERBOSE_OPTION_ROW(verbose),
		{ 0 },
	};

	first = command_options(rows, &verbose, "Usage: hedgerow model load FILE [--form FORM] | show | rollback | test FILE  [--iface IF]", argc,
				argv);
	if (first < 0)
		return command_status(first);
	what = first < argc ? argv[first] : "";
	if (((strcmp(what, "load") && strcmp(what, "test")) || argc - first != 2) &&
	    ((strcmp(what, "show") && strcmp(what, "rollback")) || argc - first != 1)) {
		log_error("model: wanted `load FILE`, `show`, `rollback` or `test FILE`%s%s%s", *what ? ", given '" : "", what,
			  *what ? "'" : "");
		return 2;
	}
	if (model_form_parse(form_name, &form))
		return 2;
	err = model_given_read(&given, argc - first == 2 ? argv[first + 1] : NULL);
	if (form != MODEL_FORM_AUTO)
		given.form = form;
	if (!strcmp(what, "test")) {
		err = err ? 1 : test(&given);
		model_given_free(&given);
		return err;
	}
	err = err ? err : datapath_choose(&dp, iface);
	if (!err && given.model)
		err = load(&dp, &given);
	else if (!err)
		err = strcmp(what, "show") ? rollback(&dp) : show(&dp);
	datapath_close(&dp);
	model_given_free(&given);
	return err ? 1 : 0;
}
