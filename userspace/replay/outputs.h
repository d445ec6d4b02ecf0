/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows and verdicts of a replay, labelled, with the capture's time. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include "class_names.h"
#include "replay.h"
#include "rows_csv.h"

#define OUTPUTS_TEXT (64 * 1024) /* is written at once, at multiples of it: larger writes are no quicker, crooked ones slower */

/* A capture as outputs know it. */
struct capture_id {
	const char *name;		  /* as the labels file calls it, or its path */
	const struct capture_label *line; /* NULL: the labels file has none for it, or is of rules */
};

struct outputs {
	const struct replay_options *o;
	const struct capture_id *capture; /* that the present packet is of */
	struct class_names models;	  /* that judge */
	struct row_tail tail;		  /* of the row before, and what it is made of */
	struct flow_label tail_label;
	const char *tail_capture; /* NULL: there was none */
	size_t text_length;
	char text[OUTPUTS_TEXT + ROWS_LINE_MAX]; /* rows that are not yet in the file */
};

/* Returns 0 or a negative errno. */
int outputs_open(struct outputs *out, const struct replay_options *o);

/* Hands over what rows there are. */
void outputs_flush(struct outputs *out);

struct capture_id capture_identify(const struct replay_options *o, const char *path);

struct flow_label outputs_label(const struct outputs *out, const struct flow_record *record);

void outputs_snapshot(struct outputs *out, const struct snapshot *s);
void outputs_row(struct outputs *out, const struct row *row);
void outputs_event(const struct outputs *out, const struct event *e);
void outputs_shadow(const struct outputs *out, const struct shadow_event *e);

#endif
