// SPDX-License-Identifier: BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "class_names.h"
#include "explain_fate.h"
#include "held.h"
#include "verdict.h"

/* What the rules are asked with. */
struct fate {
	const struct explained_flow *f;
	const struct model *m;
	struct policy policy;
	char *text;
};

static void __attribute__((format(printf, 2, 3))) say(const struct fate *t, const char *format, ...)
{
	size_t used = strlen(t->text);
	va_list args;

	va_start(args, format);
	vsnprintf(t->text + used, FATE_TEXT_SIZE - used, format, args);
	va_end(args);
}

static __u32 value(const struct fate *t, enum feature_id id)
{
	return t->f->x.value[id];
}

/* Why what the source's other flows came to does not condemn this one. */
static void source_say(const struct fate *t)
{
	const struct features *x = &t->f->x;

	say(t, "of the source's other flows lately %u unanswered, %u half-open, %u refused: ", value(t, FEATURE_s_unans_long),
	    value(t, FEATURE_s_half_long), value(t, FEATURE_s_rej_long));
	if (features_show_source(&t->policy, x))
		say(t, "evidence about it, but without what the destination goes through the model does not condemn");
	else if (features_show_doubt(x))
		say(t, "no evidence, for it completed handshakes, and these may be sent in its name");
	else if (features_places(x) < t->policy.source_flows && features_show_plight(x))
		say(t, "no evidence, for the destination fails for everybody");
	else if (features_show_older(x) && value(t, FEATURE_s_unans_long) >= t->policy.source_flows)
		say(t, "no evidence against a flow that was not seen to begin");
	else
		say(t, "no evidence, which begins at %u", t->policy.source_flows);
}

/* Who is no stranger, and why. */
static const char *known_why(const struct fate *t)
{
	__u32 kind = value(t, FEATURE_kind), l4_class = value(t, FEATURE_l4_class);

	if (features_show_handshake(&t->f->x))
		return "the flow completed its handshake";
	if (value(t, FEATURE_s_hs_long) && !features_show_doubt(&t->f->x))
		return "the source completed handshakes lately";
	if (kind == FLOW_KIND_ACK || kind == FLOW_KIND_FIN_ACK)
		return "a connection that was not seen to begin may be older than the program";
	if (t->policy.one_way)
		return "answers are not seen, and such packets may be answers";
	if (kind == FLOW_KIND_NOT_TCP && (value(t, FEATURE_ans) || features_show_answered(&t->f->x)))
		return "it was answered, or another flow of the source was";
	if (l4_class == FEATURE_PROTO_OTHER)
		return "what is neither TCP, UDP nor ICMP is only logged";
	return "no crowd knocks in vain at the destination";
}

/* Why a flow on which there is no evidence about the source is no stranger's, or not dropped for it now. */
static void stranger_say(const struct fate *t)
{
	enum stranger stranger = features_show_stranger(&t->policy, &t->f->x);
	unsigned long long packets = t->f->packets;

	if (t->f->unawaited && packets > 1 && packets < VERDICT_PACKETS_SURE)
		say(t, "; no socket is for it, which condemns at packet %d, and this was packet %llu", VERDICT_PACKETS_SURE, packets);
	else if (stranger == STRANGER_NOT)
		say(t, "; and it is no stranger's: %s", known_why(t));
	else if (packets == 1 && stranger == STRANGER_LATE)
		say(t, "; a first SYN passes where no crowd knocks in vain at the destination");
	else if (packets == 1)
		say(t, "; a stranger's first packet, which passes as a retry, to a socket that is there, or by the policy of a scope");
	else if (stranger == STRANGER_ONCE)
		say(t, "; of a stranger's flow like this only the first packet is dropped, and this was packet %llu", packets);
	else if (packets < VERDICT_PACKETS_SURE)
		say(t, "; a stranger's flow is condemned at packet %d, and this was packet %llu", VERDICT_PACKETS_SURE, packets);
	else
		say(t, "; a stranger's, which passes to a socket that is there, or by the policy of a scope");
}

/* False where the rows had no columns for what the rules look at. */
static bool evidence_is_known(const struct explained_flow *f)
{
	static const enum feature_id asked[] = {
		FEATURE_s_unans_long, FEATURE_s_unans_pm_long, FEATURE_s_half_long, FEATURE_s_rej_long, FEATURE_s_hs_long,
		FEATURE_s_peers_long, FEATURE_s_ports_long, FEATURE_s_bby_pm, FEATURE_d_unans_long, FEATURE_d_half_long,
		FEATURE_d_half_pm_short, FEATURE_d_rej_long, FEATURE_d_rej_short, FEATURE_d_hs_long, FEATURE_d_hs_short,
		FEATURE_d_peers_short, FEATURE_kind, FEATURE_l4_class, FEATURE_tstate, FEATURE_ans,
	};

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++)
		if (f->lacks[asked[i]])
			return false;
	return true;
}

static void evidence_say(const struct fate *t)
{
	if (t->f->model_id != t->m->id) /* its thresholds, and what it makes of the source alone, are another's */
		return;
	if (!evidence_is_known(t->f))
		return;
	source_say(t);
	stranger_say(t);
}

static void suspicion_say(const struct fate *t)
{
	struct model_sums sums = { 0 };
	__s64 score = model_ask(t->m, &t->f->x, &sums);
	const char *class = class_name_of_model(t->m, sums.class);

	if (class && t->f->model_id == t->m->id && score >= t->m->policy.drop_at &&
	    t->m->class_role[sums.class & (MODEL_CLASSES_MAX - 1)] == CLASS_SUSPECT)
		say(t, "what is of class %s is only logged", class);
	else
		say(t, "suspicious and no more: the score is below what condemns");
}

const char *explain_fate(const struct explained_flow *f, const struct model *m, char text[FATE_TEXT_SIZE])
{
	struct fate t = { .f = f, .m = m, .policy = m->policy, .text = text };
	const char *held = held_text(f->held_by);
	bool is_line = !strcmp(f->verdict, verdict_name(VERDICT_LOG));

	*text = 0;
	t.policy.one_way = f->one_way;
	if (held)
		say(&t, "%s", held);
	else if (f->would_drop)
		say(&t, "mode monitor, or something suspended the model's verdicts; which is not told");
	else if (is_line && !strcmp(f->reason, reason_name(REASON_NONE)))
		suspicion_say(&t);
	else if (is_line && !strcmp(f->reason, reason_name(REASON_SOURCE)))
		say(&t, "the source is under the management guard, or a policy says to log; which is not told");
	else if (is_line && !strcmp(f->reason, reason_name(REASON_DESTINATION)))
		evidence_say(&t);
	return text;
}
