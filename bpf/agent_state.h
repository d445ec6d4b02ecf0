/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the agent has to remember beyond its own life. The kernel never touches it: its map is named by the program so
 * that it lives, and is pinned, with the others.
 */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include "model.h"

#define INSTANCE_NAME_SIZE 32
#define MODEL_SOURCE_SIZE 96

struct agent_state {
	char instance[INSTANCE_NAME_SIZE]; /* "": the default one */
	__u64 list_expiry_ns;		   /* CLOCK_MONOTONIC: no list entry expires before it; 0: none ever does */
	__s64 compared_from;		   /* Unix seconds: since when champion and challenger are what they are */
	__s64 loaded_at[MODEL_SLOTS];	   /* Unix seconds */
	char loaded_from[MODEL_SLOTS][MODEL_SOURCE_SIZE]; /* file name, for people */
	/*
	 * By slot, 1 + the slot of the model that this one took over from, 0: from none. Of the slot in force it says what
	 * to go back to, and is written before that slot comes into force: whoever dies in between leaves nothing untrue.
	 */
	__u32 slot_before[MODEL_SLOTS];
	__u32 publishing; /* 1: settings are being written; who finds it so at rest completes what somebody died over */
	__u32 pad;
};

_Static_assert(sizeof(struct agent_state) == INSTANCE_NAME_SIZE + 24 + MODEL_SLOTS * (8 + MODEL_SOURCE_SIZE + 4),
	       "agent_state has hidden padding");

#endif
