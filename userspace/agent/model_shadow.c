// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "log.h"
#include "model_shadow.h"
#include "model_slots.h"
#include "options.h"
#include "settings_store.h"

int split_parse(const char *text, __u32 *split)
{
	double share;

	if (option_parse_share(text, &share)) {
		log_error("--split: '%s' will not do, wanted %s", text, SHARE_WANTED);
		return -EINVAL;
	}
	*split = ceil(share * SPLIT_WHOLE);
	return 0;
}

/* Begins a change; `state` may be NULL. Returns its lock, or a negative errno after one logged line. */
static int change_begin(const struct datapath *dp, struct settings *s, struct agent_state *state)
{
	int lock = settings_change_begin(dp, s), err = lock < 0 ? lock : 0;

	if (lock >= 0 && state)
		err = agent_state_read(dp, state);
	if (err >= 0)
		return lock;
	if (lock >= 0)
		settings_change_end(dp, lock, NULL);
	log_error("settings: %s", datapath_strerror(err));
	return err;
}

/* Ends it; `err`: what went wrong before, and was logged. */
static int change_end(const struct datapath *dp, int lock, const struct settings *s, int err)
{
	int end = settings_change_end(dp, lock, err ? NULL : s);

	if (!err && end)
		log_error("settings: %s", datapath_strerror(end));
	return err ? err : end;
}

static int challenger_check(const struct settings *s)
{
	if (s->shadow)
		return 0;
	log_error("model: there is no challenger; hedgerow model shadow FILE makes a model one");
	return -ENOENT;
}

/* What a model needs in order to be one. */
static int challenge_check(const struct datapath *dp, const struct model_given *given, const struct settings *s)
{
	__u32 champion = slot_id(dp, s->model_slot);

	if (!champion)
		log_error("%s: no model is in force that it could challenge; hedgerow model load puts one in force", given->path);
	else if (champion == given->model->id)
		log_error("%s: model %08x is in force; a challenger is another one", given->path, champion);
	else if (given->model->kind == MODEL_FOREST)
		log_error("%s: %u trees of depth %u are past what the kernel walks, where champion and challenger meet", given->path,
			  given->model->tree_count, given->model->depth);
	else if (s->engine == ENGINE_USER)
		log_error("%s: engine user scores one model alone; hedgerow settings --engine kernel changes that", given->path);
	else
		return 0;
	return -EINVAL;
}

static int state_failed(int err)
{
	if (err)
		log_error("model: %s", datapath_strerror(err));
	return err;
}

int model_shadow_begin(const struct datapath *dp, const struct model_given *given, __u32 split)
{
	struct agent_state state;
	struct settings s;
	int lock = change_begin(dp, &s, &state), slot = MODEL_SLOTS, err;

	if (lock < 0)
		return lock;
	err = challenge_check(dp, given, &s);
	if (!err && s.shadow && slot_id(dp, s.shadow - 1) == given->model->id) {
		err = slot_reform(dp, s.shadow - 1, given);
		if (!err)
			log_info("%s: model %08x is the challenger already", given->path, given->model->id);
		slot = s.shadow - 1;
		split = split == SPLIT_SAME ? s.split : split;
	} else if (!err) {
		slot = slot_fill(dp, &s, &state, given);
		err = slot < 0 ? slot : 0;
	}
	if (!err && (s.shadow != slot + 1u || s.split != split))
		err = state_failed(slot_challenge(dp, &s, slot, split == SPLIT_SAME ? 0 : split) ?:
				   agent_state_write(dp, &state));
	return change_end(dp, lock, &s, err);
}

int model_shadow_split(const struct datapath *dp, __u32 split)
{
	struct settings s;
	int lock = change_begin(dp, &s, NULL), err;

	if (lock < 0)
		return lock;
	err = challenger_check(&s);
	if (!err && s.split != split)
		err = state_failed(slot_challenge(dp, &s, s.shadow - 1, split));
	return change_end(dp, lock, &s, err);
}

int model_shadow_end(const struct datapath *dp)
{
	struct settings s;
	int lock = change_begin(dp, &s, NULL), err;

	if (lock < 0)
		return lock;
	err = challenger_check(&s);
	if (!err)
		err = state_failed(slot_challenge(dp, &s, MODEL_SLOTS, 0));
	return change_end(dp, lock, &s, err);
}

int model_shadow_promote(const struct datapath *dp, __u32 *id)
{
	struct agent_state state;
	struct settings s;
	int lock = change_begin(dp, &s, &state), err;

	if (lock < 0)
		return lock;
	err = challenger_check(&s);
	if (!err) {
		*id = slot_id(dp, s.shadow - 1);
		err = state_failed(slot_choose(dp, &s, &state, s.shadow - 1));
	}
	return change_end(dp, lock, &s, err);
}
