/* SPDX-License-Identifier: BSD-2-Clause */
/* A vector that somebody wants explained, and what is known of its verdict: out of the verdict log, or out of rows. */
#ifndef EXPLAINED_FLOW_H
#define EXPLAINED_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "names.h"

struct explained_flow {
	uint64_t flow_id;
	struct features x;
	bool lacks[FEATURE_COUNT]; /* features that the rows had no column for: 0 in x */
	char tuple[192];	 /* "10.0.0.1:40000 -> 10.0.0.2:80 TCP" */
	char verdict[16], reason[16]; /* "" where there was none */
	char action[8];		 /* what became of the packet; "" for a row */
	char held_by[16];	 /* what held the model back, as in the log; "" for nothing */
	bool would_drop;
	bool one_way;		 /* answers did not show */
	bool unawaited;		 /* no socket was for the packet */
	uint64_t packets;	 /* of both directions, the judged one included */
	char score_is[16];	 /* as in the log; "" for an exact one */
	char vector[16];	 /* how the line came by it; "" for a row, which is what was scored */
	uint32_t model_id;	 /* 0: none scored it */
	int64_t score;		 /* where there is a model */
};

/* Whether answers did not show, by what line or row says of them; "" is of old: they did. */
static inline bool explained_is_one_way(const char *answers)
{
	return *answers && strcmp(answers, answers_name(ONE_WAY_NOT));
}

/*
 * All return 0, or a negative errno after one logged line; *out is then not to be used, but for its flow_id after -ENODATA:
 * a verdict, and no vector with it.
 */

/* A line of the verdict log. `quiet`: -ENODATA is not logged. -EBADMSG: no JSON. */
int explained_from_line(const char *line, bool quiet, struct explained_flow *out);

/* The same of any line of it: -ENOMSG, not logged, for one that nobody can explain: totals, states, comparisons, aggregates. */
int explained_from_any_line(const char *line, bool quiet, struct explained_flow *out);

/* The last verdict on this flow that has a vector. */
int explained_from_log(const char *path, uint64_t flow_id, struct explained_flow *out);

/* Row `number` of the file, 1 is the first behind the header, or with 0 the last row of this flow. */
int explained_from_rows(const char *path, uint64_t number, uint64_t flow_id, struct explained_flow *out);

#endif
