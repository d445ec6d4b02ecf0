// SPDX-License-Identifier: BSD-2-Clause
/*
 * hedgerow.bpf.c and egress.bpf.c as they are, with shim/bpf/bpf_helpers.h in place of libbpf's. Nothing of what they
 * do is written here a second time.
 */
#include <errno.h>
#include <string.h>
#define MODEL_BPF_H	   /* the kernel's way to walk a model; the host has model.h's own */
#define MODEL_ENTRY_BPF_H /* the way into code forms, which the kernel alone has */
#define model_call_score(ctx, call, frags) ((void)(ctx), (void)(call), (void)(frags))
#include <bpf/bpf_helpers.h> /* before any header that counts */
#include "native.h"
#include "plain.h"

/*
 * Of the frame at hand, where it was looked at ahead and need not be parsed again. Where it is simply one of a flow, all
 * questions for a key are for that flow's.
 */
static const struct native_ahead *frame_ahead;

static __always_inline enum parsed packet_parse_unless_done(struct packet *pkt, void *data, void *end, __u32 len)
{
	if (!frame_ahead)
		return packet_parse(pkt, data, end, len);
	*pkt = frame_ahead->packet;
	return frame_ahead->parsed;
}

/* What native_look() found out about the frame's flow, which the datapath asks for next. */
static struct {
	const struct native_ahead *of; /* NULL: nothing */
	__u32 found;
} sought;

static __always_inline int flow_key_unless_done(struct flow_key *key, const struct packet *pkt)
{
	if (!frame_ahead || !frame_ahead->is_flow)
		return flow_key_from_packet(key, pkt);
	*key = frame_ahead->key;
	return frame_ahead->sender;
}

/* What the datapath asks first. A frame that was looked at is one of a flow, plain or not, or none. */
static __always_inline int packet_parse_plain_unless_done(struct packet *pkt, struct flow_key *key, void *data, void *end,
							  __u32 frame_len)
{
	if (!frame_ahead)
		return packet_parse_plain(pkt, key, data, end, frame_len);
	if (!frame_ahead->is_flow)
		return -1;
	*pkt = frame_ahead->packet;
	*key = frame_ahead->key;
	return frame_ahead->sender;
}

/* The groups of features that anybody reads. */
static __u32 groups_read = FEATURE_GROUPS_ALL;

static __always_inline void features_from_flow_as_read(struct features *out, const struct flow *f, const struct flow_key *key,
						       const struct host_view *hosts, __u32 groups)
{
	features_from_flow(out, f, key, hosts, groups & groups_read);
}

#define features_from_flow features_from_flow_as_read
#define packet_parse packet_parse_unless_done
#define packet_parse_plain packet_parse_plain_unless_done
#define flow_key_from_packet flow_key_unless_done
#include "newcomers.bpf.h"

/* newcomer_seek() has left in the scratch what newcomer_publish() needs; nothing has happened since. */
static __u32 newcomer_seek_unless_done(const struct seen *s, __u32 mine)
{
	struct newcomer *n;

	if (mine || !sought.of || sought.of != frame_ahead || !frame_ahead->is_flow)
		return newcomer_seek(s, mine);
	if (sought.found && sought.found != NEWCOMER_LOOK_AGAIN) {
		n = newcomer_at(sought.found - 1);
		newcomer_hold(n, newcomer_state(n));
	}
	return sought.found;
}

#define newcomer_seek newcomer_seek_unless_done
#include "hedgerow.bpf.c"
#include "egress.bpf.c"
#undef newcomer_seek
#undef features_from_flow
#undef packet_parse
#undef packet_parse_plain
#undef flow_key_from_packet

/* Every map of the two programs: unit tests compare this list with the objects. */
#define NATIVE_MAPS(X)                                                                                                 \
	X(hr_flows) X(hr_newcomers) X(hr_newcomer_sets) X(hr_probation) X(hr_secret) X(hr_retries) X(hr_sources) X(hr_dests) \
	X(hr_sightings) X(hr_models) X(hr_settings) X(hr_safety) X(hr_harmed) X(hr_blocks) X(hr_block_hints) X(hr_offences) \
	X(hr_limits) X(hr_counters) X(hr_fragments) X(hr_verdicts) X(hr_alerts) X(hr_alerts_logged)                    \
	X(hr_scratch) X(hr_budget) X(hr_shadow)
#define NATIVE_RINGS(X) X(hr_events) X(hr_snapshots)
#define NATIVE_EMPTY(X) X(hr_list_hosts) X(hr_list_nets) X(hr_list_hints) X(hr_blocked) X(hr_block_flows) X(hr_scopes) X(hr_agent) /* no replay has lists or scopes */

