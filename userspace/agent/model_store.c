// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include "log.h"
#include "model_file.h"
#include "model_store.h"
#include "model_trial.h"
#include "settings_store.h"

struct model *model_store_read(const struct datapath *dp, __u32 slot)
{
	struct model *m = malloc(sizeof(*m));

	if (m && bpf_map_lookup_elem(dp->map[DATAPATH_MODELS], &slot, m)) {
		int err = errno;

		free(m);
		errno = err;
		return NULL;
	}
	return m;
}

static __u32 slot_id(const struct datapath *dp, __u32 slot)
{
	struct model *m = model_store_read(dp, slot);
	__u32 id = m ? m->id : 0;

	free(m);
	return id;
}

/* True when the slot holds the model in the form that it is given in. */
static bool slot_holds(const struct datapath *dp, __u32 slot, const struct model_given *given)
{
	struct model *held = model_store_read(dp, slot);
	bool code = held && held->code && model_code_is_there(dp, slot);
	bool same = held && held->id == given->model->id && code == (given->form == MODEL_FORM_CODE);

	free(held);
	return same;
}

/* A slot that holds neither the model in force nor the one to go back to. */
static __u32 slot_idle(const struct settings *s, const struct agent_state *state)
{
	__u32 slot = 0;

	while (slot == s->model_slot || (state->has_previous && slot == state->slot_previous))
		slot++;
	return slot;
}

/* Writes a slot that no packet looks at, and makes sure that the kernel holds what we meant. */
static int slot_write(const struct datapath *dp, __u32 slot, struct model *m, enum model_form form)
{
	struct model *back;
	int err = model_code_put(dp, slot, m, form == MODEL_FORM_CODE);

	if (err)
		return err;
	if (bpf_map_update_elem(dp->map[DATAPATH_MODELS], &slot, m, BPF_ANY))
		return -errno;
	back = model_store_read(dp, slot);
	if (!back)
		return -errno;
	if (memcmp(back, m, sizeof(*m)))
		err = -EIO;
	free(back);
	return err;
}

static void state_note_loaded(struct agent_state *state, __u32 slot, const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	state->loaded_at[slot] = time(NULL);
	memset(state->loaded_from[slot], 0, MODEL_SOURCE_SIZE);
	memcpy(state->loaded_from[slot], name, strnlen(name, MODEL_SOURCE_SIZE - 1));
}

/* *s names `slot`; what was in force becomes the one to go back to. */
static int slot_choose(const struct datapath *dp, struct settings *s, struct agent_state *state, __u32 slot)
{
	state->has_previous = slot_id(dp, s->model_slot) != 0;
	state->slot_previous = s->model_slot;
	s->model_slot = slot;
	return agent_state_write(dp, state);
}

int model_given_read(struct model_given *out, const char *path)
{
	struct model *m = path ? calloc(1, sizeof(*m)) : NULL;
	char why[MODEL_FILE_WHY];
	int err = 0;

	if (path && !m)
		err = -ENOMEM;
	else if (path)
		err = model_file_read_extras(path, m, &out->extras, why, sizeof(why));
	if (err) {
		log_error("%s: %s", path, m ? why : strerror(ENOMEM));
		free(m);
		return err;
	}
	out->model = m;
	out->path = path;
	out->form = model_form_from_card(out->extras.card);
	return 0;
}

void model_given_free(struct model_given *given)
{
	free(given->model);
	given->model = NULL;
	model_extras_free(&given->extras);
}

int model_store_try(const struct datapath *dp, __u32 slot, const struct model_given *given)
{
	const struct model_extras *vectors = &given->extras;
	struct trial trial;
	int err;

	if (!vectors->test_count) {
		log_debug("%s: no self-test vectors in it; export it again to have some", given->path);
		return 0;
	}
	err = model_trial_run(dp ? dp->map[DATAPATH_MODELS] : -1, slot, given->model, vectors, &trial);
	if (err) {
		log_error("%s: the kernel did not run its self-test: %s", given->path, datapath_strerror(err));
		return err;
	}
	if (!trial.differ)
		return 0;
	log_error("%s: %u of %u self-test vectors score otherwise in this kernel than when it was exported, the first is "
		  "number %u with %lld instead of %lld",
		  given->path, trial.differ, trial.ran, trial.first, (long long)trial.first_score,
		  (long long)vectors->test[trial.first].score);
	return -EBADMSG;
}

int model_store_stage(const struct datapath *dp, const struct model_given *given, struct settings *s)
{
	struct agent_state state;
	__u32 slot = 0;
	int err;

	if (slot_holds(dp, s->model_slot, given)) {
		log_info("%s: model %08x is in force already", given->path, given->model->id);
		return 0;
	}
	err = agent_state_read(dp, &state);
	if (!err) {
		slot = slot_idle(s, &state);
		err = slot_write(dp, slot, given->model, given->form);
	}
	if (!err && model_store_try(dp, slot, given))
		return -EBADMSG;
	if (!err) {
		state_note_loaded(&state, slot, given->path);
		err = slot_choose(dp, s, &state, slot);
	}
	if (err)
		log_error("%s: loading it into the kernel: %s", given->path, datapath_strerror(err));
	return err;
}

void model_store_restore(const struct datapath *dp)
{
	struct settings s;
	int lock = settings_change_begin(dp, &s);

	for (__u32 slot = 0; slot < MODEL_SLOTS && lock >= 0; slot++) {
		struct model *m = model_store_read(dp, slot);

		if (m && m->id && m->code && !model_code_is_there(dp, slot))
			model_code_put(dp, slot, m, true);
		free(m);
	}
	if (lock >= 0)
		settings_change_end(dp, lock, NULL);
}

int model_store_rollback(const struct datapath *dp, __u32 *id)
{
	struct agent_state state;
	struct settings s;
	int lock = settings_change_begin(dp, &s), err;
	__u32 previous;

	if (lock < 0) {
		log_error("settings: %s", datapath_strerror(lock));
		return lock;
	}
	err = agent_state_read(dp, &state);
	if (!err && !state.has_previous)
		err = -ENOENT;
	previous = err ? 0 : slot_id(dp, state.slot_previous);
	if (!err && !previous)
		err = -ENOENT;
	if (err) {
		settings_change_end(dp, lock, NULL);
		log_error("rollback: %s", err == -ENOENT ? "there is no earlier model to go back to" : strerror(-err));
		return err;
	}
	err = slot_choose(dp, &s, &state, state.slot_previous);
	err = settings_change_end(dp, lock, err ? NULL : &s) ?: err;
	if (err)
		log_error("rollback: %s", datapath_strerror(err));
	else if (id)
		*id = previous;
	return err;
}
