// SPDX-License-Identifier: BSD-2-Clause
#include <net/if.h>
#include <stdio.h>
#include "attach.h"
#include "end_host.h"
#include "iface.h"
#include "log.h"
#include "settings_store.h"

/* NAT leaves no such trace: it shows in no interface's state. */
const char *end_host_doubt(const char *iface, char out[END_HOST_TEXT_SIZE])
{
	char upper[IF_NAMESIZE];

	out[0] = 0;
	if (iface_upper(iface, upper) == 1)
		snprintf(out, END_HOST_TEXT_SIZE, "it carries %s, a bridge, a bond or another's interface", upper);
	else if (iface_forwards(iface, 4) == 1)
		snprintf(out, END_HOST_TEXT_SIZE, "it forwards IPv4 (net.ipv4.conf.%s.forwarding)", iface);
	else if (iface_forwards(iface, 6) == 1)
		snprintf(out, END_HOST_TEXT_SIZE, "it forwards IPv6 (net.ipv6.conf.%s.forwarding)", iface);
	else if (iface_has_vlans(iface) == 1 && iface_offload(iface, "rx-vlan-hw-parse") == 1)
		snprintf(out, END_HOST_TEXT_SIZE, "its VLAN tags are taken off before XDP sees them (rxvlan)");
	return out;
}

bool end_host_is_set(const struct datapath *dp)
{
	struct settings s;

	return !settings_read(dp, &s) && s.end_host;
}

void end_host_warn(const struct datapath *dp)
{
	struct attachment list[OPTION_LIST_MAX];
	int count = attachments_find(dp, list, OPTION_LIST_MAX);
	char why[END_HOST_TEXT_SIZE];

	for (int i = 0; i < count && i < OPTION_LIST_MAX; i++)
		if (*end_host_doubt(list[i].iface, why))
			log_warn("%s: --end-host yes, but %s: packets may be for others than the sockets here, and look like "
				 "nobody's; hedgerow settings --end-host no", list[i].iface, why);
}
