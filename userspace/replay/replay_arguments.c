// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "names.h"
#include "replay_arguments.h"
#include "tables.h"

/* "1,2,4,last": powers of two as a bit mask; "all" of them. */
static int checkpoints_parse(const char *text, __u32 *mask, bool *last)
{
	char *copy = strdup(text), *rest = copy, *word;
	int err = copy ? 0 : -ENOMEM;

	*mask = 0;
	*last = false;
	while (!err && (word = strsep(&rest, ","))) {
		char *end;
		unsigned long v = strtoul(word, &end, 10);

		if (!strcmp(word, "last"))
			*last = true;
		else if (!strcmp(word, "all"))
			*mask = ~0u;
		else if (end == word || *end || !v || v > 1ul << 31 || v & (v - 1))
			err = -EINVAL;
		else
			*mask |= v;
	}
	free(copy);
	if (err == -EINVAL)
		log_error("--checkpoints: '%s' will not do, wanted powers of two, `all` of them, `last`, or several, such as 1,2,4,8,last", text);
	return err;
}

static int prefix_add(struct direction *d, const char *option, const char *word)
{
	if (d->inside_count == DIRECTION_PREFIXES_MAX) {
		log_error("%s: '%s' is one too many, wanted at most %d addresses or CIDR prefixes", option, word,
			  DIRECTION_PREFIXES_MAX);
		return -E2BIG;
	}
	if (ip_prefix_parse(word, &d->inside[d->inside_count], NULL)) {
		log_error("%s: '%s' will not do, wanted an address or a CIDR prefix, or several with commas between them",
			  option, word);
		return -EINVAL;
	}
	d->inside_count++;
	return 0;
}

static int prefixes_add(struct direction *d, const char *option, const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (word = strsep(&rest, ",")))
		err = prefix_add(d, option, word);
	free(copy);
	return err;
}

static int direction_parse(struct direction *d, const struct replay_arguments *a)
{
	int err = 0;

	if (!!a->ingress_only + !!a->inside.count + a->all_enter > 1) {
		log_error("--inside, --all-enter and --ingress-only exclude each other");
		return -EINVAL;
	}
	if (a->all_enter)
		d->rule = DIRECTION_ALL_ENTER;
	for (int i = 0; i < a->inside.count && !err; i++) {
		d->rule = DIRECTION_INSIDE_LEAVES;
		err = prefixes_add(d, "--inside", a->inside.value[i]);
	}
	d->ingress_only = a->ingress_only;
	if (a->ingress_only && strcmp(a->ingress_only, "responders")) {
		d->rule = DIRECTION_INSIDE_LEAVES;
		err = prefixes_add(d, "--ingress-only", a->ingress_only);
	}
	return err;
}

static int overlay_from_arguments(struct overlay *o, const struct replay_arguments *a)
{
	const struct {
		const char *option, *value, *wanted;
	} given[] = {
		{ "--shift", a->shift, "a time such as 5, -250ms, 10m" },
		{ "--rate", a->rate, "a number from 0.000001 to 1000000" },
		{ "--repeat", a->repeat, "a whole number from 1 to 1000000" },
	};

	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		if (given[i].value && overlay_parse(o, given[i].option, given[i].value)) {
			log_error("%s: '%s' will not do, wanted %s", given[i].option, given[i].value, given[i].wanted);
			return -EINVAL;
		}
	for (int i = 0; i < a->map.count; i++)
		if (overlay_parse(o, "--map-address", a->map.value[i])) {
			log_error("--map-address: '%s' will not do, wanted A=B, addresses of one family, at most %d times",
				  a->map.value[i], OVERLAY_MAPS_MAX);
			return -EINVAL;
		}
	return 0;
}

static int sizes_check(const struct replay_arguments *a)
{
	const struct {
		const char *option;
		unsigned long value;
	} given[] = { { "--max-flows", a->max_flows }, { "--max-sources", a->max_sources }, { "--max-dests", a->max_dests } };

	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		if (given[i].value > TABLE_ENTRIES_MAX) {
			log_error("%s: %lu will not do, wanted at most %u", given[i].option, given[i].value, TABLE_ENTRIES_MAX);
			return -EINVAL;
		}
	return 0;
}

/* What one output says would be lost in, or by, another's. */
static int outputs_check(const struct replay_arguments *a)
{
	const struct {
		const char *option, *path;
	} given[] = { { "--rows", a->rows }, { "--verdicts", a->verdicts }, { "--evaluation", a->evaluation },
		      { "--json", a->json }, { "--write", a->write } };

	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		for (size_t other = 0; given[i].path && other < i; other++)
			if (given[other].path && !strcmp(given[i].path, given[other].path) &&
			    strcmp(given[i].path, "/dev/null")) {
				log_error("replay: %s and %s both go to %s; give them a file each", given[other].option,
					  given[i].option, strcmp(given[i].path, "-") ? given[i].path : "standard output");
				return -EINVAL;
			}
	return 0;
}