enum native_map {
#define X(map) NATIVE_##map,
	NATIVE_MAPS(X) NATIVE_RINGS(X)
	NATIVE_OPEN_COUNT,
	NATIVE_BEFORE_EMPTY = NATIVE_OPEN_COUNT - 1,
	NATIVE_EMPTY(X)
#undef X
	NATIVE_MAP_COUNT
};

__u64 native_now_ns;
struct bpf_sock native_socket;
const struct secret replay_secret = {
	.state = SECRET_DRAWN,
	.word = { 0x2545f491, 0x4f6cdd1d, 0x9e3779b9, 0x7f4a7c15, 0xbf58476d, 0x1ce4e5b9, 0x94d049bb, 0x133111eb,
		  0xd6e8feb8, 0x6659fd93, 0xa0761d64, 0x78bd642f, 0xe7037ed1, 0xa0b428db },
};
static struct table tables[NATIVE_MAP_COUNT];
static struct native_listener listener;


/* The record that is being written; a program completes one before it begins the next. */
static struct {
	struct table *ring;
	size_t size;
	char bytes[8192] __attribute__((aligned(8)));
} pending;

void *native_ring_reserve(struct table *ring, __u64 size)
{
	if (size > sizeof(pending.bytes))
		return NULL;
	pending.ring = ring;
	pending.size = size;
	return pending.bytes;
}

void native_ring_submit(void *record)
{
	pending.ring->tell(pending.ring->context, record, pending.size);
}

static void event_told(void *unused, void *record, size_t size)
{
	(void)unused;
	(void)size;
	if (listener.event)
		listener.event(listener.context, record);
}

static void snapshot_told(void *unused, void *record, size_t size)
{
	(void)unused;
	(void)size;
	if (listener.snapshot)
		listener.snapshot(listener.context, record);
}

static __u32 hash_fold(__u64 hash)
{
	return hash ^ hash >> 32;
}

/* The table of flows goes by the hash that newcomers are found by: one will do for both. */
static __u32 flow_hash(const void *key)
{
	return hash_fold(secret_hash(&replay_secret, key, 0));
}

/* The maps' definitions hold their numbers as sizes of arrays, their types as pointers to them. */
#define DEFINED(map, field) (sizeof(*(map).field) / sizeof((*(map).field)[0]))

