// SPDX-License-Identifier: BSD-2-Clause
#include <linux/bpf.h>
#include "sockets.h"

#define ENTRIES_DEFAULT 262144

int sockets_open(struct sockets *s, unsigned long entries)
{
	s->table = (struct table){ .name = "sockets", .type = BPF_MAP_TYPE_LRU_HASH, .key_size = sizeof(struct flow_key),
				   .value_size = sizeof(__u32), .entries = entries ? entries : ENTRIES_DEFAULT };
	return table_open(&s->table);
}

void sockets_close(struct sockets *s)
{
	if (s->table.records)
		table_close(&s->table);
}

void sockets_forget(struct sockets *s)
{
	if (s->table.records)
		table_clear(&s->table);
}

/* The key that stands for a datagram's sender or receiver. */
static struct flow_key end_key(const struct flow_key *flow, unsigned int end)
{
	struct flow_key key = { .port = { flow->port[end & 1] }, .l4_proto = flow->l4_proto };

	for (int i = 0; i < 4; i++)
		key.addr[0][i] = flow->addr[end & 1][i];
	return key;
}

static void ends_add(struct sockets *s, const struct flow_key *key, __u32 bit)
{
	__u32 *ends = table_lookup(&s->table, key);

	if (ends)
		*ends |= bit;
	else
		table_update(&s->table, key, &bit, BPF_ANY);
}

void sockets_learn(struct sockets *s, const unsigned char *data, __u32 captured, __u32 len)
{
	struct packet pkt = { 0 };
	struct flow_key key = { 0 };
	unsigned int sender;

	if (packet_parse(&pkt, (void *)data, (void *)data + captured, len) > PARSED_TUNNEL || pkt.fragment == FRAGMENT_LATER)
		return;
	sender = flow_key_from_packet(&key, &pkt);
	if (pkt.l4_proto == IPPROTO_UDP) {
		key = end_key(&key, sender);
		ends_add(s, &key, 1);
	} else if (pkt.l4_proto == IPPROTO_TCP && !(pkt.tcp_flags & TCP_RST)) {
		ends_add(s, &key, 1u << sender);
	}
}

__u32 sockets_state(struct sockets *s, const struct native_look *look)
{
	unsigned int receiver = (look->sender & 1) ^ 1;
	struct flow_key key;
	const __u32 *ends;

	if (look->parsed != PARSED_FLOW)
		return 0;
	if (look->key.l4_proto == IPPROTO_UDP) {
		key = end_key(&look->key, receiver);
		receiver = 0;
	} else {
		key = look->key;
	}
	ends = table_lookup(&s->table, &key);
	return ends && *ends & 1u << receiver ? BPF_TCP_ESTABLISHED : 0;
}
