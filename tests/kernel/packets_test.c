// SPDX-License-Identifier: BSD-2-Clause
/*
 * Packets in; the flow, its facts and the packet's fate out. Each line is a sentence about one packet, or two of which
 * the first prepares the second.
 */
#include "datapath_fixture.h"
#include "flow_text.h"
#include "wrapped_packets.h"

#define FRAMES_MAX 2

struct line {
	const char *sentence;
	const char *flows;	/* what the table then holds: flow_print(), joined by "; " in the order of their text */
	enum counter outcome;	/* of the last packet, in monitor mode without a model */
	int hostile_action;	/* what a model that condemns everything makes of the last packet, when enforced */
	int blocked_action;	/* what a block of its sender does */
	enum tunnels tunnels;
	struct frame frame[FRAMES_MAX];
};

/* "UDP 10.0.0.1:53 > 10.0.0.2:999 vlan 7.8 vxlan 42 fragments packets 1 bytes 58" */
static void flow_print(const struct flow_key *key, const struct flow *f, char *out, size_t size)
{
	char vlan[32] = "", tunnel[32] = "";
	struct flow_text text;

	flow_text_fill(&text, key, f->initiator);
	if (key->vlan[0])
		snprintf(vlan, sizeof(vlan), " vlan %s", text.vlan);
	if (text.tunnel[0])
		snprintf(tunnel, sizeof(tunnel), " %s", text.tunnel);
	snprintf(out, size, "%s %s:%u > %s:%u%s%s%s packets %llu bytes %llu%s%s", text.proto, text.src_ip, text.src_port,
		 text.dest_ip, text.dest_port, vlan, tunnel, key->fragments ? " fragments" : "",
		 (unsigned long long)(f->packets[0] + f->packets[1]), (unsigned long long)(f->bytes[0] + f->bytes[1]),
		 f->events & FLOW_ANSWERED ? " answered" : "", f->events & FLOW_REJECTED ? " rejected" : "");
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Appends the flows on probation. Returns how many flows there are now. */
static int newcomers_print(char text[8][200], int count)
{
	const struct newcomer *n = newcomers_map();

	for (int i = 0; i < NEWCOMERS && count < 8; i++)
		if (newcomer_is_here(&n[i]))
			flow_print(&n[i].key, &n[i].flow, text[count++], sizeof(text[0]));
	return count;
}

/* Every flow, in the order of the text. */
static void flows_print(char *out, size_t size)
{
	struct flow_key key, *last = NULL, next;
	char text[8][200];
	struct flow f;
	size_t used = 0;
	int count = newcomers_print(text, 0);

	while (count < 8 && !bpf_map_get_next_key(map_fd("hr_flows"), last, &next)) {
		key = next;
		last = &key;
		assert_int_equal(bpf_map_lookup_elem(map_fd("hr_flows"), &key, &f), 0);
		flow_print(&key, &f, text[count++], sizeof(text[0]));
	}
	qsort(text, count, sizeof(text[0]), text_compare);
	out[0] = 0;
	for (int i = 0; i < count; i++)
		used += snprintf(out + used, size - used, "%s%s", i ? "; " : "", text[i]);
}

static void tunnels_set(enum tunnels tunnels)
{
	struct settings s = settings_read();

	s.tunnels = tunnels;
	settings_write(&s, false);
}

/* Blocks whoever sent the frame. Returns false when nobody can be made out. */
static bool sender_block(const struct frame *f)
{
	struct list_key entry = { .prefix_len = 128 };
	struct packet pkt = { 0 };

	if (!packet_parse_addresses(&pkt, (void *)f->data, (void *)f->data + f->len))
		return false;
	memcpy(entry.addr, pkt.source, sizeof(entry.addr));
	list_key_put(LIST_BLOCK, entry, 0);
	return true;
}

/* Sends the line's frames. Returns the action of the last. */
static int line_send(const struct line *l)
{
	int action = -1;

	tunnels_set(l->tunnels);
	for (int i = 0; i < FRAMES_MAX && l->frame[i].len; i++)
		action = frame_send(&l->frame[i]);
	return action;
}

static void line_check(const struct line *l)
{
	const struct frame *last = &l->frame[l->frame[1].len ? 1 : 0];
	char flows[1600];
	__u64 before;
	int action;

	datapath_reset(NULL);
	if (last != l->frame) {
		tunnels_set(l->tunnels);
		frame_send(&l->frame[0]);
	}
	before = counter(l->outcome);
	tunnels_set(l->tunnels);
	action = frame_send(last);
	flows_print(flows, sizeof(flows));
	if (action != XDP_PASS || counter(l->outcome) != before + 1 || strcmp(flows, l->flows))
		fail_msg("%s: action %d, outcome counted %llu times, flows: %s", l->sentence, action,
			 counter(l->outcome) - before, flows);

	datapath_reset(NULL);
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(7, FEATURE_fpk, 1, 0, 1000));
	action = line_send(l);
	if (action != l->hostile_action)
		fail_msg("%s: %d of a hostile model, not %d", l->sentence, action, l->hostile_action);

	datapath_reset(NULL);
	mode_set(MODE_ENFORCE);
	if (!sender_block(last) && l->blocked_action != XDP_PASS)
		fail_msg("%s: has no sender to block", l->sentence);
	action = line_send(l);
	if (action != l->blocked_action)
		fail_msg("%s: %d when its sender is blocked, not %d", l->sentence, action, l->blocked_action);
}