static void tables_define(const struct native_sizes *sizes)
{
#define X(map)                                                                                                         \
	tables[NATIVE_##map] = (struct table){ .name = #map, .type = DEFINED(map, type),                               \
					       .key_size = sizeof(*(map).key), .value_size = sizeof(*(map).value),     \
					       .entries = DEFINED(map, max_entries) };                                 \
	(map).type = (void *)&tables[NATIVE_##map];
	NATIVE_MAPS(X)
#undef X
#define X(map)                                                                                                         \
	tables[NATIVE_##map] = (struct table){ .name = #map, .type = DEFINED(map, type),                               \
					       .entries = DEFINED(map, max_entries) };                                 \
	(map).type = (void *)&tables[NATIVE_##map];
	NATIVE_RINGS(X)
#undef X
#define X(map)                                                                                                         \
	tables[NATIVE_##map] = (struct table){ .name = #map, .type = DEFINED(map, type) };                              \
	(map).type = (void *)&tables[NATIVE_##map];
	NATIVE_EMPTY(X)
#undef X
	tables[NATIVE_hr_flows].hash = flow_hash;
	tables[NATIVE_hr_events].tell = event_told;
	tables[NATIVE_hr_snapshots].tell = snapshot_told;
	if (sizes->flows)
		tables[NATIVE_hr_flows].entries = sizes->flows;
	if (sizes->sources)
		tables[NATIVE_hr_sources].entries = sizes->sources;
	if (sizes->dests)
		tables[NATIVE_hr_dests].entries = sizes->dests;
}

/* Arrays are found by their definitions: shim/bpf/bpf_helpers.h. */
static void arrays_show(void)
{
#define X(map)                                                                                                         \
	if (native_is_array(DEFINED(map, type)))                                                                       \
		(map).value = (void *)tables[NATIVE_##map].records;
	NATIVE_MAPS(X)
#undef X
}

int native_open(const struct native_sizes *sizes, const struct native_listener *who)
{
	struct settings defaults = { 0 };
	__u32 zero = 0;
	int err = 0;

	listener = *who;
	tables_define(sizes);
	for (int i = 0; i < NATIVE_OPEN_COUNT && !err; i++)
		err = table_open(&tables[i]);
	if (err)
		return err;
	arrays_show();
	settings_defaults(&defaults);
	native_settings_set(&defaults);
	table_update(&tables[NATIVE_hr_secret], &zero, &replay_secret, BPF_ANY);
	return 0;
}

void native_close(void)
{
	for (int i = 0; i < NATIVE_OPEN_COUNT; i++)
		table_close(&tables[i]);
	arrays_show();
}

void native_reset(void)
{
	for (int i = 0; i < NATIVE_OPEN_COUNT; i++)
		if (i != NATIVE_hr_settings && i != NATIVE_hr_models && i != NATIVE_hr_secret)
			table_clear(&tables[i]);
}

void native_settings_set(const struct settings *s)
{
	*settings_get() = *s;
}

void native_model_set(__u32 slot, const struct model *m)
{
	static const struct model none;

	table_update(&tables[NATIVE_hr_models], &slot, m ? m : &none, BPF_ANY);
}

void native_groups_set(__u32 groups)
{
	groups_read = groups;
}

static void frame_take(const struct native_frame *f)
{
	frame_ahead = f->ahead && f->ahead->is_sure ? f->ahead : NULL;
}

/* packet_unwrap() without its traces: the packet whose flow this one belongs to, or is about. */
static void look_unwrap(struct native_look *out, struct packet *pkt, const struct settings *settings,
			const struct native_frame *f)
{
	void *end = f->data + f->len;
	struct fragment_key part = { 0 };
	struct packet inner = { 0 };
	enum parsed parsed;

	if (out->parsed == PARSED_TUNNEL) {
		out->parsed = PARSED_FLOW;
		parsed = settings->tunnels == TUNNELS_INNER ?
				 packet_parse_inner(&inner, pkt, f->data, end, f->len) :
				 PARSED_NOT_IP;
		if (parsed < PARSED_NOT_IP) {
			out->parsed = parsed;
			*pkt = inner;
		}
	}
	if (out->parsed == PARSED_ICMP_ERROR) {
		inner = (struct packet){ 0 };
		if (!packet_from_quote(&inner, pkt, f->data, end))
			out->parsed = PARSED_EXEMPT;
		*pkt = inner;
	}
	if (pkt->fragment == FRAGMENT_LATER) {
		fragment_key_from_packet(&part, pkt);
		packet_join_fragment(pkt, bpf_map_lookup_elem(&hr_fragments, &part), f->time_ns);
	}
	if (out->parsed == PARSED_FRAGMENT)
		out->parsed = PARSED_FLOW;
}

/* As the datapath does. */
static void frame_recognise(struct native_ahead *out, void *data, void *end, __u32 len)
{
	int sender;

	out->packet = (struct packet){ 0 };
	out->key = (struct flow_key){ 0 };
	sender = packet_parse_plain(&out->packet, &out->key, data, end, len);
	out->parsed = sender < 0 ? packet_parse(&out->packet, data, end, len) : PARSED_FLOW;
	out->is_flow = out->parsed == PARSED_FLOW;
	out->is_sure = sender >= 0; /* all that was read was captured, and nothing was asked about what follows */
	if (out->is_flow)
		out->sender = sender < 0 ? flow_key_from_packet(&out->key, &out->packet) : sender;
}

void native_ahead_begin(struct native_ahead *out, const unsigned char *data, __u32 captured, __u32 len)
{
	__u64 hash;

	frame_recognise(out, (void *)data, (void *)data + captured, len);
	out->is_sure |= captured == len;
	if (!out->is_flow)
		return;
	hash = secret_hash(&replay_secret, &out->key, 0);
	out->hash = hash_fold(hash);
	table_fetch_cell(&tables[NATIVE_hr_flows], out->hash);
	out->set = newcomer_set_of(hash);
	out->tag = newcomer_tag(hash);
	__builtin_prefetch(newcomer_set_at(out->set));
}

/* A bit for each way with that tag: four at a time, for most sets have none. */
static __u32 newcomer_ways(const struct newcomer_set *set, __u32 tag)
{
	typedef __u32 words __attribute__((vector_size(16), may_alias));
	const words *word = (const void *)set; /* the first is the turn */
	words found = { 0 };

	_Static_assert(sizeof(*set) == 4 * sizeof(words) && NEWCOMER_WAYS == 15, "a turn and 15 ways");
	for (int i = 0; i < 4; i++)
		found |= (words)(((word[i] ^ tag) & ~(NEWCOMERS - 1u)) == 0) & (words){ 1 << 4 * i, 2 << 4 * i, 4 << 4 * i, 8 << 4 * i };
	return (found[0] | found[1] | found[2] | found[3]) >> 1;
}

/* The newest of the set whose tag is the flow's: most often the flow itself. */
static void newcomer_fetch(const struct native_ahead *a)
{
	const struct newcomer_set *set = newcomer_set_at(a->set);
	__u32 ways = newcomer_ways(set, a->tag);
	const char *record;

	if (!ways)
		return;
	record = (const char *)newcomer_at(set->way[31 - __builtin_clz(ways)]);
	for (size_t at = 0; at < sizeof(struct newcomer); at += 64)
		__builtin_prefetch(record + at);
}

void native_ahead_end(const struct native_ahead *a)
{
	if (!a->is_flow || table_fetch_record(&tables[NATIVE_hr_flows], a->hash))
		return;
	newcomer_fetch(a);
	table_fetch_cell(&tables[NATIVE_hr_sources], key_hash(a->key.addr[a->sender], sizeof(struct host_key)));
	table_fetch_cell(&tables[NATIVE_hr_dests], key_hash(a->key.addr[!a->sender], sizeof(struct host_key)));
}

/*
 * What newcomer_seek() finds, and leaves in the scratch, where no other packet can be at a newcomer: without holding it.
 */
static __u32 newcomer_spy(const struct flow_key *key, __u32 index, __u32 tag)
{
	const struct newcomer_set *set = newcomer_set_at(index);
	__u32 found = 0;

	scratch_get()->trace = (struct newcomer_trace){ .set = index, .tag = tag, .turn = set->turn };
	for (__u32 ways = newcomer_ways(set, tag); ways; ways &= ways - 1) {
		__u32 place = set->way[__builtin_ctz(ways)] & (NEWCOMERS - 1);
		const struct newcomer *n = newcomer_at(place);

		if ((n->state & NEWCOMER_STATE) == NEWCOMER_ADMITTED)
			found = NEWCOMER_LOOK_AGAIN;
		if ((n->state & NEWCOMER_STATE) == NEWCOMER_HERE && flow_key_is_same(&n->key, key))
			return place + 1;
	}
	return found;
}

static __u32 newcomer_spy_key(const struct flow_key *key)
{
	__u64 hash = secret_hash(&replay_secret, key, 0);

	return newcomer_spy(key, newcomer_set_of(hash), newcomer_tag(hash));
}

static struct flow *newcomer_flow(__u32 found)
{
	return found && found != NEWCOMER_LOOK_AGAIN ? &newcomer_at(found - 1)->flow : NULL;
}

struct flow *native_flow(const struct flow_key *key)
{
	struct flow *f = bpf_map_lookup_elem(&hr_flows, key);

	return f ? f : newcomer_flow(newcomer_spy_key(key));
}

__u32 native_flow_places(void)
{
	return tables[NATIVE_hr_flows].entries + NEWCOMERS;
}

/* Also of a newcomer that the present packet holds, which a seek would wait for. */
static __u32 newcomer_place(const struct flow_key *key)
{
	struct seen s;
	const struct newcomer_set *set;
	__u64 hash;

	s.key = *key;
	hash = newcomer_hash(&s);
	set = newcomer_set_at(newcomer_set_of(hash));
	for (int way = 0; way < NEWCOMER_WAYS; way++) {
		__u32 place = set->way[way] & (NEWCOMERS - 1), state = newcomer_at(place)->state & NEWCOMER_STATE;

		if (!newcomer_tag_differs(set->way[way], newcomer_tag(hash)) && (state == NEWCOMER_HERE || state == NEWCOMER_HELD) &&
		    flow_key_is_same(&newcomer_at(place)->key, key))
			return place;
	}
	return NATIVE_NO_PLACE;
}

__u32 native_flow_place(const struct flow_key *key)
{
	struct flow *f = bpf_map_lookup_elem(&hr_flows, key);
	__u32 place = f ? 0 : newcomer_place(key);

	if (f)
		return table_number(&tables[NATIVE_hr_flows], f);
	return place == NATIVE_NO_PLACE ? place : tables[NATIVE_hr_flows].entries + place;
}

void native_flows_visit(native_flow_visitor *visit, void *context)
{
	struct table *flows = &tables[NATIVE_hr_flows];
	__u32 at = 0;
	const void *key;
	void *value;

	while ((value = table_next(flows, &at, &key)))
		visit(context, table_number(flows, value), key, value);
	for (__u32 place = 0; place < NEWCOMERS; place++) {
		const struct newcomer *n = newcomer_at(place);

		if ((n->state & NEWCOMER_STATE) == NEWCOMER_HERE)
			visit(context, flows->entries + place, &n->key, &n->flow);
	}
}

/* native_flow() of the frame at hand: the datapath need not seek the flow in vain again. */
static struct flow *flow_seek(const struct flow_key *key)
{
	const struct native_ahead *a = frame_ahead && frame_ahead->is_flow ? frame_ahead : NULL;
	struct flow *f;

	if (a && !table_remembers(&tables[NATIVE_hr_flows], key, sizeof(*key)))
		table_seek(&tables[NATIVE_hr_flows], key, a->hash);
	f = bpf_map_lookup_elem(&hr_flows, key);
	if (f)
		return f;
	sought.found = a ? newcomer_spy(key, a->set, a->tag) : newcomer_spy_key(key);
	sought.of = frame_ahead;
	return newcomer_flow(sought.found);
}

void native_look(struct native_look *out, const struct native_frame *f)
{
	const struct settings *settings = settings_get();
	struct flow *flow;
	struct seen s;

	frame_take(f);
	sought.of = NULL;
	if (!frame_ahead)
		s.pkt = (struct packet){ 0 };
	s.now_ns = f->time_ns;
	out->parsed = packet_parse_unless_done(&s.pkt, f->data, f->data + f->len, f->len);
	out->from_initiator = true;
	if (out->parsed != PARSED_FLOW)
		look_unwrap(out, &s.pkt, settings, f);
	if (out->parsed != PARSED_FLOW && out->parsed != PARSED_ICMP_ERROR)
		return;
	s.sender = flow_key_unless_done(&s.key, &s.pkt);
	out->key = s.key;
	out->question = (__u64)s.sender << 32 | (s.pkt.l4_proto == IPPROTO_TCP ? s.pkt.tcp_seq : s.pkt.payload_len);
	flow = flow_seek(&s.key);
	if (flow && !flow_is_over(&s, settings, flow))
		out->from_initiator = s.sender == flow->initiator;
	out->sender = s.sender;
	if (out->parsed == PARSED_ICMP_ERROR) {
		out->sender ^= 1;
		out->from_initiator = !out->from_initiator;
	}
}

int native_enter(const struct native_frame *f)
{
	struct xdp_md ctx = { .data = (unsigned long)f->data, .data_end = (unsigned long)f->data + f->len,
			      .ingress_ifindex = NATIVE_IFINDEX };
	int action;

	frame_take(f);
	native_now_ns = f->time_ns;
	native_socket.state = f->socket;
	action = hedgerow_xdp(&ctx);
	sought.of = NULL;
	return action;
}

void native_leave(const struct native_frame *f)
{
	struct __sk_buff skb = { .data = (unsigned long)f->data, .data_end = (unsigned long)f->data + f->len,
				 .len = f->len, .wire_len = f->len, .ifindex = NATIVE_IFINDEX };

	frame_take(f);
	native_now_ns = f->time_ns;
	hedgerow_egress(&skb);
	sought.of = NULL;
}

void native_features(struct features *out, const struct flow_record *record, __u64 now_ns, __u32 groups)
{
	unsigned int initiator = record->flow.initiator & 1;
	struct host_view view = { 0 };
	struct host_key source, dest;

	host_key_from_source(&source, record->key.addr[initiator], settings_held()->ipv6_mask);
	host_key_from_flow(&dest, &record->key, !initiator);
	host_view_fill(&view, HOST_SOURCE, bpf_map_lookup_elem(&hr_sources, &source), now_ns);
	host_view_fill(&view, HOST_DEST, bpf_map_lookup_elem(&hr_dests, &dest), now_ns);
	*out = (struct features){ 0 };
	features_from_flow(out, &record->flow, &record->key, &view, groups & groups_read);
}

__u64 native_counter(enum counter which)
{
	__u32 key = which;

	return *(__u64 *)table_lookup(&tables[NATIVE_hr_counters], &key);
}

struct table *native_table_at(unsigned int n)
{
	return n < NATIVE_MAP_COUNT ? &tables[n] : NULL;
}

struct table *native_table_find(const char *name)
{
	for (int i = 0; i < NATIVE_MAP_COUNT; i++)
		if (tables[i].name && !strcmp(tables[i].name, name))
			return &tables[i];
	return NULL;
}
