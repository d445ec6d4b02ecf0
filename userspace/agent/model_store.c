// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include "log.h"
#include "model_file.h"
#include "model_store.h"
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

/* A slot that holds neither the model in force nor the one to go back to. */
static __u32 slot_idle(const struct settings *s, const struct agent_state *state)
{
	__u32 slot = 0;

	while (slot == s->model_slot || (state->has_previous && slot == state->slot_previous))
		slot++;
	return slot;
}

/* Writes a slot that no packet looks at, and makes sure that the kernel holds what we meant. */
static int slot_write(const struct datapath *dp, __u32 slot, const struct model *m)
{
	struct model *back;
	int err = 0;

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

/* Puts `slot` in force; what was in force becomes the one to go back to. */
static int slot_switch(const struct datapath *dp, int lock, struct settings *s, struct agent_state *state, __u32 slot)
{
	int err;

	state->has_previous = slot_id(dp, s->model_slot) != 0;
	state->slot_previous = s->model_slot;
	s->model_slot = slot;
	err = agent_state_write(dp, state);
	if (err) {
		settings_change_end(dp, lock, NULL);
		return err;
	}
	return settings_change_end(dp, lock, s);
}

static int model_put(const struct datapath *dp, const struct model *m, const char *path)
{
	struct agent_state state;
	struct settings s;
	int lock = settings_change_begin(dp, &s), err;
	__u32 slot;

	if (lock < 0)
		return lock;
	if (slot_id(dp, s.model_slot) == m->id) {
		log_info("%s: model %08x is in force already", path, m->id);
		return settings_change_end(dp, lock, NULL);
	}
	err = agent_state_read(dp, &state);
	slot = err ? 0 : slot_idle(&s, &state);
	if (!err)
		err = slot_write(dp, slot, m);
	if (err) {
		settings_change_end(dp, lock, NULL);
		return err;
	}
	state_note_loaded(&state, slot, path);
	return slot_switch(dp, lock, &s, &state, slot);
}

int model_store_load(const struct datapath *dp, const char *path, __u32 *id)
{
	struct model *m = calloc(1, sizeof(*m));
	char why[MODEL_FILE_WHY];
	int err;

	if (!m) {
		log_error("%s: %s", path, strerror(ENOMEM));
		return -ENOMEM;
	}
	err = model_file_read(path, m, NULL, why, sizeof(why));
	if (err) {
		log_error("%s: %s", path, why);
		goto out;
	}
	err = model_put(dp, m, path);
	if (err)
		log_error("%s: loading it into the kernel: %s", path, datapath_strerror(err));
	else if (id)
		*id = m->id;
out:
	free(m);
	return err;
}

int model_store_rollback(const struct datapath *dp, __u32 *id)
{
	struct agent_state state;
	struct settings s;
	int lock = settings_change_begin(dp, &s), err;
	__u32 slot, previous;

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
	slot = state.slot_previous;
	err = slot_switch(dp, lock, &s, &state, slot);
	if (err)
		log_error("rollback: %s", datapath_strerror(err));
	else if (id)
		*id = previous;
	return err;
}