#define FLOW COUNTER_pass_flow, XDP_DROP, XDP_DROP
#define SPARED(outcome) COUNTER_##outcome, XDP_PASS, XDP_DROP /* by the model, not by the operator */
#define EXEMPT(outcome) COUNTER_##outcome, XDP_PASS, XDP_PASS

#define LINES_CHECK(lines)                                                                                             \
	do {                                                                                                           \
		NEEDS_ROOT();                                                                                          \
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)                                          \
			line_check(&lines[i]);                                                                         \
	} while (0)

static struct frame udp(void)
{
	return frame_udp("10.0.0.1", 53, "10.0.0.2", 999, 30);
}

static struct frame tcp(void)
{
	return frame_tcp("10.0.0.1", 999, "10.0.0.2", 80, TCP_SYN, 5, 0, 0);
}

static struct frame tagged(int twice)
{
	struct frame plain = udp(), inner = frame_tagged(8, &plain);

	return twice ? frame_tagged(7, &inner) : inner;
}

static struct frame tagged_thrice(void)
{
	struct frame inner = tagged(1);

	return frame_tagged(6, &inner);
}

static struct frame other_type(__u16 type)
{
	struct frame f;

	frame_start(&f, type);
	frame_put(&f, NULL, 46);
	return f;
}

static struct frame with_options(void)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, "10.0.0.1", "10.0.0.2", IPPROTO_UDP, 40 + 8 + 4);
	((struct iphdr *)(f.data + ETH_HLEN))->ihl = 15;
	frame_put(&f, NULL, 40);
	frame_put_udp(&f, 53, 999, 4);
	return f;
}

static struct frame sctp(void)
{
	__be16 start[6] = { htons(11), htons(12) };
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, "10.0.0.1", "10.0.0.2", IPPROTO_SCTP, 12 + 4);
	frame_put(&f, start, sizeof(start));
	frame_put(&f, NULL, 4);
	return f;
}

static struct frame bare(__u8 proto)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, "10.0.0.1", "10.0.0.2", proto, 20);
	frame_put(&f, NULL, 20);
	return f;
}

static struct frame claims(__u32 len)
{
	struct frame f = udp();

	((struct iphdr *)(f.data + ETH_HLEN))->tot_len = htons(len);
	return f;
}

static struct frame tcp_offset(__u8 words)
{
	struct frame f = tcp();

	f.data[ETH_HLEN + 20 + 12] = words << 4;
	return f;
}

static void plain_packets(void **state)
{
	const struct line lines[] = {
		{ "TCP stands under its ports", "TCP 10.0.0.1:999 > 10.0.0.2:80 packets 1 bytes 40", FLOW,
		  .frame = { tcp() } },
		{ "the answer is of the same flow", "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 2 bytes 95 answered", FLOW,
		  .frame = { udp(), frame_udp("10.0.0.2", 999, "10.0.0.1", 53, 9) } },
		{ "a VLAN is part of the key", "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 1 bytes 58; "
		  "UDP 10.0.0.1:53 > 10.0.0.2:999 vlan 8 packets 1 bytes 58", FLOW, .frame = { udp(), tagged(0) } },
		{ "and so are two", "UDP 10.0.0.1:53 > 10.0.0.2:999 vlan 7.8 packets 1 bytes 58", FLOW,
		  .frame = { tagged(1) } },
		{ "three are not looked behind", "", EXEMPT(pass_not_ip), .frame = { tagged_thrice() } },
		{ "ARP is not IP", "", EXEMPT(pass_not_ip), .frame = { other_type(ETH_P_ARP) } },
		{ "nor is LLDP", "", EXEMPT(pass_not_ip), .frame = { other_type(0x88cc) } },
		{ "IPv4 options are skipped, all forty bytes", "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 1 bytes 72", FLOW,
		  .frame = { with_options() } },
		{ "SCTP has ports", "SCTP 10.0.0.1:11 > 10.0.0.2:12 packets 1 bytes 36", FLOW, .frame = { sctp() } },
		{ "ESP is one flow for each pair of addresses", "ESP 10.0.0.1:0 > 10.0.0.2:0 packets 1 bytes 40", FLOW,
		  .frame = { bare(IPPROTO_ESP) } },
		{ "IPv6 extension headers are looked behind, six of them",
		  "UDP 2001:db8::1:70 > 2001:db8::2:80 packets 1 bytes 100", FLOW, .frame = { frame_extended(6) } },
		{ "a seventh is not", "", SPARED(pass_too_deep), .frame = { frame_extended(7) } },
		{ "a header that claims more than there is", "", SPARED(pass_truncated), .frame = { claims(59) } },
		{ "a header that claims less than itself", "", SPARED(pass_bad_header), .frame = { claims(19) } },
		{ "UDP of seven bytes", "", SPARED(pass_truncated), .frame = { claims(27) } },
		{ "a TCP header of sixteen bytes", "", SPARED(pass_bad_header), .frame = { tcp_offset(4) } },
		{ "a TCP header longer than its packet", "", SPARED(pass_bad_header), .frame = { tcp_offset(6) } },
		{ "an echo reply is of its request's flow",
		  "ICMP 10.0.0.1:7 > 10.0.0.2:2048 packets 2 bytes 56 answered", FLOW,
		  .frame = { frame_icmp("10.0.0.1", "10.0.0.2", ICMP4_ECHO, 0, 7),
			     frame_icmp("10.0.0.2", "10.0.0.1", ICMP4_ECHO_REPLY, 0, 7) } },
	};

	(void)state;
	LINES_CHECK(lines);
}

