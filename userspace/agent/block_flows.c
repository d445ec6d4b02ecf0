// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include "block_flows.h"
#include "flow.h"
#include "ip_prefix.h"
#include "lists_announce.h"
#include "log.h"
#include "settings_store.h"

struct flow_end {
	struct ip_address address;
	__be16 port;
};

/* Digits only, 0..max. */
static int number_parse(const char *text, unsigned long max, unsigned long *out)
{
	char *rest;
	unsigned long v;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	errno = 0;
	v = strtoul(text, &rest, 10);
	if (errno || v > max)
		return -EINVAL;
	*out = v;
	return 0;
}

static int proto_parse(const char *text, __u8 *out)
{
	static const struct {
		const char *name;
		__u8 number;
	} known[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP }, { "gre", IPPROTO_GRE } };
	unsigned long number;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(text, known[i].name)) {
			*out = known[i].number;
			return 0;
		}
	}
	if (number_parse(text, 255, &number))
		return -EINVAL;
	*out = number;
	return 0;
}

/* "192.0.2.1:80", "[2001:db8::1]:80", or an address alone where ports are none. */
static int end_parse(const char *text, bool has_port, struct flow_end *out)
{
	char address[IP_TEXT_SIZE];
	const char *colon = has_port ? strrchr(text, ':') : NULL;
	size_t length = colon ? (size_t)(colon - text) : strlen(text);
	unsigned long port = 0;

	if ((has_port && !colon) || length >= sizeof(address) || (colon && number_parse(colon + 1, 65535, &port)))
		return -EINVAL;
	if (*text == '[' && length > 1 && text[length - 1] == ']') {
		text++;
		length -= 2;
	} else if (has_port && memchr(text, ':', length)) {
		return -EINVAL; /* IPv6 without brackets: where the port begins is anybody's guess */
	}
	memcpy(address, text, length);
	address[length] = 0;
	out->port = bpf_htons(port);
	return ip_address_parse(address, &out->address);
}

static int vlan_parse(const char *text, __u16 *vlan)
{
	char outer[8], *dot;
	unsigned long id, inner = 0;

	if (strlen(text) >= 2 * sizeof(outer))
		return -EINVAL;
	snprintf(outer, sizeof(outer), "%.*s", (int)strcspn(text, "."), text);
	dot = strchr(text, '.');
	if (number_parse(outer, 4094, &id) || (dot && number_parse(dot + 1, 4094, &inner)))
		return -EINVAL;
	vlan[0] = id;
	vlan[1] = inner;
	return 0;
}

int block_flow_parse(const char *proto, const char *end, const char *other, const char *vlan, struct flow_key *key)
{
	const char *const text[2] = { end, other };
	struct packet pkt = { 0 };
	struct flow_end at[2];
	bool has_port;

	if (proto_parse(proto, &pkt.l4_proto)) {
		log_error("'%s' is no protocol, wanted tcp, udp, sctp, gre or a number up to 255", proto);
		return -EINVAL;
	}
	has_port = pkt.l4_proto == IPPROTO_TCP || pkt.l4_proto == IPPROTO_UDP || pkt.l4_proto == IPPROTO_SCTP;
	for (int i = 0; i < 2; i++) {
		if (end_parse(text[i], has_port, &at[i])) {
			log_error("'%s' is no end of a flow, wanted e.g. %s", text[i],
				  has_port ? "192.0.2.1:80 or [2001:db8::1]:80" : "192.0.2.1 or 2001:db8::1");
			return -EINVAL;
		}
	}
	if (vlan && vlan_parse(vlan, pkt.vlan)) {
		log_error("--vlan: '%s' is none, wanted 1 to 4094, or two of them as in 12.34", vlan);
		return -EINVAL;
	}
	memcpy(pkt.source, at[0].address.byte, sizeof(pkt.source));
	memcpy(pkt.dest, at[1].address.byte, sizeof(pkt.dest));
	pkt.source_port = at[0].port;
	pkt.dest_port = at[1].port;
	*key = (struct flow_key){ 0 };
	flow_key_from_packet(key, &pkt);
	return 0;
}

static int flows_map(const struct datapath *dp)
{
	return dp->map[DATAPATH_BLOCK_FLOWS];
}

int block_flow_add(const struct datapath *dp, const struct flow_key *key, const struct list_entry *entry,
		   struct list_replaced *replaced)
{
	struct list_entry placed = *entry, before;
	struct settings s;
	int lock = settings_change_begin(dp, &s), err = lock < 0 ? lock : 0;

	if (!err)
		err = lists_note_expiry(dp, entry->expires_ns);
	*replaced = (struct list_replaced){ 0 };
	if (!err && !bpf_map_lookup_elem(flows_map(dp), key, &before))
		list_replaced_add(replaced, &before, &placed);
	if (!err && bpf_map_update_elem(flows_map(dp), key, &placed, BPF_ANY))
		err = -errno;
	if (err && lock >= 0)
		settings_change_end(dp, lock, NULL);
	else if (!err)
		err = lists_announce(dp, lock, &s);
	if (err == -E2BIG)
		log_error("the flow is not blocked: %u flows are, the most that fit; `hedgerow block del-flow` makes room, a block of an "
			  "address needs none", dp->max_entries[DATAPATH_BLOCK_FLOWS]);
	else if (err)
		log_error("the flow is not blocked: %s", datapath_strerror(err));
	return err;
}

int block_flow_delete(const struct datapath *dp, const struct flow_key *key)
{
	struct settings s;
	int lock = settings_change_begin(dp, &s), err = lock < 0 ? lock : 0;

	if (!err && bpf_map_delete_elem(flows_map(dp), key))
		err = -errno;
	if (err && lock >= 0)
		settings_change_end(dp, lock, NULL);
	else if (!err)
		err = lists_announce(dp, lock, &s);
	if (err)
		log_error("%s", err == -ENOENT ? "this flow is not blocked; `hedgerow block list` shows those that are" :
						 datapath_strerror(err));
	return err;
}
