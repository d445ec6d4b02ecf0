// SPDX-License-Identifier: BSD-2-Clause
/* What is known of a destination stays known, whoever claims to send to it, and whoever is answered in vain. */
#include <time.h>
#include "egress_fixture.h"

#define SERVER "10.0.0.2"
#define QUIET "10.0.0.9" /* another, that nobody attacks */
#define DESTS 16384 /* that the table holds */
#define FLOOD 400000
#define CLIENTS 10

static struct frame frame_from_spoofed(__u32 i, const char *to)
{
	struct frame f = frame_tcp("11.0.0.0", 1024 + i % 50000, to, 80, TCP_SYN, i, 0, 0);
	__be32 addr = htonl(0x0b000000 + i);

	memcpy(f.data + ETH_HLEN + 12, &addr, sizeof(addr));
	return f;
}

static struct frame frame_to_spoofed(__u32 i, __u8 flags)
{
	struct frame f = frame_tcp(SERVER, 80, "11.0.0.0", 1024 + i % 50000, flags, 500, i + 1, 0);
	__be32 addr = htonl(0x0b000000 + i);

	memcpy(f.data + ETH_HLEN + 16, &addr, sizeof(addr));
	return f;
}

static void client_connects(const char *to, int i)
{
	struct frame syn = frame_tcp("10.0.1.1", 4000 + i, to, 80, TCP_SYN, 100, 0, 0);
	struct frame answer = frame_tcp(to, 80, "10.0.1.1", 4000 + i, TCP_SYN | TCP_ACK, 500, 101, 0);
	struct frame ack = frame_tcp("10.0.1.1", 4000 + i, to, 80, TCP_ACK, 101, 501, 0);

	frame_send(&syn);
	frame_leave(&answer);
	frame_send(&ack);
}

static void history_begin(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		client_connects(SERVER, i);
		client_connects(QUIET, i);
	}
}

static struct host_window host_lately(const char *map, const char *addr)
{
	struct host_window sum = { 0 };
	struct timespec t;
	struct host h;

	clock_gettime(CLOCK_MONOTONIC, &t);
	assert_true(host_find(map, addr, &h));
	host_window_sum(&sum, &h, HOST_LONG, t.tv_sec * SECOND_NS + t.tv_nsec);
	return sum;
}

static int dests_known(void)
{
	struct host_key key, *last = NULL, next;
	int known = 0;

	for (; !bpf_map_get_next_key(map_fd("hr_dests"), last, &next); known++) {
		key = next;
		last = &key;
	}
	return known;
}

static void dest_is_remembered_exactly(const char *addr, __u32 flood)
{
	struct host_window sum = host_lately("hr_dests", addr);

	assert_int_equal(sum.flows, CLIENTS + flood);
	assert_int_equal(sum.syns, CLIENTS + flood);
	assert_int_equal(sum.answered, CLIENTS);
	assert_int_equal(sum.handshakes, CLIENTS);
}

/* As many sources as would turn the table over 24 times. */
static void spoofed_sources_wash_no_destination_out(void **state)
{
	static const char *const others[] = { "10.0.0.3", "10.0.0.4", "10.0.0.5" };

	(void)state;
	NEEDS_ROOT();
	history_begin();
	for (__u32 i = 0; i < FLOOD; i++) {
		struct frame f = frame_from_spoofed(i, i % 4 ? others[i % 4 - 1] : SERVER);

		assert_int_equal(frame_send(&f), XDP_PASS);
	}
	assert_true(counter(COUNTER_lost_newcomers) > 0);
	dest_is_remembered_exactly(SERVER, FLOOD / 4);
	dest_is_remembered_exactly(QUIET, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(host_lately("hr_dests", others[i]).flows, FLOOD / 4);
	assert_int_equal(dests_known(), 5);
}

/*
 * A server sends its SYN-ACKs again after one second, three, seven: when the ring has come round their flows are unknown,
 * and begin anew as if the server called whoever was invented.
 */
static void late_answers_to_spoofed_sources_wash_no_destination_out(void **state)
{
	const __u32 flood = NEWCOMERS + 1000, late = 3 * DESTS;

	(void)state;
	NEEDS_ROOT();
	history_begin();
	for (__u32 i = 0; i < flood; i++) {
		struct frame f = frame_from_spoofed(i, SERVER);

		frame_send(&f);
	}
	flows_clear();
	for (__u32 i = 0; i < late; i++) {
		struct frame f = frame_to_spoofed(i, i % 8 ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK);

		frame_leave(&f);
	}
	assert_int_equal(counter(COUNTER_flows_begun), 2 * CLIENTS + flood + late);
	dest_is_remembered_exactly(SERVER, flood);
	dest_is_remembered_exactly(QUIET, 0);
	assert_int_equal(dests_known(), 2);
}

/* On a router they enter, by the server's interface: they make no scanner of it, that its own connections would suffer for. */
static void late_answers_are_nothing_that_the_server_began(void **state)
{
	struct host h;

	(void)state;
	NEEDS_ROOT();
	history_begin();
	for (__u32 i = 0; i < 1000; i++) {
		struct frame f = frame_to_spoofed(i, TCP_SYN | TCP_ACK);

		frame_send(&f);
	}
	for (__u32 i = 0; i < 1000; i++) { /* those who are there after all say that they never asked */
		struct frame f = frame_from_spoofed(i, SERVER);

		f.data[ETH_HLEN + 20 + 13] = TCP_RST | TCP_ACK;
		frame_send(&f);
	}
	assert_false(host_find("hr_sources", SERVER, &h));
	assert_int_equal(dests_known(), 2);
	for (int i = 0; i < 3; i++) { /* what it does begin is its own */
		struct frame f = frame_tcp(SERVER, 5000 + i, "10.0.9.9", 443, TCP_SYN, 1, 0, 0);

		frame_send(&f);
	}
	assert_int_equal(host_lately("hr_sources", SERVER).flows, 3);
	assert_int_equal(host_lately("hr_sources", SERVER).rejected, 0);
	assert_int_equal(host_lately("hr_dests", "10.0.9.9").flows, 3);
}

/* Nobody called who sends them: so they are made up, and count against him and for the victim. */
static void answers_of_who_was_never_called_are_remembered(void **state)
{
	(void)state;
	NEEDS_ROOT();
	for (int i = 0; i < 20; i++) {
		struct frame f = frame_tcp("192.0.2.7", 80, SERVER, 5000 + i, TCP_SYN | TCP_ACK, 500, 1, 0);

		frame_send(&f);
	}
	assert_int_equal(host_lately("hr_sources", "192.0.2.7").flows, 20);
	assert_int_equal(host_lately("hr_dests", SERVER).flows, 20);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(spoofed_sources_wash_no_destination_out),
		TEST(late_answers_to_spoofed_sources_wash_no_destination_out),
		TEST(late_answers_are_nothing_that_the_server_began),
		TEST(answers_of_who_was_never_called_are_remembered),
	};

	return cmocka_run_group_tests_name("dests", tests, both_load, both_unload);
}