/* UDP over IPv6 behind one extension header of that type and size, its length field as its RFC has it. */
static struct frame behind_extension(__u8 type, __u8 length, __u32 size)
{
	__u8 header[64] = { IPPROTO_UDP, length };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8::1", "2001:db8::2", type, size + 8 + 4);
	frame_put(&f, header, size);
	frame_put_udp(&f, 70, 80, 4);
	return f;
}

/* Hop-by-hop options, a routing header of one address, destination options and AH: the order of RFC 8200 section 4.1. */
static struct frame behind_all_extensions(void)
{
	const __u8 headers[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS, IPPROTO_AH, IPPROTO_UDP };
	const __u8 length[] = { 0, 2, 1, 4 }, size[] = { 8, 24, 16, 24 };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8::1", "2001:db8::2", headers[0], 8 + 24 + 16 + 24 + 8 + 4);
	for (int i = 0; i < 4; i++) {
		__u8 *header = frame_put(&f, NULL, size[i]);

		header[0] = headers[i + 1];
		header[1] = length[i];
	}
	frame_put_udp(&f, 70, 80, 4);
	return f;
}

static struct frame sctp6(void)
{
	__be16 start[6] = { htons(11), htons(12) };
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8::1", "2001:db8::2", IPPROTO_SCTP, 12 + 4);
	frame_put(&f, start, sizeof(start));
	frame_put(&f, NULL, 4);
	return f;
}

static struct frame tagged_twice6(void)
{
	struct frame plain = frame_udp6("2001:db8::1", 1, "2001:db8::2", 2, 9), inner = frame_tagged(8, &plain);

	return frame_tagged(7, &inner);
}

/* Lengths: hop-by-hop, routing and options in units of eight bytes less one (RFC 8200), AH of four less two (RFC 4302). */
static void packets_over_ipv6(void **state)
{
	const char *const short_udp = "UDP 2001:db8::1:70 > 2001:db8::2:80 packets 1 bytes 60";
	const char *const long_udp = "UDP 2001:db8::1:70 > 2001:db8::2:80 packets 1 bytes 76";
	const struct line lines[] = {
		{ "hop-by-hop options of 8 bytes", short_udp, FLOW, .frame = { behind_extension(IPPROTO_HOPOPTS, 0, 8) } },
		{ "and of 24", long_udp, FLOW, .frame = { behind_extension(IPPROTO_HOPOPTS, 2, 24) } },
		{ "a routing header of 24", long_udp, FLOW, .frame = { behind_extension(IPPROTO_ROUTING, 2, 24) } },
		{ "AH of 24: an integrity check of 12 bytes", long_udp, FLOW,
		  .frame = { behind_extension(IPPROTO_AH, 4, 24) } },
		{ "AH of 28: one of 16 bytes, no multiple of eight",
		  "UDP 2001:db8::1:70 > 2001:db8::2:80 packets 1 bytes 80", FLOW,
		  .frame = { behind_extension(IPPROTO_AH, 5, 28) } },
		{ "AH that claims more than the packet", "", SPARED(pass_truncated),
		  .frame = { behind_extension(IPPROTO_AH, 8, 24) } },
		{ "four kinds in a row", "UDP 2001:db8::1:70 > 2001:db8::2:80 packets 1 bytes 124", FLOW,
		  .frame = { behind_all_extensions() } },
		{ "an extension that claims more than the packet", "", SPARED(pass_truncated),
		  .frame = { behind_extension(IPPROTO_DSTOPTS, 9, 24) } },
		{ "SCTP", "SCTP 2001:db8::1:11 > 2001:db8::2:12 packets 1 bytes 56", FLOW, .frame = { sctp6() } },
		{ "two tags", "UDP 2001:db8::1:1 > 2001:db8::2:2 vlan 7.8 packets 1 bytes 57", FLOW,
		  .frame = { tagged_twice6() } },
	};

	(void)state;
	LINES_CHECK(lines);
}

