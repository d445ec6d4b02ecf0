/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's engine. `user`: scores flows at the poll by which they passed a checkpoint, and condemns by verdicts that
 * the kernel takes over. `both`: scores what the kernel scored, and compares.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "datapath.h"
#include "eve.h"
#include "explainer.h"
#include "flow_memory.h"
#include "host_memo.h"
#include "model_file.h"

struct user_engine {
	const struct datapath *dp;
	struct model *model;	  /* NULL: none in force */
	struct model_extras extras; /* of its file, where the kernel does not hold its trees */
	__u32 missed;		  /* id of a model whose file was looked for in vain, and that was said */
	struct settings settings; /* as of the last engine_refresh() */
	struct scopes scopes;	  /* the same */
	struct flow_memory memory;
	struct host_memo hosts;
	struct engine_tally tally;
	struct explainer *explainer; /* learns what was judged suspicious; may be NULL */
	bool has_written; /* verdicts that flows should look for */
};

/* Starts out as { .dp = … }. Before each sweep: takes over model and settings, forgets what another model thought. */
int engine_refresh(struct user_engine *e, const struct settings *settings);
void engine_close(struct user_engine *e);

/*
 * A flow in the table. Returns true when it is worth a line of its own (suspicious, for the first time): *told is then
 * that event. A condemnation is told by the kernel when it drops.
 */
bool engine_judge(struct user_engine *e, const struct flow_record *record, __u64 now_ns, struct event *told);

/* A flow that left the table: its verdict, if there is one, is taken back. */
void engine_forget(struct user_engine *e, const struct flow_record *record);

/* After the sweep: makes flows look for their verdicts, if any were written. Returns 0 or a negative errno. */
int engine_publish(struct user_engine *e);

/* Scores the vector again. Returns false when kernel and agent disagree: *score and *verdict are the agent's. */
bool engine_agrees(struct user_engine *e, const struct snapshot *s, __s64 *score, enum verdict *verdict);

/* True when a flow scored last at `scored` packets has passed a checkpoint since. */
bool engine_is_due(const struct settings *settings, __u64 scored, __u64 packets);

#endif
