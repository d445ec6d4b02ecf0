/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources that the model's policy blocks, as the kernel keeps them (bpf/block.h). */
#ifndef SOURCE_BLOCKS_H
#define SOURCE_BLOCKS_H

#include "datapath.h"

/* Calls `take` for each block that holds at `now_ns`, in no order. Returns 0 or a negative errno; logs nothing. */
int source_blocks_walk(const struct datapath *dp, __u64 now_ns,
		       void (*take)(void *context, const struct list_key *source, const struct source_block *b),
		       void *context);

/* Ends the block of exactly this source. Returns true when there was one that held. */
bool source_block_end(const struct datapath *dp, const struct list_key *source);

/* True when exactly this source is blocked. */
bool source_block_is_there(const struct datapath *dp, const struct list_key *source);

/* Takes out what no longer holds. */
void source_blocks_tidy(const struct datapath *dp, const struct settings *settings, __u64 now_ns);

/* Ends them all. */
void source_blocks_forget(const struct datapath *dp);

#endif