static int settings_from_arguments(struct replay_options *o, const struct replay_arguments *a)
{
	bool judges = a->verdicts || a->evaluation || a->json;
	int mode = judges ? MODE_ENFORCE : MODE_MONITOR, err = 0;

	settings_defaults(&o->settings);
	o->settings.breaker_least = 0; /* the model is on trial, and nobody can be harmed */
	o->settings.event_rate = o->settings.suspicious_rate = 0xffffffff; /* every verdict by itself, every vector */
	o->settings.snapshot_share = 65536;
	o->settings.snapshot_rate = 0xffffffff;
	o->settings.one_way = !!a->ingress_only;
	o->settings.end_host = a->end_host;
	if (a->shadow) {
		o->settings.shadow = o->settings.model_slot + 2; /* the slot behind it */
		o->settings.shadow_since = 1;
	}
	if (a->checkpoints)
		err = checkpoints_parse(a->checkpoints, &o->settings.checkpoints, &o->last);
	if (!err && a->mode)
		mode = option_parse_name("--mode", a->mode, mode_names, MODE_COUNT);
	if (mode < 0)
		err = mode;
	o->settings.mode = mode;
	if (err)
		return err;
	if (judges && !a->model)
		log_error("replay: a verdict needs a model: --model FILE");
	else if (a->shadow && !a->model)
		log_error("replay: a challenger needs a model to challenge: --model FILE");
	else if ((a->evaluation || a->json) && !a->labels)
		log_error("replay: an evaluation needs labels: --labels FILE");
	else if ((a->evaluation || a->json) && mode != MODE_ENFORCE)
		log_error("replay: an evaluation counts dropped packets, so that it needs --mode enforce");
	else if ((a->evaluation || a->json) && !(o->settings.checkpoints & 1))
		log_error("replay: an evaluation follows flows from their first packet: --checkpoints must have 1");
	else if (a->end_host && a->all_enter)
		log_error("replay: --end-host is for what enters a host, --all-enter for a router: they exclude each other");
	else if (a->kernel && o->last)
		log_error("replay: the kernel does not know a flow's last packet: --kernel and 'last' exclude each other");
	else
		return 0;
	return -EINVAL;
}

static int clock_offset_parse(struct replay_options *o, const char *text)
{
	bool is_back = *text == '-';
	unsigned long long offset;

	if (option_parse_seconds(text + is_back, &offset) || offset > 1ull << 62) {
		log_error("--clock-offset: '%s' will not do, wanted a time such as 5, 250ms, -1.5", text);
		return -EINVAL;
	}
	o->clock_offset_ns = is_back ? -(long long)offset : (long long)offset;
	return 0;
}

static int form_parse(enum model_form *out, const struct replay_arguments *a)
{
	*out = MODEL_FORM_AUTO;
	if (!a->form)
		return 0;
	if (a->kernel && a->model)
		return model_form_parse(a->form, out);
	log_error("--form goes with --kernel and --model: the host walks a model's tables, and has no other form");
	return -EINVAL;
}

int replay_arguments_read(struct replay_options *o, struct replay_inputs *in, const struct replay_arguments *a, int count)
{
	char why[CAPTURE_WHY];
	int err;

	*in = (struct replay_inputs){ .overlay = OVERLAY_NONE };
	*o = (struct replay_options){ .merge = a->merge, .align = a->align, .kernel = a->kernel,
				      .like_kernel = a->like_kernel || a->kernel, .write_path = a->write,
				      .sizes = { a->max_flows, a->max_sources, a->max_dests }, .set = &in->set };
	o->features = &in->features;
	err = settings_from_arguments(o, a);
	if (!err && feature_choice_parse(a->features, &in->features, why, sizeof(why))) {
		log_error("--features: %s", why);
		err = -EINVAL;
	}
	if (!err && a->align && !a->merge) {
		log_error("--align goes with --merge: captures that are replayed one after the other have no common clock");
		err = -EINVAL;
	}
	if (!err)
		err = form_parse(&in->form, a);
	if (!err)
		err = sizes_check(a);
	if (!err)
		err = outputs_check(a);
	if (!err)
		err = direction_parse(&o->direction, a);
	if (!err && a->clock_offset)
		err = clock_offset_parse(o, a->clock_offset);
	if (!err)
		err = overlay_from_arguments(&in->overlay, a);
	if (!err && !count) {
		log_error("replay: which captures? `hedgerow replay FILE|DIR|LIST...`");
		err = -EINVAL;
	}
	return err;
}
