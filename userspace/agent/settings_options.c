// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "answers.h"
#include "attach.h"
#include "clock.h"
#include "end_host.h"
#include "log.h"
#include "model_reach_tell.h"
#include "model_slots.h"
#include "model_store.h"
#include "policies.h"
#include "scope_store.h"
#include "settings_options.h"

#define SHARE_WHOLE 65536 /* settings.snapshot_share counts in these parts */

struct settings_options settings_options_none(void)
{
	struct settings_options o = {
		.event_rate = ULONG_MAX,
		.suspicious_rate = ULONG_MAX,
		.snapshot_rate = ULONG_MAX,
		.snapshot_share = -1,
		.breaker_share = -1,
		.breaker_least = ULONG_MAX,
		.ipv6_prefix = ULONG_MAX,
		.warm_up_ns = SETTINGS_OPTION_ABSENT,
		.dead_after_ns = SETTINGS_OPTION_ABSENT,
		.condemn_for_ns = SETTINGS_OPTION_ABSENT,
		.unblock_quiet_ns = SETTINGS_OPTION_ABSENT,
	};

	for (int i = 0; i < TIMEOUTS; i++)
		o.timeout_ns[i] = SETTINGS_OPTION_ABSENT;
	return o;
}

/* One number of a list of checkpoints: its bit, 0 when it is none. */
static __u32 checkpoint_bit(const char *text, char **end)
{
	unsigned long long v = isdigit((unsigned char)*text) ? strtoull(text, end, 10) : 0;

	if (!v || v > 1ull << 31 || v & (v - 1))
		return 0;
	return v;
}

int checkpoints_parse(const char *text, __u32 *mask)
{
	__u32 all = 0;
	char *end;

	if (!strcmp(text, "all")) {
		*mask = 0xffffffff;
		return 0;
	}
	if (!strcmp(text, "none")) {
		*mask = 0;
		return 0;
	}
	for (;; text = end + 1) {
		__u32 bit = checkpoint_bit(text, &end);

		if (!bit || (*end && *end != ','))
			return -EINVAL;
		all |= bit;
		if (!*end)
			break;
	}
	*mask = all;
	return 0;
}

const char *checkpoints_print(__u32 mask, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "%s", mask == 0xffffffff ? "all" : mask ? "" : "none");
	for (int k = 0; k < 32 && mask != 0xffffffff && used < size; k++)
		if (mask >> k & 1)
			used += snprintf(text + used, size - used, "%s%u", used ? "," : "", 1u << k);
	return text;
}

static int rate_put(const char *option, unsigned long given, __u32 *out)
{
	if (given == ULONG_MAX)
		return 0;
	if (given > UINT_MAX) {
		log_error("--%s: %lu will not do, wanted 0 to %u", option, given, UINT_MAX);
		return -EINVAL;
	}
	*out = given;
	return 0;
}

/* `whole`: what *out counts in. */
static int share_put(const char *option, double given, double whole, __u32 *out)
{
	if (given == -1)
		return 0;
	if (!(given >= 0 && given <= 1)) {
		log_error("--%s: %g will not do, wanted %s", option, given, SHARE_WANTED);
		return -EINVAL;
	}
	*out = lround(given * whole);
	if (given > 0 && !*out)
		*out = 1; /* little is not nothing */
	return 0;
}

#define DEAD_AFTER_LEAST_NS (2 * SECOND_NS)

/* When the model's verdicts are not enforced. */
static int safety_put(const struct settings_options *o, struct settings *s)
{
	int value;

	if (o->dead_agent) {
		value = option_parse_name("--dead-agent", o->dead_agent, dead_agent_names, DEAD_AGENT_COUNT);
		if (value < 0)
			return value;
		s->dead_agent = value;
	}
	if (o->dead_after_ns != SETTINGS_OPTION_ABSENT && o->dead_after_ns < DEAD_AFTER_LEAST_NS) {
		log_error("--dead-after: too short, wanted 2 seconds or more");
		return -EINVAL;
	}
	if (o->dead_after_ns != SETTINGS_OPTION_ABSENT)
		s->dead_after_ns = o->dead_after_ns;
	if (o->warm_up_ns != SETTINGS_OPTION_ABSENT)
		s->warm_up_ns = o->warm_up_ns;
	return share_put("breaker-share", o->breaker_share, 1000, &s->breaker_permille) ?:
	       rate_put("breaker-least", o->breaker_least, &s->breaker_least);
}

