// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include "log.h"
#include "model_kept.h"
#include "model_slots.h"
#include "policies.h"

struct model *slot_read(const struct datapath *dp, __u32 slot)
{
	struct model *m = malloc(sizeof(*m));

	if (m && bpf_map_lookup_elem(dp->map[DATAPATH_MODELS], &slot, m)) {
		int err = errno;

		free(m);
		errno = err;
		return NULL;
	}
	if (m)
		m->forest = 0; /* no address comes out of the kernel */
	return m;
}

__u32 slot_id(const struct datapath *dp, __u32 slot)
{
	struct model *m = slot_read(dp, slot);
	__u32 id = m ? m->id : 0;

	free(m);
	return id;
}

/* All of the tables is written, but nothing in them differs, save whether there is code: packets may go on walking them. */
int slot_reform(const struct datapath *dp, __u32 slot, const struct model_given *given)
{
	struct model *held = slot_read(dp, slot);
	bool wanted = given->form == MODEL_FORM_CODE;
	int err = held ? 0 : -errno;

	if (!err && wanted != (held->code && model_code_is_there(dp, slot))) {
		err = model_code_put(dp, slot, held, model_given_try_code(given, dp->frags));
		if (!err && bpf_map_update_elem(dp->map[DATAPATH_MODELS], &slot, held, BPF_ANY))
			err = -errno;
	}
	free(held);
	if (err)
		log_error("%s: loading it into the kernel: %s", given->path, datapath_strerror(err));
	return err;
}

/* A slot that holds neither of the models in use nor the one to go back to. */
static __u32 slot_idle(const struct settings *s, const struct agent_state *state)
{
	__u32 slot = 0;

	while (slot == s->model_slot || slot + 1 == s->shadow || slot + 1 == state->slot_before[s->model_slot])
		slot++;
	return slot;
}

/* What of a forest is the kernel's: its name, and nothing that could condemn, whatever program were to ask it. */
static void forest_hide(struct model *m)
{
	m->forest = 0;
	for (__u32 c = 0; c < m->class_count; c++)
		m->base[c] = m->class_count > 1 && m->class_role[c] == CLASS_HONEST ? 0 : -MODEL_SCORE_MAX;
}

/* Writes a slot that no packet looks at, and makes sure that the kernel holds what we meant. */
static int slot_write_tables(const struct datapath *dp, __u32 slot, struct model *m, bool as_code)
{
	struct model *back;
	int err = model_code_put(dp, slot, m, as_code);

	if (err)
		return err;
	if (bpf_map_update_elem(dp->map[DATAPATH_MODELS], &slot, m, BPF_ANY))
		return -errno;
	back = slot_read(dp, slot);
	if (!back)
		return -errno;
	if (memcmp(back, m, sizeof(*m)))
		err = -EIO;
	free(back);
	return err;
}

static int slot_write(const struct datapath *dp, __u32 slot, struct model *m, bool as_code)
{
	struct model *name;
	int err;

	if (m->kind != MODEL_FOREST)
		return slot_write_tables(dp, slot, m, as_code);
	name = malloc(sizeof(*name));
	if (!name)
		return -ENOMEM;
	*name = *m;
	forest_hide(name);
	err = slot_write_tables(dp, slot, name, false);
	free(name);
	return err;
}

/* The agent's engine reads a forest from where loaded files are kept. */
static int forest_keep(const struct model_given *given)
{
	struct model_extras extras = { 0 };
	struct model *m = malloc(sizeof(*m));
	int err = m ? model_kept_read(given->model->id, m, &extras) : -ENOMEM;

	model_extras_free(&extras);
	free(m);
	if (err)
		log_error("%s: keeping it in " MODEL_KEPT_FOLDER ", where engine user reads it: %s", given->path, strerror(-err));
	return err;
}

/* Of what the slot will hold nothing is known before it does. */
static int state_forget_loaded(const struct datapath *dp, struct agent_state *state, __u32 slot)
{
	state->loaded_at[slot] = 0;
	memset(state->loaded_from[slot], 0, MODEL_SOURCE_SIZE);
	return agent_state_write(dp, state);
}

/* The name stands in JSON, which takes no bytes but those of whole characters, and in a terminal. */
static void state_note_loaded(struct agent_state *state, __u32 slot, const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	state->loaded_at[slot] = time(NULL);
	memset(state->loaded_from[slot], 0, MODEL_SOURCE_SIZE);
	for (size_t i = 0; i < MODEL_SOURCE_SIZE - 1 && name[i]; i++)
		state->loaded_from[slot][i] = name[i] >= ' ' && name[i] < 127 ? name[i] : '?';
}

int slot_fill(const struct datapath *dp, const struct settings *s, struct agent_state *state,
	      const struct model_given *given)
{
	__u32 slot = slot_idle(s, state);
	int err = state_forget_loaded(dp, state, slot);

	err = err ? err : slot_write(dp, slot, given->model, model_given_try_code(given, dp->frags));

	if (err)
		log_error("%s: loading it into the kernel: %s", given->path, datapath_strerror(err));
	else if (model_given_try(dp, slot, given))
		err = -EBADMSG;
	if (err)
		return err;
	state_note_loaded(state, slot, given->path);
	model_kept_add(given->model, given->path);
	if (given->model->kind == MODEL_FOREST)
		err = forest_keep(given);
	return err ? err : (int)slot;
}

/* Policies are kept by a class's number: they follow its name to the model that comes. */
static void policies_follow(const struct datapath *dp, struct settings *s, __u32 slot)
{
	struct model *from = slot_read(dp, s->model_slot), *to = slot_read(dp, slot);

	if (from && to && from->id)
		policies_carry(s, from, to);
	free(from);
	free(to);
}

/* Who challenges, and by which of the champion's policies its classes are met. */
static int challenger_note(const struct datapath *dp, struct settings *s)
{
	struct model *champion, *challenger;
	int err = 0;

	s->shadow_id = 0;
	if (!s->shadow)
		return 0;
	champion = slot_read(dp, s->model_slot);
	challenger = slot_read(dp, s->shadow - 1);
	if (champion && challenger) {
		s->shadow_id = challenger->id;
		policies_lend(s, champion, challenger);
	} else {
		err = -errno;
	}
	free(champion);
	free(challenger);
	return err;
}

int slot_choose(const struct datapath *dp, struct settings *s, struct agent_state *state, __u32 slot)
{
	policies_follow(dp, s, slot);
	if (slot != s->model_slot)
		state->slot_before[slot] = slot_id(dp, s->model_slot) ? s->model_slot + 1 : 0;
	s->model_slot = slot;
	if (s->shadow && slot_id(dp, s->shadow - 1) == slot_id(dp, slot))
		s->shadow = s->split = 0;
	return challenger_note(dp, s) ?: agent_state_write(dp, state);
}

int slot_challenge(const struct datapath *dp, struct settings *s, __u32 slot, __u32 split)
{
	s->shadow = slot < MODEL_SLOTS ? slot + 1 : 0;
	s->split = s->shadow ? split : 0;
	return challenger_note(dp, s);
}