static void fragments(void **state)
{
	struct frame datagram6 = frame_udp6("2001:db8::1", 1, "2001:db8::2", 2, 8), other = udp();
	const unsigned char *udp6 = datagram6.data + ETH_HLEN + 40;
	const struct line lines[] = {
		{ "a first fragment shows its ports", "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 1 bytes 58", FLOW,
		  .frame = { frame_part(udp(), 3, 0, 1) } },
		{ "a later one of the same id is of its flow", "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 2 bytes 116", FLOW,
		  .frame = { frame_part(udp(), 3, 0, 1), frame_part(udp(), 3, 5, 0) } },
		{ "one of another id is not", "UDP 10.0.0.1:0 > 10.0.0.2:0 fragments packets 1 bytes 58; "
		  "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 1 bytes 58", FLOW,
		  .frame = { frame_part(udp(), 3, 0, 1), frame_part(udp(), 4, 5, 0) } },
		{ "one that overtook its first is apart", "UDP 10.0.0.1:0 > 10.0.0.2:0 fragments packets 1 bytes 58; "
		  "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 1 bytes 58", FLOW,
		  .frame = { frame_part(udp(), 3, 5, 0), frame_part(udp(), 3, 0, 1) } },
		{ "what a later fragment holds is no header", "TCP 10.0.0.1:0 > 10.0.0.2:0 fragments packets 1 bytes 40",
		  FLOW, .frame = { frame_part(tcp(), 3, 5, 0) } },
		{ "a protocol without ports needs no id", "ESP 10.0.0.1:0 > 10.0.0.2:0 packets 2 bytes 80", FLOW,
		  .frame = { bare(IPPROTO_ESP), frame_part(bare(IPPROTO_ESP), 3, 5, 0) } },
		{ "fragments of an echo request", "ICMP 10.0.0.1:7 > 10.0.0.2:2048 packets 2 bytes 56", FLOW,
		  .frame = { frame_part(frame_icmp("10.0.0.1", "10.0.0.2", ICMP4_ECHO, 0, 7), 9, 0, 1),
			     frame_part(frame_icmp("10.0.0.1", "10.0.0.2", ICMP4_ECHO, 0, 7), 9, 1, 0) } },
		{ "IPv6 does the same", "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 2 bytes 128", FLOW,
		  .frame = { frame_part6(IPPROTO_UDP, 70000, 0, 1, udp6, 16),
			     frame_part6(IPPROTO_UDP, 70000, 2, 0, udp6, 16) } },
		{ "and tells ids apart in all of their 32 bits", "UDP 2001:db8::1:0 > 2001:db8::2:0 fragments packets 1 bytes 64; "
		  "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 1 bytes 64", FLOW,
		  .frame = { frame_part6(IPPROTO_UDP, 70000, 0, 1, udp6, 16),
			     frame_part6(IPPROTO_UDP, 70000 & 0xffff, 2, 0, udp6, 16) } },
		{ "and a part that overtook its first is apart there, too",
		  "UDP 2001:db8::1:0 > 2001:db8::2:0 fragments packets 1 bytes 64; "
		  "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 1 bytes 64", FLOW,
		  .frame = { frame_part6(IPPROTO_UDP, 70000, 2, 0, udp6, 16),
			     frame_part6(IPPROTO_UDP, 70000, 0, 1, udp6, 16) } },
		{ "an IPv6 fragment that is all of its datagram", "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 1 bytes 64",
		  FLOW, .frame = { frame_part6(IPPROTO_UDP, 70000, 0, 0, udp6, 16) } },
		{ "another VLAN has ids of its own", "UDP 10.0.0.1:0 > 10.0.0.2:0 fragments packets 1 bytes 58; "
		  "UDP 10.0.0.1:53 > 10.0.0.2:999 vlan 8 packets 1 bytes 58", FLOW,
		  .frame = { ({ other = frame_part(udp(), 3, 0, 1); frame_tagged(8, &other); }),
			     frame_part(udp(), 3, 5, 0) } },
	};

	(void)state;
	LINES_CHECK(lines);
}

static void fragments_are_counted(void **state)
{
	const struct frame parts[] = { frame_part(udp(), 3, 0, 1), frame_part(udp(), 3, 5, 1), frame_part(udp(), 3, 9, 0),
				       frame_part(udp(), 4, 9, 0) };

	(void)state;
	NEEDS_ROOT();
	for (int i = 0; i < 4; i++)
		frame_send(&parts[i]);
	assert_int_equal(counter(COUNTER_fragments_joined), 2);
	assert_int_equal(counter(COUNTER_fragments_apart), 1);
}