#define IPV6_PREFIX_LEAST 32 /* the network of a provider: less would be other people's */

static int ipv6_prefix_put(unsigned long given, struct settings *s)
{
	if (given == ULONG_MAX)
		return 0;
	if (given < IPV6_PREFIX_LEAST || given > 128) {
		log_error("--ipv6-prefix: %lu will not do, wanted %d to 128", given, IPV6_PREFIX_LEAST);
		return -EINVAL;
	}
	memset(s->ipv6_mask, 0, sizeof(s->ipv6_mask));
	for (unsigned long bit = 0; bit < given; bit++)
		((unsigned char *)s->ipv6_mask)[bit / 8] |= 0x80 >> bit % 8;
	return 0;
}

int settings_ipv6_prefix(const struct settings *s)
{
	int bits = 0;

	for (int i = 0; i < 4; i++)
		bits += __builtin_popcount(s->ipv6_mask[i]);
	return bits;
}

static int names_put(const struct settings_options *o, struct settings *s)
{
	int value;

	if (o->mode) {
		value = option_parse_name("--mode", o->mode, mode_names, MODE_COUNT);
		if (value < 0)
			return value;
		s->mode = value;
	}
	if (o->engine) {
		value = option_parse_name("--engine", o->engine, engine_names, ENGINE_COUNT);
		if (value < 0)
			return value;
		s->engine = value;
	}
	if (o->tunnels) {
		value = option_parse_name("--tunnels", o->tunnels, tunnels_names, TUNNELS_COUNT);
		if (value < 0)
			return value;
		s->tunnels = value;
	}
	if (o->end_host) {
		value = option_parse_name("--end-host", o->end_host, no_yes_names, 2);
		if (value < 0)
			return value;
		s->end_host = value;
	}
	if (o->checkpoints && checkpoints_parse(o->checkpoints, &s->checkpoints)) {
		log_error("--checkpoints: '%s' will not do, wanted powers of two such as 1,2,4,8, or all, or none",
			  o->checkpoints);
		return -EINVAL;
	}
	return 0;
}

int settings_options_put(const struct settings_options *o, struct settings *out)
{
	struct settings s = *out;

	if (names_put(o, &s) || rate_put("event-rate", o->event_rate, &s.event_rate) ||
	    rate_put("suspicious-rate", o->suspicious_rate, &s.suspicious_rate) ||
	    rate_put("snapshot-rate", o->snapshot_rate, &s.snapshot_rate) ||
	    share_put("snapshot-share", o->snapshot_share, SHARE_WHOLE, &s.snapshot_share) || safety_put(o, &s) ||
	    ipv6_prefix_put(o->ipv6_prefix, &s) || policies_check(&o->policy))
		return -EINVAL;
	if (o->condemn_for_ns != SETTINGS_OPTION_ABSENT)
		s.condemn_for_ns = o->condemn_for_ns;
	if (o->unblock_quiet_ns != SETTINGS_OPTION_ABSENT)
		s.unblock_quiet_ns = o->unblock_quiet_ns;
	for (int i = 0; i < TIMEOUTS; i++) {
		if (o->timeout_ns[i] == SETTINGS_OPTION_ABSENT)
			continue;
		if (o->timeout_ns[i] < SECOND_NS) {
			log_error("--timeout-%s: too short, wanted 1 second or more", timeout_names[i]);
			return -EINVAL;
		}
		s.timeout_ns[i] = o->timeout_ns[i];
	}
	*out = s;
	return 0;
}

/* Without a model only the block list drops, and that needs to see no answers. */
static bool model_is_in(const struct datapath *dp, __u32 slot)
{
	struct model *m = slot_read(dp, slot);
	bool is_in = m && m->id;

	free(m);
	return is_in;
}

