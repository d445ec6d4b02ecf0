/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A second model beside the one in force: champion and challenger score the same vectors. Of every flow one of them is the
 * judge: the champion, or the challenger for the share of flows that is split off to it. What the other says has no effect;
 * it is compared, counted, and in samples told.
 */
#ifndef SHADOW_H
#define SHADOW_H

#include "event.h"

enum arm { ARM_CHAMPION, ARM_CHALLENGER, ARM_COUNT };

#define SPLIT_WHOLE 65536 /* settings.split counts in these parts */

/* What a model makes of a vector. */
struct opinion {
	__s32 score;
	__u32 model_id;
	__u8 verdict;  /* enum verdict */
	__u8 reason;   /* enum reason */
	__u8 class;
	__u8 score_is; /* enum score_is */
};

/* Map key: two opinions on one vector, by arm. */
struct shadow_key {
	__u32 since; /* settings.shadow_since: counts of other models or shares are not these */
	__u8 arm;    /* enum arm: who judges */
	__u8 verdict[ARM_COUNT];
	__u8 class[ARM_COUNT];
	__u8 pad[3];
};

struct shadow_count {
	__u64 verdicts;	 /* vectors on which the two said this */
	__u64 flows;	 /* flows of which such a vector was the first that both scored */
	__u64 differing; /* flows of which it was the first on which the verdicts differed */
	__u64 logged;	 /* what came of it: flows newly suspicious, */
	__u64 condemned; /* and flows condemned */
	__u64 told;	 /* of the disagreements */
};

/* EVENT_SHADOW, ring `hr_events`: a disagreement. `e.verdict` and what follows are the judge's, as they took effect. */
struct shadow_event {
	struct event e;
	struct opinion opinion[ARM_COUNT];
	__u32 arm; /* enum arm: who judges */
	__u32 pad;
};

_Static_assert(sizeof(struct shadow_key) == 12, "shadow_key has hidden padding");
_Static_assert(sizeof(struct shadow_event) == sizeof(struct event) + 32, "shadow_event has hidden padding");

/* Bytes of what is in the ring `hr_events`. */
static __always_inline __u32 event_size(const struct event *e)
{
	return e->type == EVENT_SHADOW ? sizeof(struct shadow_event) : sizeof(*e);
}

/* 1 + the challenger's slot, 0 without one. While a change is written, one slot can be named twice. */
static __always_inline __u32 shadow_slot(const struct settings *s)
{
	return s->shadow == s->model_slot + 1 || s->engine == ENGINE_USER ? 0 : s->shadow;
}

/* Who judges a flow: by its key, so the same for all its life, and a larger share keeps the flows of a smaller one. */
static __always_inline enum arm shadow_arm(const struct settings *s, const struct flow_key *key)
{
	__u32 h;

	if (!s->split || !shadow_slot(s))
		return ARM_CHAMPION;
	h = flow_key_hash(key);
	h = (h ^ h >> 15) * 0x2c1b3c6du; /* other flows than those whose vectors are told */
	h = (h ^ h >> 12) * 0x297a2d39u;
	return h >> 16 < s->split ? ARM_CHALLENGER : ARM_CHAMPION;
}

#endif
