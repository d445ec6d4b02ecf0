// SPDX-License-Identifier: BSD-2-Clause
/* Scopes: which flows have a mode of their own, and that it holds for the model and for blocks. */
#include "datapath_fixture.h"

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

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(enforcement_is_switched_on_service_by_service),
		TEST(the_first_scope_that_fits_counts_and_the_rest_keeps_the_mode),
		TEST(a_change_of_scopes_acts_on_the_next_packet_of_a_running_flow),
		TEST(vlan_and_interface_tell_scopes_apart),
		TEST(blocks_go_by_the_mode_of_the_scope),
	};

	return cmocka_run_group_tests_name("scope", tests, datapath_load, datapath_unload);
}
