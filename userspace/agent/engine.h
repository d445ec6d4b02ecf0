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
#include "model_rows.h"

/* Flows that are judged together: what is remembered of them, and of their hosts, comes from memory all at once. */
struct engine_batch {
	unsigned int count;
	__u64 id[MODEL_ROWS]; /* flow_id() */
	struct flow_record record[MODEL_ROWS];
};

struct user_engine {
	const struct datapath *dp;
	struct model *model;	  /* NULL: none in force */
	struct model_rows *rows;  /* the same trees for many rows at once; NULL: they are walked */
	struct model_extras extras; /* of its file, where the kernel does not hold its trees */
	__u32 missed;		  /* id of a model whose file was looked for in vain, and that was said */
	struct settings settings; /* as of the last engine_refresh() */
	struct scopes scopes;	  /* the same */
	struct flow_memory memory;
	struct host_memo hosts;
	struct engine_tally tally;
	struct explainer *explainer; /* learns what was judged suspicious; may be NULL */
	struct engine_batch batch;
	__u64 now_ns; /* of the sweep */
	bool has_written; /* verdicts that flows should look for */
	bool is_early;	  /* the warm-up was under way at the last engine_refresh() */

	/* Hears of flows that are suspicious for the first time. */
	void (*told)(void *context, const struct event *told);
	void *context;
};

/*
 * Starts out as { .dp = …, .told = …, .context = … }. Before each sweep: takes over model and settings, forgets what another
 * model thought, and what was thought during the warm-up (`is_early`) when that is over.
 */
int engine_refresh(struct user_engine *e, const struct settings *settings, bool is_early);
void engine_close(struct user_engine *e);

/*
 * A flow in the table. It is judged with others, by engine_judge_rest() at the latest; e->told hears of it when it is
 * worth a line of its own. A condemnation is told by the kernel when it drops.
 */
void engine_judge(struct user_engine *e, const struct flow_record *record, __u64 now_ns);

/* Behind the last flow of a sweep, however that ended. */
void engine_judge_rest(struct user_engine *e);

/* A flow that left the table: its verdict, if there is one, is taken back. */
void engine_forget(struct user_engine *e, const struct flow_record *record);

/* After the sweep: makes flows look for their verdicts, if any were written. Returns 0 or a negative errno. */
int engine_publish(struct user_engine *e);

/* Scores the vector again. Returns false when kernel and agent disagree: *score and *verdict are the agent's. */
bool engine_agrees(struct user_engine *e, const struct snapshot *s, __s64 *score, enum verdict *verdict);

/* True when a flow scored last at `scored` packets has passed a checkpoint since. */
bool engine_is_due(const struct settings *settings, __u64 scored, __u64 packets);

#endif
