// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>
#include "flow_text.h"
#include "names.h"

/* Multiplies and folds. */
static inline uint64_t word_hash(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

uint64_t flow_id(const struct flow_record *record)
{
	uint64_t hash = 1, word[sizeof(record->key) / sizeof(uint64_t)];

	_Static_assert(sizeof(word) == sizeof(record->key), "the key is whole words");
	memcpy(word, &record->key, sizeof(word));
	for (size_t i = 0; i < sizeof(word) / sizeof(*word); i++)
		hash = word_hash(hash, word[i]);
	hash = word_hash(hash, record->flow.first_ns);
	hash = word_hash(hash, record->flow.isn[0]);
	return (hash ^ hash >> 53) & ((1ull << 53) - 1);
}

static void address_print(const __be32 *addr, char *text)
{
	struct ip_address address;

	memcpy(address.byte, addr, sizeof(address.byte));
	ip_address_print(&address, text);
}

const char *source_print(const __be32 *addr, const __be32 *ipv6_mask, char *text)
{
	struct ip_prefix p = { .bits = 0 };
	struct host_key key;

	if (host_key_from_source(&key, addr, ipv6_mask)) {
		address_print(addr, text);
		return text;
	}
	memcpy(p.address.byte, key.addr, sizeof(key.addr));
	for (int i = 0; i < 4; i++)
		p.bits += __builtin_popcount(ipv6_mask[i]);
	return ip_prefix_print(&p, text);
}

static void proto_print(unsigned int l4_proto, char *text, size_t size)
{
	static const struct {
		unsigned int number;
		const char *name;
	} known[] = {
		{ IPPROTO_TCP, "TCP" },	  { IPPROTO_UDP, "UDP" },   { IPPROTO_ICMP, "ICMP" },
		{ IPPROTO_ICMPV6, "ICMPv6" }, { IPPROTO_SCTP, "SCTP" }, { IPPROTO_GRE, "GRE" },
		{ IPPROTO_ESP, "ESP" },
	};

	snprintf(text, size, "%u", l4_proto);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].number == l4_proto)
			snprintf(text, size, "%s", known[i].name);
}

unsigned int flow_source_port(const struct flow_key *key, unsigned int initiator)
{
	/* Both values of ICMP stand in the key in this order, whoever sent. */
	return packet_is_icmp(key->l4_proto) ? 0 : initiator & 1;
}

static void end_print(const char *ip, bool has_port, unsigned int port, char *text)
{
	if (!has_port)
		snprintf(text, FLOW_END_SIZE, "%s", ip);
	else
		snprintf(text, FLOW_END_SIZE, strchr(ip, ':') ? "[%s]:%u" : "%s:%u", ip, port);
}

void flow_ends_print(const struct flow_text *text, char *from, char *to)
{
	if (text->icmp_type >= 0) {
		snprintf(from, FLOW_END_SIZE, text->src_port ? "%s id %u" : "%s", text->src_ip, text->src_port);
		snprintf(to, FLOW_END_SIZE, "%s type %d code %d", text->dest_ip, text->icmp_type, text->icmp_code);
		return;
	}
	end_print(text->src_ip, text->has_ports, text->src_port, from);
	end_print(text->dest_ip, text->has_ports, text->dest_port, to);
}

void flow_text_fill(struct flow_text *out, const struct flow_key *key, unsigned int initiator)
{
	unsigned int source = flow_source_port(key, initiator);

	address_print(key->addr[initiator & 1], out->src_ip);
	address_print(key->addr[!(initiator & 1)], out->dest_ip);
	out->src_port = bpf_ntohs(key->port[source]);
	out->dest_port = bpf_ntohs(key->port[!source]);
	out->has_ports = packet_has_ports(key->l4_proto);
	out->icmp_type = packet_is_icmp(key->l4_proto) ? (int)(out->dest_port >> 8) : -1;
	out->icmp_code = packet_is_icmp(key->l4_proto) ? (int)(out->dest_port & 255) : -1;
	if (key->vlan[1])
		snprintf(out->vlan, sizeof(out->vlan), "%u.%u", key->vlan[0], key->vlan[1]);
	else
		snprintf(out->vlan, sizeof(out->vlan), "%u", key->vlan[0]);
	proto_print(key->l4_proto, out->proto, sizeof(out->proto));
	out->tunnel[0] = 0;
	if (key->tunnel_id)
		snprintf(out->tunnel, sizeof(out->tunnel), "%s %u", tunnel_name(key->tunnel), key->tunnel_id);
	else if (key->tunnel)
		snprintf(out->tunnel, sizeof(out->tunnel), "%s", tunnel_name(key->tunnel));
}
