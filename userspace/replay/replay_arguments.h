/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line of `hedgerow replay` says, as the replay wants it. */
#ifndef REPLAY_ARGUMENTS_H
#define REPLAY_ARGUMENTS_H

#include "form_names.h"
#include "options.h"
#include "replay.h"

struct replay_arguments {
	const char *rows, *verdicts, *evaluation, *json, *write;
	const char *labels, *model, *shadow, *form, *mode, *checkpoints, *ingress_only, *features;
	const char *shift, *rate, *repeat, *clock_offset;
	struct option_list map, inside;
	bool merge, align, kernel, like_kernel, all_enter, end_host;
	unsigned long max_flows, max_sources, max_dests;
};

/* What the options of a replay point to. */
struct replay_inputs {
	struct overlay overlay; /* of all captures */
	struct capture_set set;
	struct capture_labels labels;
	enum model_form form;
	struct model *model, *challenger;
	struct feature_choice features;
};

/*
 * The words of the command line, `count` operands among them, into *o, all but its outputs, and *in; then the files that they
 * name. replay_inputs_free() in either case. Both return 0, or a negative errno after one logged line.
 */
int replay_arguments_read(struct replay_options *o, struct replay_inputs *in, const struct replay_arguments *a, int count);
int replay_inputs_load(struct replay_options *o, struct replay_inputs *in, const struct replay_arguments *a, int count,
		       char **operand);
void replay_inputs_free(struct replay_inputs *in);

#endif
