// SPDX-License-Identifier: BSD-2-Clause
/* Whether the interfaces still carry what we watch. */
#include "egress.h"
#include "log.h"
#include "settings_options.h"
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

/* Without its companion the program sees nobody answered: it is put back, or else nothing may be dropped any more. */
static void companion_keep(struct watch *w, struct attachment *a)
{
	struct settings_options monitor = settings_options_none();
	bool is_new;

	if (!a->egress_wanted || egress_find(&w->dp, a->ifindex))
		return;
	log_warn("%s: the egress companion is gone, and not by us", a->iface);
	watch_log_state(w, "companion_gone", a->iface);
	if (!egress_attach(&w->dp, a->iface, a->ifindex, &is_new)) {
		log_info("%s: the egress companion is back", a->iface);
		watch_log_state(w, "companion_back", a->iface);
		return;
	}
	monitor.mode = "monitor";
	if (w->settings.mode == MODE_ENFORCE) {
		if (settings_options_apply(&w->dp, &monitor, NULL))
			return; /* said why; tried again at the next poll */
		log_error("%s: without it honest flows look unanswered: now in monitor mode, nothing is dropped", a->iface);
	}
	a->egress_wanted = false; /* said once */
}

int watch_presence(struct watch *w)
{
	int attached = 0;

	for (int i = 0; i < w->at_count; i++) {
		enum presence now = presence_find(w, &w->at[i]);

		attached += now == PRESENCE_ATTACHED;
		if (now == PRESENCE_ATTACHED)
			companion_keep(w, &w->at[i]);
		if (now == w->presence[i])
			continue;
		w->presence[i] = now;
		w->at[i].xdp_is_ours = false;
		log_warn("%s: the program is %s%s", w->at[i].iface, presence_names[now],
			 now == PRESENCE_ATTACHED ? " again" : ", and not by us");
		watch_log_state(w, presence_names[now], w->at[i].iface);
	}
	return attached;
}
