// SPDX-License-Identifier: BSD-2-Clause
/* Whether the interfaces still carry what we watch. */
#include "answers.h"
#include "egress.h"
#include "log.h"
#include "watch.h"

static const char *const presence_names[PRESENCE_COUNT] = {
	[PRESENCE_ATTACHED] = "attached",
	[PRESENCE_DETACHED] = "detached",
	[PRESENCE_REPLACED] = "replaced",
	[PRESENCE_GONE] = "gone",
};

static enum presence presence_find(const struct watch *w, const struct attachment *a)
{
	char name[IF_NAMESIZE]; /* it may have another by now */
	struct xdp_found found;

	if (!if_indextoname(a->ifindex, name))
		return PRESENCE_GONE;
	if (xdp_find(a->ifindex, &found))
		return PRESENCE_ATTACHED; /* cannot tell: doubt is no news */
	if (!found.id)
		return PRESENCE_DETACHED;
	return found.id == a->xdp_id || datapath_has_program(&w->dp, found.id) ? PRESENCE_ATTACHED : PRESENCE_REPLACED;
}

/* To load the companion costs something, and each failure a line: after 1, 2, 4… polls, then each 64. */
static bool companion_is_due(const struct attachment *a)
{
	return !(a->egress_missed & (a->egress_missed - 1)) || !(a->egress_missed % 64);
}

/* Without its companion the program sees nobody answered: it is put back. False while it is not there. */
static bool companion_keep(struct watch *w, struct attachment *a)
{
	bool is_there = egress_find(&w->dp, a->ifindex), is_new;

	if (is_there || !a->egress_wanted) {
		a->egress_missed = 0;
		return is_there;
	}
	if (!a->egress_missed++) {
		log_warn("%s: the egress companion is gone, and not by us", a->iface);
		watch_log_state(w, "companion_gone", a->iface);
	}
	if (!companion_is_due(a) || egress_attach(&w->dp, a->iface, a->ifindex, &is_new))
		return false;
	a->egress_missed = 0;
	log_info("%s: the egress companion is back", a->iface);
	watch_log_state(w, "companion_back", a->iface);
	return true;
}

/* Nothing may be dropped for the model's sake while an interface lacks the companion that it is to have. */
static void answers_keep(struct watch *w, const char *without, bool all)
{
	bool lost = w->settings.one_way == ONE_WAY_LOST;
	int err = 0;

	if (without && !lost) {
		err = answers_lose(&w->dp);
		if (!err)
			log_error("%s: without its companion honest flows look unanswered: the model's verdicts are enforced "
				  "nowhere, in no scope, until it is back; blocks are", without);
	} else if (lost && all) {
		err = answers_regain(&w->dp);
		if (!err)
			log_info("answers are seen again: verdicts are enforced after a warm-up");
	}
	watch_tell_trouble(w, "settings", err);
}

int watch_presence(struct watch *w)
{
	const char *without = NULL; /* an interface whose companion is lost */
	int attached = 0, seen = 0;

	for (int i = 0; i < w->at_count; i++) {
		enum presence now = presence_find(w, &w->at[i]);

		attached += now == PRESENCE_ATTACHED;
		if (now == PRESENCE_ATTACHED)
			seen += companion_keep(w, &w->at[i]);
		else
			w->at[i].egress_missed = 0;
		if (w->at[i].egress_missed)
			without = w->at[i].iface;
		if (now == w->presence[i])
			continue;
		w->presence[i] = now;
		w->at[i].xdp_is_ours = false;
		log_warn("%s: the program is %s%s", w->at[i].iface, presence_names[now],
			 now == PRESENCE_ATTACHED ? " again" : ", and not by us");
		watch_log_state(w, presence_names[now], w->at[i].iface);
	}
	answers_keep(w, without, attached && seen == attached);
	return attached;
}