void settings_tell_no_model(const struct datapath *dp, bool scope_enforces)
{
	struct settings s;

	if (settings_read(dp, &s) || (s.mode != MODE_ENFORCE && !scope_enforces) || model_is_in(dp, s.model_slot))
		return;
	if (attachments_are_one_way(dp))
		log_warn("enforcing without a model: only what is on the block list is dropped; and a model will be refused, for without "
			 "the egress companion (--no-egress) answers are not seen");
	else
		log_warn("enforcing without a model: only what is on the block list is dropped; load one: hedgerow model load FILE");
}

/* What a model in enforce mode needs. Asked when either is new: what is in force already was asked before. */
static int enforcing_check(const struct datapath *dp, const struct settings_options *o, const struct model_given *given,
			   const struct settings *s)
{
	bool new_model = given && given->model;

	if (new_model ? !datapath_enforces(dp, s) : !o->mode || s->mode != MODE_ENFORCE)
		return 0;
	return new_model || model_is_in(dp, s->model_slot) ? attachments_see_replies(dp) : 0;
}

/* Policies name classes of the model that is in force from now on. */
static int policies_apply(const struct datapath *dp, const struct option_list *policies, struct settings *s)
{
	struct model *m = policies->count ? slot_read(dp, s->model_slot) : NULL;
	int err = policies_put(policies, m && m->id ? m : NULL, s);

	free(m);
	return err;
}

/* That another engine can ask the model that is in force. */
static int engine_check(const struct datapath *dp, const struct settings_options *o, const struct settings *s)
{
	struct model *m = o->engine ? slot_read(dp, s->model_slot) : NULL;
	int err = m && m->id ? model_store_check_engine("the model in force", m, s) : 0;

	free(m);
	return err;
}

/* What was set and engine `user` does not ask. */
static void engine_user_warn(const struct settings_options *o, const struct settings *s)
{
	if (s->engine != ENGINE_USER)
		return;
	if (o->engine && s->shadow && s->split)
		log_warn("engine user scores the model in force alone: the challenger, which is to judge %.2f %% of the flows, judges none",
			 100.0 * s->split / SPLIT_WHOLE);
	if ((o->engine || o->end_host) && s->end_host)
		log_warn("engine user asks no sockets: end-host yes changes none of its verdicts");
}

int settings_options_apply(const struct datapath *dp, const struct settings_options *o, const struct model_given *given)
{
	struct settings s;
	int lock = settings_change_begin(dp, &s), err;

	if (lock < 0) {
		log_error("settings: %s", datapath_strerror(lock));
		return lock;
	}
	answers_find(dp, &s);
	err = settings_options_put(o, &s);
	err = err ? err : enforcing_check(dp, o, given, &s);
	if (!err && given && given->model)
		err = model_store_stage(dp, given, &s);
	else if (!err)
		err = engine_check(dp, o, &s);
	if (!err)
		err = policies_apply(dp, &o->policy, &s);
	if (err) {
		settings_change_end(dp, lock, NULL);
		return err;
	}
	err = settings_change_end(dp, lock, &s);
	if (err) {
		log_error("settings: %s", datapath_strerror(err));
		return err;
	}
	if (o->end_host && s.end_host)
		end_host_warn(dp);
	engine_user_warn(o, &s);
	if (given && given->model)
		model_reach_tell(given->model, given->extras.card);
	return 0;
}

void settings_tell_inherited(const struct datapath *dp, const struct settings_options *o)
{
	char since[CLOCK_TEXT_SIZE];
	struct settings s;

	if (settings_read(dp, &s) || !datapath_enforces(dp, &s) || (o->mode && s.mode == MODE_ENFORCE))
		return;
	clock_print(clock_unix_from_boottime(dp->loaded_ns), since);
	if (s.mode == MODE_ENFORCE)
		log_warn("mode enforce was set before and stays in force (program in place since %s); to drop nothing: hedgerow "
			 "settings --mode monitor", since);
	else
		log_warn("scopes that enforce were set before and stay in force (program in place since %s); hedgerow scope list "
			 "shows them", since);
}
