// SPDX-License-Identifier: BSD-2-Clause
/* Which datapath is meant, and which interfaces carry it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "attach.h"
#include "datapath_adopt.h"
#include "leftovers.h"
#include "log.h"

int attachments_find(const struct datapath *dp, struct attachment *out, int max)
{
	struct if_nameindex *list = if_nameindex();
	struct xdp_found found;
	int count = 0;

	for (struct if_nameindex *i = list; i && i->if_index; i++) {
		if (xdp_find(i->if_index, &found) || !found.ours || !datapath_has_program(dp, found.id))
			continue;
		if (count < max) {
			out[count] = (struct attachment){ .ifindex = i->if_index, .mode = found.mode,
							  .xdp_id = found.id, .dispatcher = found.dispatcher };
			strncpy(out[count].iface, i->if_name, IF_NAMESIZE - 1);
		}
		count++;
	}
	if_freenameindex(list);
	return count;
}

/* Adopts the first datapath here, and names all interfaces with another one in `others`. */
static int datapath_adopt_only(struct datapath *dp, char *others, size_t size)
{
	struct if_nameindex *list = if_nameindex();
	struct datapath first = datapath_none();
	const char *first_iface = "";
	struct xdp_found found;
	int err = -ENOENT;

	others[0] = 0;
	for (struct if_nameindex *i = list; i && i->if_index; i++) {
		size_t used = strlen(others);

		if (xdp_find(i->if_index, &found) || !found.id)
			continue;
		if (!found.readable) {
			err = -EPERM;
			break;
		}
		if (!found.ours || (!err && datapath_has_program(&first, found.id)))
			continue;
		if (err) {
			err = datapath_adopt(&first, i->if_name);
			first_iface = i->if_name;
			if (err)
				break;
			continue;
		}
		snprintf(others + used, size - used, "%s%s", used ? ", " : "", i->if_name);
	}
	if (!err && others[0]) {
		log_error("interfaces with tables of their own: %s, %s; say which with --iface", first_iface, others);
		err = -ENOTUNIQ;
	} else if (err == -ENOENT) {
		nothing_attached_tell(NULL);
	} else if (err == -EPERM) {
		log_error("what the interfaces carry: %s", datapath_strerror(err));
	}
	if (err)
		datapath_close(&first);
	else
		*dp = first;
	if_freenameindex(list);
	return err;
}

int datapath_choose(struct datapath *dp, const char *iface)
{
	char others[256];

	return iface ? datapath_adopt(dp, iface) : datapath_adopt_only(dp, others, sizeof(others));
}
