// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "names.h"
#include "policies.h"

#define COUNT_MOST 1000000u
#define TIME_MOST_NS (366ull * 24 * 3600 * SECOND_NS)

/* A whole number from 1 on, then `end`. Returns what follows, or NULL. */
static const char *count_take(const char *text, char end, __u32 *out)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 7 || text[digits] != end)
		return NULL;
	*out = strtoul(text, NULL, 10);
	return *out && *out <= COUNT_MOST ? text + digits + 1 : NULL;
}

/* A time longer than nothing, up to `end` or the end of the text. Returns what follows, or NULL. */
static const char *time_take(const char *text, char end, __u64 *out)
{
	size_t length = end ? strcspn(text, (char[]){ end, 0 }) : strlen(text);
	unsigned long long ns;
	char piece[32];

	if (length >= sizeof(piece) || text[length] != end)
		return NULL;
	memcpy(piece, text, length);
	piece[length] = 0;
	if (option_parse_seconds(piece, &ns) || !ns || ns > TIME_MOST_NS)
		return NULL;
	*out = ns;
	return text + length + (end != 0);
}

int response_parse(const char *text, struct response *out)
{
	struct response r = { 0 };
	const char *at;

	if (!strcmp(text, "log")) {
		r.kind = RESPONSE_LOG;
	} else if (!strcmp(text, "drop")) {
		r.kind = RESPONSE_DROP;
	} else if (!strncmp(text, "block:", 6)) {
		r.kind = RESPONSE_BLOCK;
		at = count_take(text + 6, '/', &r.count);
		at = at ? time_take(at, ':', &r.within_ns) : NULL;
		if (!at || !time_take(at, 0, &r.for_ns))
			return -EINVAL;
	} else if (!strncmp(text, "rate-limit:", 11)) {
		r.kind = RESPONSE_LIMIT;
		at = count_take(text + 11, '/', &r.count);
		if (!at || strcmp(at, "s"))
			return -EINVAL;
	} else {
		return -EINVAL;
	}
	*out = r;
	return 0;
}

const char *response_print(const struct response *r, char *text)
{
	const char *name = r->kind < RESPONSE_KINDS ? response_names[r->kind] : "unknown";

	if (r->kind == RESPONSE_BLOCK)
		snprintf(text, RESPONSE_TEXT_SIZE, "%s:%u/%gs:%gs", name, r->count, r->within_ns / 1e9, r->for_ns / 1e9);
	else if (r->kind == RESPONSE_LIMIT)
		snprintf(text, RESPONSE_TEXT_SIZE, "%s:%u/s", name, r->count);
	else
		snprintf(text, RESPONSE_TEXT_SIZE, "%s", name);
	return text;
}

/* Returns 0, or -EINVAL after one logged line. *class is where its name begins, *length its length, -1 without one. */
static int policy_parse(const char *text, int *length, struct response *out)
{
	const char *equals = strchr(text, '=');

	*length = equals ? equals - text : -1;
	if (!response_parse(equals ? equals + 1 : text, out))
		return 0;
	log_error("--policy: '%s' will not do, " RESPONSE_WANTED, text);
	return -EINVAL;
}

int policies_check(const struct option_list *policies)
{
	struct response ignored;
	int length, err = 0;

	for (int i = 0; i < policies->count && !err; i++)
		err = policy_parse(policies->value[i], &length, &ignored);
	return err;
}

static int class_named(const struct model *m, const char *name, int length)
{
	for (__u32 c = 0; c < m->class_count && c < MODEL_CLASSES_MAX; c++)
		if ((int)strnlen(m->class_name[c], MODEL_CLASS_NAME) == length &&
		    !strncmp(m->class_name[c], name, length))
			return c;
	return -ENOENT;
}

/* The class that a policy is for. Returns -EINVAL after one logged line. */
static int class_find(const struct model *m, const char *text, int length)
{
	int class = m && m->class_count > 1 ? class_named(m, text, length) : -ENOENT;

	if (!m || m->class_count <= 1)
		log_error("--policy: '%s' names a class, but %s; leave `%.*s=` out", text,
			  m ? "the model in force tells only two apart" : "no model is in force", length, text);
	else if (class < 0)
		log_error("--policy: the model in force has no class '%.*s'; `hedgerow model show` lists them", length, text);
	else if (m->class_role[class] != CLASS_ATTACK)
		log_error("--policy: class '%.*s' is never condemned: its flows %s", length, text,
			  m->class_role[class] == CLASS_HONEST ? "pass" : "are only logged");
	else
		return class;
	return -EINVAL;
}