static void tunnels(void **state)
{
	struct frame inner = tcp(), inner6 = frame_udp6("2001:db8::1", 1, "2001:db8::2", 2, 9), vlan = tagged(0);
	struct frame arp = other_type(ETH_P_ARP), vxlan = frame_vxlan(4789, 42, &inner), gre = frame_gre(0, 0, ETH_P_IP, &inner);
	struct frame solicitation = frame_icmp6("fe80::1", "ff02::1", 135, 0), part = frame_part(udp(), 3, 0, 1);
	const struct line lines[] = {
		{ "the outer packets are the flow, unless told otherwise",
		  "UDP 192.0.2.1:50000 > 192.0.2.2:4789 packets 1 bytes 90", FLOW, TUNNELS_OUTER, { vxlan } },
		{ "GRE likewise", "GRE 192.0.2.1:0 > 192.0.2.2:0 packets 1 bytes 64", FLOW, TUNNELS_OUTER, { gre } },
		{ "VXLAN is keyed by what is inside, and by its network",
		  "TCP 10.0.0.1:999 > 10.0.0.2:80 vxlan 42 packets 1 bytes 40", FLOW, TUNNELS_INNER, { vxlan } },
		{ "another network is another flow", "TCP 10.0.0.1:999 > 10.0.0.2:80 vxlan 42 packets 1 bytes 40; "
		  "TCP 10.0.0.1:999 > 10.0.0.2:80 vxlan 43 packets 1 bytes 40", FLOW, TUNNELS_INNER,
		  { vxlan, frame_vxlan(8472, 43, &inner) } },
		{ "the same without any tunnel is another flow, too",
		  "TCP 10.0.0.1:999 > 10.0.0.2:80 packets 1 bytes 40; TCP 10.0.0.1:999 > 10.0.0.2:80 vxlan 42 packets 1 bytes 40",
		  FLOW, TUNNELS_INNER, { inner, vxlan } },
		{ "GRE without a key", "TCP 10.0.0.1:999 > 10.0.0.2:80 gre packets 1 bytes 40", FLOW, TUNNELS_INNER,
		  { gre } },
		{ "GRE with checksum, key and number", "UDP 2001:db8::1:1 > 2001:db8::2:2 gre 70000 packets 1 bytes 57",
		  FLOW, TUNNELS_INNER, { frame_gre(0xb000, 70000, ETH_P_IPV6, &inner6) } },
		{ "Ethernet in GRE, with a tag", "UDP 10.0.0.1:53 > 10.0.0.2:999 vlan 8 gre 5 packets 1 bytes 58", FLOW,
		  TUNNELS_INNER, { frame_gre(0x2000, 5, ETH_P_TEB, &vlan) } },
		{ "the outer tag stands first", "TCP 10.0.0.1:999 > 10.0.0.2:80 vlan 9 ip packets 1 bytes 40", FLOW,
		  TUNNELS_INNER, { ({ struct frame ipip = frame_ip_in_ip(&inner); frame_tagged(9, &ipip); }) } },
		{ "IPv6 in IPv4", "UDP 2001:db8::1:1 > 2001:db8::2:2 ip packets 1 bytes 57", FLOW, TUNNELS_INNER,
		  { frame_ip_in_ip(&inner6) } },
		{ "IPv4 in IPv6", "TCP 10.0.0.1:999 > 10.0.0.2:80 ip packets 1 bytes 40", FLOW, TUNNELS_INNER,
		  { frame_over_ipv6(frame_ip_in_ip(&inner)) } },
		{ "IPv6 in IPv6", "UDP 2001:db8::1:1 > 2001:db8::2:2 ip packets 1 bytes 57", FLOW, TUNNELS_INNER,
		  { frame_over_ipv6(frame_ip_in_ip(&inner6)) } },
		{ "GRE over IPv6, with a key", "UDP 2001:db8::1:1 > 2001:db8::2:2 gre 70000 packets 1 bytes 57", FLOW,
		  TUNNELS_INNER, { frame_over_ipv6(frame_gre(0x2000, 70000, ETH_P_IPV6, &inner6)) } },
		{ "VXLAN over IPv6", "TCP 10.0.0.1:999 > 10.0.0.2:80 vxlan 42 packets 1 bytes 40", FLOW, TUNNELS_INNER,
		  { frame_over_ipv6(vxlan) } },
		{ "which is a flow of IPv6 when it stays closed",
		  "UDP 2001:db8:f::1:50000 > 2001:db8:f::2:4789 packets 1 bytes 110", FLOW, TUNNELS_OUTER,
		  { frame_over_ipv6(vxlan) } },
		{ "GRE of version 1 stays closed", "GRE 192.0.2.1:0 > 192.0.2.2:0 packets 1 bytes 64", FLOW, TUNNELS_INNER,
		  { frame_gre(1, 0, ETH_P_IP, &inner) } },
		{ "what is not IP inside belongs to the tunnel", "UDP 192.0.2.1:50000 > 192.0.2.2:4789 packets 1 bytes 96",
		  FLOW, TUNNELS_INNER, { frame_vxlan(4789, 42, &arp) } },
		{ "neighbour discovery inside is spared by the model", "", SPARED(pass_exempt), TUNNELS_INNER,
		  { frame_vxlan(4789, 42, &solicitation) } },
		{ "a fragment of a tunnel's packet is the tunnel's", "GRE 192.0.2.1:0 > 192.0.2.2:0 packets 1 bytes 64",
		  FLOW, TUNNELS_INNER, { frame_part(gre, 3, 0, 1) } },
		{ "fragments inside find each other", "UDP 10.0.0.1:53 > 10.0.0.2:999 ip packets 2 bytes 116", FLOW,
		  TUNNELS_INNER, { frame_ip_in_ip(&part),
				   ({ struct frame later = frame_part(udp(), 3, 5, 0); frame_ip_in_ip(&later); }) } },
	};

	(void)state;
	LINES_CHECK(lines);
}

