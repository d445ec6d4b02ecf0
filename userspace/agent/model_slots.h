/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slots of a datapath's models: the champion's, which is in force, the challenger's, that of the model to go back to,
 * and one that is idle. Between settings_change_begin() and _end(); nothing here logs unless it says so.
 */
#ifndef MODEL_SLOTS_H
#define MODEL_SLOTS_H

#include "datapath.h"
#include "model_given.h"

/* The model of a slot, for the caller to free; NULL with errno set. model->id is 0 in an empty slot. Logs nothing. */
struct model *slot_read(const struct datapath *dp, __u32 slot);

/* The id of the model in a slot, 0 for none. */
__u32 slot_id(const struct datapath *dp, __u32 slot);

/*
 * Has the given model, which the slot holds and packets may be looking at, take the form that it is given in; where its code
 * will not do it stays in tables. Returns 0 or a negative errno after one logged line.
 */
int slot_reform(const struct datapath *dp, __u32 slot, const struct model_given *given);

/*
 * Puts the model into the idle slot, reads it back and has the kernel walk the file's self-test vectors there. Returns
 * the slot, which nobody uses yet and *state knows of, or a negative errno after one logged line.
 */
int slot_fill(const struct datapath *dp, const struct settings *s, struct agent_state *state,
	      const struct model_given *given);

/*
 * *s names `slot` as the champion's; what was in force becomes the model to go back to. A challenger that is the same model
 * is none any more. Returns 0 or a negative errno.
 */
int slot_choose(const struct datapath *dp, struct settings *s, struct agent_state *state, __u32 slot);

/* *s names `slot` as the challenger's, or with MODEL_SLOTS none. Returns 0 or a negative errno. */
int slot_challenge(const struct datapath *dp, struct settings *s, __u32 slot, __u32 split);

#endif
