/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures through the datapath, packet by packet, with the capture's clock; and what comes of it, to whom it concerns. */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdio.h>
#include "capture_labels.h"
#include "direction.h"
#include "feature_choice.h"
#include "native.h"
#include "stream.h"

struct tally;

struct replay_options {
	const struct capture_set *set;
	const struct capture_labels *labels;
	struct direction direction;
	struct native_sizes sizes;
	struct settings settings;
	const struct model *model; /* NULL: nothing is scored */
	const struct model *challenger; /* in settings.shadow's slot; NULL: none */
	bool merge;		   /* all captures on one clock, into the same tables */
	bool align;		   /* merged: each begins when the first does */
	bool kernel;		   /* through the real objects, too: they must agree to the last bit */
	bool like_kernel;	   /* leaves out what the kernel's call cannot carry */
	bool last;		   /* a row at each flow's last packet, too */
	long long clock_offset_ns; /* added to the capture's clock: where its windows begin */

	const struct feature_choice *features; /* of the rows; NULL: the standard ones */

	/* What becomes of it; each may be NULL. */
	FILE *rows, *verdicts;
	struct tally *tally;
	const char *write_path; /* the frames as they are replayed: a capture */
};

struct replay_totals {
	uint64_t captures, unread; /* those that cannot be opened are named and counted */
	uint64_t packets, entered, left;
	uint64_t skipped[CAPTURE_SKIP_COUNT];
	uint64_t late, cut;
	uint64_t flows, rows, events;
	uint64_t evicted[3];  /* flows, sources, destinations */
	uint64_t newcomers_lost; /* flows on probation, for a full ring */
	uint64_t ends_forgotten; /* of whose sockets the captures told */
	uint64_t differences; /* of kernel and host */
	uint64_t compared;    /* events, vectors and records that were equal */
	uint64_t duels, duels_differ; /* vectors that both models scored; with two verdicts */
};

/*
 * Returns 0, or a negative errno after one logged line, but none for -ENOMEM. Captures that cannot be read are logged and
 * passed over, unless there are no others.
 */
int replay_run(const struct replay_options *o, struct replay_totals *totals);

#endif