int policies_put(const struct option_list *policies, const struct model *m, struct settings *out)
{
	struct settings s = *out;

	for (int i = 0; i < policies->count; i++) {
		const char *text = policies->value[i];
		struct response r;
		int length, class = 0;

		if (policy_parse(text, &length, &r))
			return -EINVAL;
		if (length >= 0)
			class = class_find(m, text, length);
		if (class < 0)
			return class;
		for (int c = 0; c < MODEL_CLASSES_MAX; c++)
			if (length < 0 || c == class)
				s.response[c] = r;
	}
	*out = s;
	return 0;
}

/* The class of `from` whose policy a class of `to` takes. -ENOENT: none has its name. */
static int policy_source(const struct model *from, const struct model *to, __u32 class)
{
	const char *name = to->class_name[class];

	if (from->class_count <= 1)
		return 0; /* what it has is for whatever is condemned */
	return to->class_count > 1 ? class_named(from, name, strnlen(name, MODEL_CLASS_NAME)) : -ENOENT;
}

static bool policy_goes_on(const struct model *from, const struct model *to, __u32 class)
{
	for (__u32 c = 0; c < to->class_count && c < MODEL_CLASSES_MAX; c++)
		if (policy_source(from, to, c) == (int)class)
			return true;
	return false;
}

void policies_carry(struct settings *s, const struct model *from, const struct model *to)
{
	struct response before[MODEL_CLASSES_MAX];
	char text[RESPONSE_TEXT_SIZE];

	if (from->class_count <= 1)
		return;
	memcpy(before, s->response, sizeof(before));
	for (int c = 0; c < MODEL_CLASSES_MAX; c++) {
		int source = policy_source(from, to, c);

		s->response[c] = source < 0 ? (struct response){ .kind = RESPONSE_DROP } : before[source];
	}
	for (__u32 c = 0; c < from->class_count && c < MODEL_CLASSES_MAX; c++)
		if (before[c].kind != RESPONSE_DROP && from->class_role[c] == CLASS_ATTACK && !policy_goes_on(from, to, c))
			log_warn("policy %.*s=%s ends: the model that comes has no such class", MODEL_CLASS_NAME,
				 from->class_name[c], response_print(&before[c], text));
}

/* A share of the flows is to be dropped by a class that nobody named a policy for, though somebody did for others. */
static void lent_nothing_warn(const struct settings *s, const struct model *champion, const struct model *challenger,
			      __u32 class)
{
	__u32 classes = challenger->class_count > 1 ? challenger->class_count : 1;

	if (!s->split || class >= classes || (classes > 1 && challenger->class_role[class] != CLASS_ATTACK))
		return;
	for (__u32 c = 0; c < champion->class_count && c < MODEL_CLASSES_MAX; c++)
		if (champion->class_role[c] == CLASS_ATTACK && s->response[c].kind != RESPONSE_DROP) {
			log_warn("the challenger's class %.*s has no policy of the champion's: its flows are dropped",
				 MODEL_CLASS_NAME, classes > 1 ? challenger->class_name[class] : "(only one)");
			return;
		}
}

void policies_lend(struct settings *s, const struct model *champion, const struct model *challenger)
{
	for (__u32 c = 0; c < MODEL_CLASSES_MAX; c++) {
		int source = policy_source(champion, challenger, c);

		s->shadow_response[c] = source < 0 ? 0 : source + 1;
		if (source < 0)
			lent_nothing_warn(s, champion, challenger, c);
	}
}

void policies_walk(const struct settings *s, const struct model *m,
		   void (*each)(void *context, const char *class, const char *response), void *context)
{
	char text[RESPONSE_TEXT_SIZE], class[MODEL_CLASS_NAME + 1] = "";

	if (!m || m->class_count <= 1) {
		each(context, class, response_print(&s->response[0], text));
		return;
	}
	for (__u32 c = 0; c < m->class_count && c < MODEL_CLASSES_MAX; c++) {
		if (m->class_role[c] != CLASS_ATTACK)
			continue;
		memcpy(class, m->class_name[c], MODEL_CLASS_NAME);
		each(context, class, response_print(&s->response[c], text));
	}
}

static void policy_print(void *unused, const char *class, const char *response)
{
	(void)unused;
	printf("%-20s %s%s%s\n", "policy", class, *class ? "=" : "", response);
}

void policies_print(const struct settings *s, const struct model *m)
{
	policies_walk(s, m, policy_print, NULL);
}