static void icmp_errors(void **state)
{
	struct frame query = udp(), syn = tcp(), echo = frame_icmp("10.0.0.1", "10.0.0.2", ICMP4_ECHO, 0, 7);
	struct frame query6 = frame_udp6("2001:db8::1", 1, "2001:db8::2", 2, 9), part = frame_part(udp(), 3, 0, 1);
	struct frame reply = frame_icmp("10.0.0.1", "10.0.0.2", ICMP4_ECHO_REPLY, 0, 7), vlan = tagged(0);
	const struct line lines[] = {
		{ "unreachable rejects what it quotes", "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 1 bytes 58 rejected",
		  SPARED(pass_icmp_error),
		  .frame = { query, frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_UNREACHABLE, 3, &query) } },
		{ "also from a router on the way", "TCP 10.0.0.1:999 > 10.0.0.2:80 packets 1 bytes 40 rejected",
		  SPARED(pass_icmp_error),
		  .frame = { syn, frame_icmp_error("203.0.113.9", "10.0.0.1", ICMP4_UNREACHABLE, 1, &syn) } },
		{ "a time exceeded is of the way", "TCP 10.0.0.1:999 > 10.0.0.2:80 packets 1 bytes 40",
		  SPARED(pass_icmp_error),
		  .frame = { syn, frame_icmp_error("203.0.113.9", "10.0.0.1", ICMP4_TIME_EXCEEDED, 0, &syn) } },
		{ "one that asks for smaller packets rejects none", "TCP 10.0.0.1:999 > 10.0.0.2:80 packets 1 bytes 40",
		  SPARED(pass_icmp_error),
		  .frame = { syn, frame_icmp_error("203.0.113.9", "10.0.0.1", ICMP4_UNREACHABLE, 4, &syn) } },
		{ "one that goes to somebody else is not about it", "TCP 10.0.0.1:999 > 10.0.0.2:80 packets 1 bytes 40",
		  SPARED(pass_icmp_error),
		  .frame = { syn, frame_icmp_error("203.0.113.9", "10.0.0.7", ICMP4_UNREACHABLE, 1, &syn) } },
		{ "about an echo request", "ICMP 10.0.0.1:7 > 10.0.0.2:2048 packets 1 bytes 28 rejected",
		  SPARED(pass_icmp_error),
		  .frame = { echo, frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_UNREACHABLE, 1, &echo) } },
		{ "about a tagged packet, tagged itself", "UDP 10.0.0.1:53 > 10.0.0.2:999 vlan 8 packets 1 bytes 58 rejected",
		  SPARED(pass_icmp_error),
		  .frame = { vlan, ({ struct frame e = frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_UNREACHABLE, 3, &query);
				      frame_tagged(8, &e); }) } },
		{ "about a later fragment whose first was seen",
		  "UDP 10.0.0.1:53 > 10.0.0.2:999 packets 1 bytes 58 rejected", SPARED(pass_icmp_error),
		  .frame = { part, ({ struct frame later = frame_part(udp(), 3, 5, 0);
				      frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_UNREACHABLE, 3, &later); }) } },
		{ "about nothing that we know", "", SPARED(pass_icmp_error),
		  .frame = { frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_BAD_PARAMETER, 0, &query) } },
		{ "about an echo reply: that asks for no answer", "", SPARED(pass_icmp_error),
		  .frame = { frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_UNREACHABLE, 1, &reply) } },
		{ "in IPv6", "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 1 bytes 57 rejected", SPARED(pass_icmp_error),
		  .frame = { query6, frame_icmp6_error("2001:db8::9", "2001:db8::1", 1, &query6, 48) } },
		{ "in IPv6, seven bytes of layer 4: too little", "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 1 bytes 57",
		  SPARED(pass_icmp_error),
		  .frame = { query6, frame_icmp6_error("2001:db8::9", "2001:db8::1", 1, &query6, 47) } },
		{ "about a packet behind IPv6 options", "UDP 2001:db8::1:70 > 2001:db8::2:80 packets 1 bytes 68 rejected",
		  SPARED(pass_icmp_error),
		  .frame = { frame_extended(2), ({ struct frame e = frame_extended(2);
				      frame_icmp6_error("2001:db8::2", "2001:db8::1", 1, &e, 68); }) } },
		{ "packet too big is an error, too", "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 1 bytes 57",
		  SPARED(pass_icmp_error),
		  .frame = { query6, frame_icmp6_error("2001:db8::9", "2001:db8::1", 2, &query6, 48) } },
		{ "and time exceeded", "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 1 bytes 57", SPARED(pass_icmp_error),
		  .frame = { query6, frame_icmp6_error("2001:db8::9", "2001:db8::1", 3, &query6, 48) } },
		{ "and parameter problem", "UDP 2001:db8::1:1 > 2001:db8::2:2 packets 1 bytes 57",
		  SPARED(pass_icmp_error),
		  .frame = { query6, frame_icmp6_error("2001:db8::9", "2001:db8::1", 4, &query6, 48) } },
		{ "the fifth type is none", "ICMPv6 2001:db8::9:0 > 2001:db8::1:1280 packets 1 bytes 96", FLOW,
		  .frame = { frame_icmp6_error("2001:db8::9", "2001:db8::1", 5, &query6, 48) } },
		{ "a redirect is none", "ICMP 10.0.0.2:0 > 10.0.0.1:1281 packets 1 bytes 56", FLOW,
		  .frame = { frame_icmp_error("10.0.0.2", "10.0.0.1", 5, 1, &query) } },
	};

	(void)state;
	LINES_CHECK(lines);
}

