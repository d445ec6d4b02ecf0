// SPDX-License-Identifier: BSD-2-Clause
/* Scopes: which flows have a mode, thresholds and a response of their own, and that these hold for the model and for blocks. */
#include "datapath_fixture.h"
#include "wrapped_packets.h"

static void scopes_put(const struct scope *scope, __u32 count, __u32 tables)
{
	struct scopes all = { .count = count };
	struct settings s;
	__u32 index = tables - 1;

	memcpy(all.scope, scope, count * sizeof(*scope));
	assert_int_equal(bpf_map_update_elem(map_fd("hr_scopes"), &index, &all, BPF_ANY), 0);
	s = settings_read();
	s.scopes = tables;
	settings_write(&s, false);
}

static struct scope scope_any(enum mode mode)
{
	return (struct scope){ .port_last = 65535, .mode = mode };
}

static struct scope scope_of(const char *dest, __be32 mask, __u16 first, __u16 last, enum mode mode)
{
	struct scope c = scope_any(mode);

	c.dest[2] = htonl(0xffff);
	c.dest[3] = inet_addr(dest);
	memset(c.mask, 0xff, 12);
	c.mask[3] = htonl(mask);
	c.port_first = first;
	c.port_last = last;
	return c;
}

static int send_to(const char *dest, int port, __u8 proto)
{
	static int source = 1000;
	struct frame f = proto == IPPROTO_UDP ? frame_udp("10.0.0.1", ++source, dest, port, 10) :
						frame_tcp("10.0.0.1", ++source, dest, port, TCP_ACK, 1, 1, 10);

	return frame_send(&f);
}

static void hostile_model_load(void)
{
	model_enforce(model_stump(70, FEATURE_fpk, 0, 0, 1000)); /* condemns everybody */
}

static void enforcement_is_switched_on_service_by_service(void **state)
{
	static const struct {
		const char *dest;
		int port, action;
		__u8 proto;
	} rows[] = {
		{ "192.0.2.1", 443, XDP_DROP, IPPROTO_TCP },   { "192.0.2.255", 443, XDP_DROP, IPPROTO_TCP },
		{ "192.0.3.1", 443, XDP_PASS, IPPROTO_TCP },   { "192.0.2.1", 442, XDP_PASS, IPPROTO_TCP },
		{ "198.51.100.7", 5000, XDP_DROP, IPPROTO_TCP }, { "198.51.100.7", 5009, XDP_DROP, IPPROTO_TCP },
		{ "198.51.100.7", 5010, XDP_PASS, IPPROTO_TCP }, { "198.51.100.8", 5000, XDP_PASS, IPPROTO_TCP },
		{ "203.0.113.1", 53, XDP_DROP, IPPROTO_UDP },  { "203.0.113.1", 53, XDP_PASS, IPPROTO_TCP },
	};
	struct scope scopes[] = {
		scope_of("192.0.2.0", 0xffffff00, 443, 443, MODE_ENFORCE),
		scope_of("198.51.100.7", 0xffffffff, 5000, 5009, MODE_ENFORCE),
		scope_any(MODE_ENFORCE),
	};

	(void)state;
	NEEDS_ROOT();
	scopes[2].l4_proto = IPPROTO_UDP;
	scopes[2].port_first = scopes[2].port_last = 53;
	hostile_model_load();
	scopes_put(scopes, 3, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(send_to(rows[i].dest, rows[i].port, rows[i].proto), rows[i].action);
}

static void the_first_scope_that_fits_counts_and_the_rest_keeps_the_mode(void **state)
{
	struct scope scopes[] = {
		scope_of("192.0.2.1", 0xffffffff, 0, 65535, MODE_MONITOR),
		scope_of("192.0.2.0", 0xffffff00, 0, 65535, MODE_ENFORCE),
	};

	(void)state;
	NEEDS_ROOT();
	hostile_model_load();
	scopes_put(scopes, 2, 2);
	assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(send_to("192.0.2.2", 80, IPPROTO_TCP), XDP_DROP);
	assert_int_equal(send_to("192.0.9.2", 80, IPPROTO_TCP), XDP_PASS);
	mode_set(MODE_ENFORCE);
	assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(send_to("192.0.9.2", 80, IPPROTO_TCP), XDP_DROP);
}

static void a_change_of_scopes_acts_on_the_next_packet_of_a_running_flow(void **state)
{
	struct frame f = frame_tcp("10.0.0.1", 999, "192.0.2.1", 80, TCP_ACK, 1, 1, 10);
	struct scope one = scope_of("192.0.2.1", 0xffffffff, 0, 65535, MODE_ENFORCE);

	(void)state;
	NEEDS_ROOT();
	hostile_model_load();
	assert_int_equal(frame_send(&f), XDP_PASS);
	scopes_put(&one, 1, 1);
	assert_int_equal(frame_send(&f), XDP_DROP);
	one.mode = MODE_MONITOR;
	scopes_put(&one, 1, 2);
	assert_int_equal(frame_send(&f), XDP_PASS);
}

static void vlan_and_interface_tell_scopes_apart(void **state)
{
	struct scope scopes[] = { scope_any(MODE_ENFORCE), scope_any(MODE_MONITOR), scope_any(MODE_ENFORCE) };

	(void)state;
	NEEDS_ROOT();
	hostile_model_load();
	scopes[0].vlan = 12;
	scopes[1].ifindex = 4242;
	scopes_put(scopes, 2, 1);
	assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_PASS); /* no tag, another interface, mode monitor */
	scopes[2].ifindex = 1; /* where BPF_PROG_TEST_RUN says that packets enter */
	scopes_put(scopes, 3, 2);
	assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_DROP);
}

