/* SPDX-License-Identifier: BSD-2-Clause */
/* The running agent: listens to the rings, polls the tables, writes log and rows, until it is told to stop. */
#ifndef WATCH_H
#define WATCH_H

#include "attach.h"
#include "class_names.h"
#include "engine.h"
#include "events.h"
#include "explainer.h"
#include "rows_out.h"
#include "safety_state.h"
#include "verdict_log.h"

/* Whether an interface still carries what we watch. */
enum presence { PRESENCE_ATTACHED, PRESENCE_DETACHED, PRESENCE_REPLACED, PRESENCE_GONE, PRESENCE_COUNT };

struct watch {
	struct datapath dp;
	struct attachment at[OPTION_LIST_MAX];
	enum presence presence[OPTION_LIST_MAX];
	int at_count;
	unsigned long long poll_ns;

	struct verdict_log log;
	struct rows_out flows, snapshots;
	struct user_engine engine;
	struct settings settings; /* as of the last poll */
	__u32 model_id;		  /* in force then, 0 none */
	__u32 challenger_id;	  /* 0: there is none */
	__u32 challenger_asked;	  /* by an event that named it before a poll did */
	struct class_names classes;
	struct explainer explainer;

	struct safety *safety; /* shared with the kernel; NULL while nobody watches */
	struct breaker_history breaker;
	enum suspension suspension; /* what the operator was told last */

	/* Kept by watch_run(). */
	struct event_handlers handlers;
	struct ring_buffer *rings;
	struct flow_memory exported;   /* flows that the last sweeps took out */
	__u64 now_ns;
	__u64 hour;		       /* HOUR_NS: for which the sums of suspicious flows were told */
	__u64 logs_left;	       /* lines of its own that the engine may write in this poll */
	__u64 rows_lost_told, lines_lost_told, packets_lost_told; /* what the counters of losses know of */
	__u64 stats_told[5];	       /* what the last line of totals said */
	__u64 trouble_told_ns;	       /* when the operator last heard of a failing poll */
};

/* Reads settings and model in force. Returns 0, or a negative errno after one logged line. */
int watch_refresh(struct watch *w);

/* Before anything is attached: signals wait from now on until watch_run() takes them. */
void watch_hold_signals(void);

/*
 * Runs until SIGTERM or SIGINT: returns 0. SIGHUP reopens the log. Returns -ENODEV after one logged line when no
 * interface is left, another negative errno when it cannot start.
 */
int watch_run(struct watch *w);

/* The last words, after detaching: what the rings still hold, totals, and, when the tables vanish, every flow. */
void watch_finish(struct watch *w, bool tables_vanish);

/* A line about the agent itself in the verdict log. */
void watch_log_state(struct watch *w, const char *state, const char *iface);

/* From begin on the kernel expects signs of life, which each poll gives, until end. Begin: 0 or a negative errno, logged. */
int watch_safety_begin(struct watch *w);
void watch_safety_poll(struct watch *w);
void watch_safety_end(struct watch *w); /* may be called without begin */

/* The parts of watch_run(). */

/* What a poll could not do is tried again at the next; the operator hears of that once a minute. `err` 0: it could. */
void watch_tell_trouble(struct watch *w, const char *what, int err);

/* Writes a line of the log, its scores as margins, too. `packets` as of verdict_log_write(). */
void watch_log_line(struct watch *w, json_t *line, uint64_t packets);

/* The line of a verdict, with its reasons where they can be had. */
void watch_log_verdict(struct watch *w, const struct event *e);

/* The row of a flow that ended, if rows are wanted. */
void watch_export_flow(struct watch *w, const struct flow_record *record);

/* Learns who challenges the model in force. Returns 0 or a negative errno; logs nothing. */
int watch_learn_challenger(struct watch *w, const struct settings *s);

/*
 * Tells of the sums that grew; of what is only suspicious when an hour begins, as the kernel counts them, or `anyway`. Returns 0
 * or a negative errno; logs nothing.
 */
int watch_alerts(struct watch *w, bool anyway);

/* Opens the rings. Returns 0 or a negative errno; logs nothing. */
int watch_listen(struct watch *w);

/* One poll. Returns 0, or -ENODEV after one logged line when no interface is left. */
int watch_poll(struct watch *w);

/* Notices and logs what others did to our interfaces. Returns how many still carry the program. */
int watch_presence(struct watch *w);

#endif