static void what_is_never_dropped_by_a_model(void **state)
{
	struct frame query = udp(), error = frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_UNREACHABLE, 1, &query);
	const struct line lines[] = {
		{ "a DHCP request", "", SPARED(pass_exempt),
		  .frame = { frame_udp("0.0.0.0", 68, "255.255.255.255", 67, 240) } },
		{ "a DHCP answer", "", SPARED(pass_exempt), .frame = { frame_udp("10.0.0.9", 67, "10.0.0.2", 68, 240) } },
		{ "between DHCP relay and server", "", SPARED(pass_exempt),
		  .frame = { frame_udp("10.0.0.9", 67, "10.0.0.2", 67, 240) } },
		{ "a DHCPv6 answer", "", SPARED(pass_exempt),
		  .frame = { frame_udp6("fe80::1", 547, "fe80::2", 546, 60) } },
		{ "a DHCPv6 request", "", SPARED(pass_exempt),
		  .frame = { frame_udp6("fe80::2", 546, "ff02::1:2", 547, 60) } },
		{ "the later part of a DHCP answer in two", "", SPARED(pass_exempt),
		  .frame = { frame_part(frame_udp("10.0.0.9", 67, "10.0.0.2", 68, 240), 3, 0, 1),
			     frame_part(frame_udp("10.0.0.9", 67, "10.0.0.2", 68, 240), 3, 31, 0) } },
		{ "a later part that came first is nobody's",
		  "UDP 10.0.0.9:0 > 10.0.0.2:0 fragments packets 1 bytes 268", FLOW,
		  .frame = { frame_part(frame_udp("10.0.0.9", 67, "10.0.0.2", 68, 240), 3, 31, 0) } },
		{ "ICMP errors are too short to come in parts: what says it is a later one",
		  "ICMP 10.0.0.2:0 > 10.0.0.1:0 fragments packets 1 bytes 56", FLOW,
		  .frame = { frame_part(error, 3, 0, 1), frame_part(error, 3, 7, 0) } },
		{ "one DHCP port alone is no DHCP", "UDP 10.0.0.9:67 > 10.0.0.2:53 packets 1 bytes 268", FLOW,
		  .frame = { frame_udp("10.0.0.9", 67, "10.0.0.2", 53, 240) } },
	};
	struct line icmp6 = { "ICMPv6 that a link dies without", "", EXEMPT(pass_exempt), .tunnels = TUNNELS_OUTER };
	struct line query6 = { "other ICMPv6", NULL, FLOW, .tunnels = TUNNELS_OUTER };

	(void)state;
	LINES_CHECK(lines);
	for (int type = 130; type <= 143; type++) {
		char flows[100];

		icmp6.frame[0] = query6.frame[0] = frame_icmp6("fe80::1", "fe80::2", type, 0);
		if (type <= 137 || type == 143) {
			line_check(&icmp6);
			continue;
		}
		snprintf(flows, sizeof(flows), "ICMPv6 fe80::1:0 > fe80::2:%d packets 1 bytes 48", type << 8);
		query6.flows = flows;
		line_check(&query6);
	}
}

/* Whatever says so may have come from far away. */
static void link_messages_that_may_not_be_of_the_link_are_flows(void **state)
{
	static const struct {
		const char *from;
		int type, hops;
	} rows[] = {
		{ "fe80::1", 133, 254 }, { "fe80::1", 134, 64 }, { "2001:db8::1", 135, 1 }, { "fe80::1", 136, 0 },
		{ "fe80::1", 137, 254 }, { "fe80::1", 130, 255 }, { "fe80::1", 131, 2 }, { "fe80::1", 132, 64 },
		{ "fe80::1", 143, 255 }, { "2001:db8::1", 130, 1 }, { "fec0::1", 143, 1 },
	};

	(void)state;
	NEEDS_ROOT();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct line far = { "a message of the link from afar", NULL, FLOW, .tunnels = TUNNELS_OUTER };
		char flows[100];

		far.frame[0] = frame_with_hops(frame_icmp6(rows[i].from, "fe80::2", rows[i].type, 0), rows[i].hops);
		snprintf(flows, sizeof(flows), "ICMPv6 %s:0 > fe80::2:%d packets 1 bytes 48", rows[i].from,
			 rows[i].type << 8);
		far.flows = flows;
		line_check(&far);
	}
}