static int send_tagged(__u16 outer, __u16 inner)
{
	static int source = 1000;
	struct frame f = frame_tcp("10.0.0.1", ++source, "192.0.2.1", 80, TCP_ACK, 1, 1, 10);

	if (inner)
		f = frame_tagged(inner, &f);
	if (outer)
		f = frame_tagged(outer, &f);
	return frame_send(&f);
}

static void scope_of_a_vlan_fits_its_outermost_tag_alone(void **state)
{
	struct scope scope = scope_any(MODE_ENFORCE);

	(void)state;
	NEEDS_ROOT();
	hostile_model_load();
	scope.vlan = 12;
	scopes_put(&scope, 1, 1);
	assert_int_equal(send_tagged(12, 0), XDP_DROP);
	assert_int_equal(send_tagged(12, 7), XDP_DROP);
	assert_int_equal(send_tagged(13, 0), XDP_PASS);
	assert_int_equal(send_tagged(7, 12), XDP_PASS);
	assert_int_equal(send_tagged(0, 0), XDP_PASS);
}

static int send_to6(const char *dest, int port)
{
	static int source = 1000;
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8:ff::1", dest, IPPROTO_TCP, sizeof(struct tcphdr));
	frame_put_tcp(&f, ++source, port, TCP_ACK, 1, 1, 0);
	return frame_send(&f);
}

static void scope_of_an_ipv6_network_ends_where_it_ends(void **state)
{
	struct scope scopes[] = { scope_any(MODE_ENFORCE), scope_any(MODE_ENFORCE) };

	(void)state;
	NEEDS_ROOT();
	hostile_model_load();
	inet_pton(AF_INET6, "2001:db8:5:8000::", scopes[0].dest);
	inet_pton(AF_INET6, "ffff:ffff:ffff:8000::", scopes[0].mask); /* /49 */
	scopes[0].port_first = scopes[0].port_last = 443;
	inet_pton(AF_INET6, "2001:db8:7::1", scopes[1].dest);
	memset(scopes[1].mask, 0xff, sizeof(scopes[1].mask));
	scopes_put(scopes, 2, 1);
	assert_int_equal(send_to6("2001:db8:5:8000::1", 443), XDP_DROP);
	assert_int_equal(send_to6("2001:db8:5:ffff:ffff::1", 443), XDP_DROP);
	assert_int_equal(send_to6("2001:db8:5:8000::1", 444), XDP_PASS);
	assert_int_equal(send_to6("2001:db8:5:7fff::1", 443), XDP_PASS);
	assert_int_equal(send_to6("2001:db8:6:8000::1", 443), XDP_PASS);
	assert_int_equal(send_to6("2001:db8:7::1", 80), XDP_DROP);
	assert_int_equal(send_to6("2001:db8:7::2", 80), XDP_PASS);
	assert_int_equal(send_to("192.0.2.1", 443, IPPROTO_TCP), XDP_PASS);
}

