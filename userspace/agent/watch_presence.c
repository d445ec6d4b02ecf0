// SPDX-License-Identifier: BSD-2-Clause
/* Whether the interfaces still carry what we watch. */
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

int watch_presence(struct watch *w)
{
	int attached = 0;

	for (int i = 0; i < w->at_count; i++) {
		enum presence now = presence_find(w, &w->at[i]);

		attached += now == PRESENCE_ATTACHED;
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