static void link_messages_of_hosts_without_an_address_or_with_a_global_one_pass(void **state)
{
	const struct line lines[] = {
		{ "a host that looks whether its address is taken", "", EXEMPT(pass_exempt),
		  .frame = { frame_icmp6("::", "ff02::1:ff00:2", 135, 0) } },
		{ "and joins its group", "", EXEMPT(pass_exempt), .frame = { frame_icmp6("::", "ff02::16", 143, 0) } },
		{ "a neighbour's global address", "", EXEMPT(pass_exempt),
		  .frame = { frame_icmp6("2001:db8::1", "2001:db8::2", 136, 0) } },
	};

	(void)state;
	LINES_CHECK(lines);
}

static void a_list_that_allows_spares_all_of_a_blocked_network(void **state)
{
	struct frame query = udp(), error = frame_icmp_error("10.0.0.2", "10.0.0.1", ICMP4_UNREACHABLE, 3, &query);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	assert_true(sender_block(&error));
	assert_int_equal(frame_send(&error), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_blocked), 1);
	list_put(LIST_ALLOW, "10.0.0.2", 32, 0);
	assert_int_equal(frame_send(&error), XDP_PASS);
}

/* The frame made one of 9,014 bytes: the kernel hands us its first buffer, the rest is only counted. Returns the action. */
static int jumbo_send(struct frame head)
{
	static struct {
		char align[2];
		unsigned char data[9014];
	} __attribute__((aligned(4))) jumbo;
	struct iphdr *ip = (void *)(head.data + ETH_HLEN);
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = jumbo.data, .data_size_in = sizeof(jumbo.data));

	ip->tot_len = htons(9000);
	memcpy(jumbo.data, head.data, head.len);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_frags), &run), 0);
	return run.retval;
}

static void a_frame_of_several_buffers_is_counted_whole(void **state)
{
	struct frame head = frame_udp("10.0.0.1", 53, "10.0.0.2", 999, 0);
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(jumbo_send(head), XDP_PASS);
	assert_true(flow_find(&head, &f));
	assert_int_equal(f.packets[0], 1);
	assert_int_equal(f.bytes[0], 9000);
	assert_int_equal(f.len_max, 9000);
}

/* As small ones are, by the length that all of their buffers make. */
static void frames_of_several_buffers_are_judged_blocked_and_condemned(void **state)
{
	struct frame head = frame_tcp("10.0.0.1", 999, "10.0.0.2", 80, TCP_ACK | TCP_PSH, 5, 6, 0);
	struct event e = { 0 };
	struct flow f;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	model_enforce(model_stump(7, FEATURE_pay0, 8960, 0, 1000)); /* 9,000 without two headers */
	assert_int_equal(frame_send(&head), XDP_PASS);
	flows_clear();
	assert_int_equal(jumbo_send(head), XDP_DROP);
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 1);
	assert_int_equal(e.verdict, VERDICT_DROP);
	assert_int_equal(e.record.flow.score, 1000);
	assert_int_equal(e.record.flow.bytes[0], 9000);
	assert_int_equal(jumbo_send(head), XDP_DROP);
	assert_true(flow_find(&head, &f));
	assert_int_equal(f.kind, FLOW_KIND_ACK);
	assert_int_equal(f.tcp_flags[0], TCP_ACK | TCP_PSH);
	assert_int_equal(f.packets[0], 2);
	assert_int_equal(f.dropped, 2);
	assert_int_equal(counter(COUNTER_drop_condemned), 1);
	list_put(LIST_BLOCK, "10.0.0.0", 24, 0);
	assert_int_equal(jumbo_send(head), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_blocked), 1);
	list_put(LIST_ALLOW, "10.0.0.1", 32, 0);
	assert_int_equal(jumbo_send(head), XDP_PASS);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plain_packets),
		TEST(packets_over_ipv6),
		TEST(fragments),
		TEST(fragments_are_counted),
		TEST(tunnels),
		TEST(icmp_errors),
		TEST(what_is_never_dropped_by_a_model),
		TEST(link_messages_that_may_not_be_of_the_link_are_flows),
		TEST(link_messages_of_hosts_without_an_address_or_with_a_global_one_pass),
		TEST(a_list_that_allows_spares_all_of_a_blocked_network),
		TEST(a_frame_of_several_buffers_is_counted_whole),
		TEST(frames_of_several_buffers_are_judged_blocked_and_condemned),
	};

	frags_too = true;
	return cmocka_run_group_tests_name("packets", tests, datapath_load, datapath_unload);
}