static void blocks_go_by_the_mode_of_the_scope(void **state)
{
	struct scope one = scope_of("192.0.2.1", 0xffffffff, 0, 65535, MODE_ENFORCE);

	(void)state;
	NEEDS_ROOT();
	scopes_put(&one, 1, 1);
	list_put(LIST_BLOCK, "10.0.0.1", 32, 0);
	assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_DROP);
	assert_int_equal(send_to("192.0.2.2", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(counter(COUNTER_drop_blocked), 1);
	assert_int_equal(counter(COUNTER_would_blocked), 1);
}

/* A model that gives everybody a margin of 1, logs from .5 on and drops from 2 on, on a scale of 2^6. */
static void mild_model_load(void)
{
	struct model *m = model_stump(71, FEATURE_fpk, 0, 0, 64);

	m->scale_shift = 6;
	m->policy = (struct policy){ .log_at = 32, .drop_at = 128 };
	model_enforce(m);
}

static void thresholds_of_a_scope_hold_for_its_flows_alone(void **state)
{
	struct scope scopes[] = {
		scope_of("192.0.2.1", 0xffffffff, 0, 65535, MODE_ENFORCE),
		scope_of("192.0.2.2", 0xffffffff, 0, 65535, MODE_ENFORCE),
		scope_of("192.0.2.3", 0xffffffff, 0, 65535, MODE_ENFORCE),
		scope_of("192.0.2.4", 0xffffffff, 0, 65535, MODE_MONITOR),
	};
	struct event e = { 0 };

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	mild_model_load();
	scopes[0].margins.has = SCOPE_HAS_DROP_AT;
	scopes[0].margins.drop_at = 1 << SCOPE_MARGIN_SHIFT; /* just that much */
	scopes[1].margins.has = SCOPE_HAS_DROP_AT;
	scopes[1].margins.drop_at = (1 << SCOPE_MARGIN_SHIFT) + (1 << (SCOPE_MARGIN_SHIFT - 6));
	scopes[2].margins.has = SCOPE_HAS_LOG_AT;
	scopes[2].margins.log_at = 3 << (SCOPE_MARGIN_SHIFT - 1);
	scopes[3] = scopes[0];
	scopes[3].dest[3] = inet_addr("192.0.2.4");
	scopes[3].mode = MODE_MONITOR;
	scopes_put(scopes, 4, 1);
	assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_DROP);
	assert_int_equal(ring_drain("hr_events", NULL, 0), 1);
	assert_int_equal(send_to("192.0.2.2", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 1);
	assert_int_equal(e.verdict, VERDICT_LOG);
	assert_int_equal(send_to("192.0.2.3", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(ring_drain("hr_events", NULL, 0), 0);
	assert_int_equal(send_to("192.0.2.4", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(ring_drain("hr_events", &e, sizeof(e)), 1);
	assert_int_equal(e.would_drop, 1);
	assert_int_equal(send_to("192.0.2.5", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(counter(COUNTER_drop_source), 1);
}

/* The response of the scope stands before that of the class. */
static void policy_of_a_scope_holds_for_its_flows_alone(void **state)
{
	struct scope scopes[] = {
		scope_of("192.0.2.1", 0xffffffff, 0, 65535, MODE_ENFORCE),
		scope_of("192.0.2.2", 0xffffffff, 0, 65535, MODE_ENFORCE),
		scope_of("192.0.2.3", 0xffffffff, 0, 65535, MODE_ENFORCE),
	};

	(void)state;
	NEEDS_ROOT();
	hostile_model_load();
	mode_set(MODE_ENFORCE);
	scopes[0].response.kind = RESPONSE_LOG;
	scopes[1].response = (struct response){ .kind = RESPONSE_LIMIT, .count = 1 };
	scopes[2].response = (struct response){ .kind = RESPONSE_BLOCK, .count = 3, .within_ns = SECOND_NS, .for_ns = SECOND_NS };
	scopes_put(scopes, 3, 1);
	for (int i = 0; i < 10; i++)
		assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(send_to("192.0.2.2", 80, IPPROTO_TCP), XDP_PASS);
	assert_int_equal(send_to("192.0.2.2", 80, IPPROTO_TCP), XDP_DROP);
	assert_int_equal(counter(COUNTER_pass_limited), 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(send_to("192.0.2.3", 80, IPPROTO_TCP), XDP_DROP);
	assert_int_equal(counter(COUNTER_blocks_unproven), 1);
	assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_DROP); /* the source is blocked wherever it sends to */
	assert_int_equal(counter(COUNTER_drop_offender), 1);
}

static void blocked_source_passes_where_a_scope_only_watches(void **state)
{
	struct scope scopes[] = { scope_of("192.0.2.1", 0xffffffff, 0, 65535, MODE_MONITOR) };
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	hostile_model_load();
	scopes_put(scopes, 1, 1);
	s = settings_read();
	s.response[0] = (struct response){ .kind = RESPONSE_BLOCK, .count = 1, .within_ns = SECOND_NS, .for_ns = SECOND_NS };
	settings_write(&s, true);
	mode_set(MODE_ENFORCE);
	assert_int_equal(send_to("192.0.9.9", 80, IPPROTO_TCP), XDP_DROP);
	assert_int_equal(send_to("192.0.9.9", 80, IPPROTO_TCP), XDP_DROP);
	assert_int_equal(counter(COUNTER_drop_offender), 1);
	assert_int_equal(send_to("192.0.2.1", 80, IPPROTO_TCP), XDP_PASS);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(enforcement_is_switched_on_service_by_service),
		TEST(the_first_scope_that_fits_counts_and_the_rest_keeps_the_mode),
		TEST(a_change_of_scopes_acts_on_the_next_packet_of_a_running_flow),
		TEST(vlan_and_interface_tell_scopes_apart),
		TEST(scope_of_a_vlan_fits_its_outermost_tag_alone),
		TEST(scope_of_an_ipv6_network_ends_where_it_ends),
		TEST(blocks_go_by_the_mode_of_the_scope),
		TEST(thresholds_of_a_scope_hold_for_its_flows_alone),
		TEST(policy_of_a_scope_holds_for_its_flows_alone),
		TEST(blocked_source_passes_where_a_scope_only_watches),
	};

	return cmocka_run_group_tests_name("scope", tests, datapath_load, datapath_unload);
}
