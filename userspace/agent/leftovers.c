// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "egress.h"
#include "leftovers.h"
#include "log.h"
#include "map_use.h"
#include "xdp_find.h"

bool companion_is_orphan(const char *iface)
{
	unsigned int ifindex = if_nametoindex(iface);
	struct xdp_found found;

	if (!ifindex || xdp_find(ifindex, &found) || (found.id && (found.ours || !found.readable)))
		return false;
	return egress_is_there(ifindex);
}

static void companions_find(struct leftovers *out)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_name && out->companion_count < OPTION_LIST_MAX; i++)
		if (companion_is_orphan(i->if_name))
			snprintf(out->companion[out->companion_count++], IF_NAMESIZE, "%s", i->if_name);
	if_freenameindex(all);
}

void leftovers_find(struct leftovers *out)
{
	struct pins found[PINS_MAX];
	int count = pins_find(found);

	*out = (struct leftovers){ .beside_program = program_is_attached() };
	companions_find(out);
	for (int i = 0; i < count; i++)
		if (!map_is_in_use(found[i].flows_id, 0))
			out->pins[out->pins_count++] = found[i];
}

#define REMEDY_SIZE (32 + IF_NAMESIZE)

/* What takes it away and nothing else. */
static const char *remedy(const struct leftovers *l, char text[REMEDY_SIZE])
{
	if (l->beside_program)
		snprintf(text, REMEDY_SIZE, "hedgerow detach --iface %s", l->companion[0]);
	else
		snprintf(text, REMEDY_SIZE, "hedgerow detach");
	return text;
}

const char *leftovers_print(const struct leftovers *l, char text[LEFTOVERS_TEXT_SIZE])
{
	int pins_count = l->beside_program ? 0 : l->pins_count;
	char command[REMEDY_SIZE];
	size_t used = 0;

	*text = 0;
	for (int i = 0; i < l->companion_count && used < LEFTOVERS_TEXT_SIZE; i++)
		used += snprintf(text + used, LEFTOVERS_TEXT_SIZE - used, "%s%s", i ? ", " : "companion at TC egress on ",
				 l->companion[i]);
	for (int i = 0; i < pins_count && used < LEFTOVERS_TEXT_SIZE; i++)
		used += snprintf(text + used, LEFTOVERS_TEXT_SIZE - used, "%stables pinned below %s, mode %s",
				 used ? "; " : "", l->pins[i].folder, l->pins[i].enforces ? "enforce" : "monitor");
	if (used && used < LEFTOVERS_TEXT_SIZE)
		snprintf(text + used, LEFTOVERS_TEXT_SIZE - used, "%s: %s",
			 pins_count ? "; attached by `ip link` again, the program goes on with that mode, with model and lists. To "
				      "remove them all" : ". To remove it", remedy(l, command));
	return text;
}

void leftovers_tell(void)
{
	struct leftovers l;
	char text[LEFTOVERS_TEXT_SIZE];

	leftovers_find(&l);
	if (*leftovers_print(&l, text))
		log_warn("left behind: %s", text);
}

/* Beside a program elsewhere, what other interfaces carry is no answer to who asks for this one. */
static void leftovers_narrow(struct leftovers *l, const char *iface)
{
	bool here = false;

	if (!iface || !l->beside_program)
		return;
	for (int i = 0; i < l->companion_count; i++)
		here |= !strcmp(l->companion[i], iface);
	l->companion_count = here;
	snprintf(l->companion[0], IF_NAMESIZE, "%s", here ? iface : "");
}

void nothing_attached_tell(const char *iface)
{
	struct leftovers l;
	char text[LEFTOVERS_TEXT_SIZE];

	leftovers_find(&l);
	leftovers_narrow(&l, iface);
	if (*leftovers_print(&l, text))
		log_error("%s%s; left behind: %s", iface ? iface : "", iface ? ": no program attached" : "no program attached here", text);
	else if (iface)
		log_error("%s: no program attached; attach it first: hedgerow attach --iface %s", iface, iface);
	else
		log_error("no program attached here; attach it first: hedgerow attach --iface IF");
}

bool program_is_attached(void)
{
	struct if_nameindex *all = if_nameindex();
	struct xdp_found found;
	bool any = false;

	for (struct if_nameindex *i = all; i && i->if_name && !any; i++)
		any = !xdp_find(i->if_index, &found) && found.id && (found.ours || !found.readable);
	if_freenameindex(all);
	return any;
}
