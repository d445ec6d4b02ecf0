/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a model is in a slot of any datapath on this machine. */
#ifndef MODEL_HELD_H
#define MODEL_HELD_H

#include <stdbool.h>
#include <linux/types.h>

/*
 * True when a slot, of whatever datapath in whatever network namespace, holds the model of that id, or when that cannot be
 * told.
 */
bool model_is_held(__u32 id);

#endif
