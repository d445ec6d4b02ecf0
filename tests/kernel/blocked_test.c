// SPDX-License-Identifier: BSD-2-Clause
/* Blocked senders that are known again without asking the list: who is, for how long, and that every packet counts. */
#include <pthread.h>
#include <stdatomic.h>
#include "blocked.h"
#include "datapath_fixture.h"
#include "wrapped_packets.h"

#define SERVER "10.0.0.2"
#define SAME_SET 8

/* Addresses of 11.0.0.0/8 that share a set of places. */
static char same_set[SAME_SET][16];

static void same_set_find(void)
{
	__be32 addr[4] = { 0, 0, htonl(0xffff), 0 };
	int found = 0;

	for (__u32 host = 1; found < SAME_SET; host++) {
		addr[3] = htonl(0x0b000000 + host);
		if (blocked_set_of(addr) == 7)
			inet_ntop(AF_INET, &addr[3], same_set[found++], sizeof(same_set[0]));
	}
}

static int send_from(const char *addr, int n)
{
	struct frame f = frame_udp(addr, 1000, SERVER, 9, 10);
	int action = -1;

	for (int i = 0; i < n; i++)
		action = frame_send(&f);
	return action;
}

/* Packets that wait in the sender's place for its entry. */
static __u64 packets_waiting(const char *addr)
{
	__be32 key[4] = { 0, 0, htonl(0xffff), inet_addr(addr) };
	__u32 index = blocked_set_of(key);
	struct blocked_set set;
	__u64 packets = 0;

	assert_int_equal(bpf_map_lookup_elem(map_fd("hr_blocked"), &index, &set), 0);
	for (int i = 0; i < BLOCKED_WAYS; i++)
		if (blocked_is_of(set.way[i].who, key[3]))
			packets += set.way[i].packets;
	return packets;
}

static __u64 packets_of(const char *addr)
{
	struct list_entry entry;

	assert_true(list_entry_find(LIST_BLOCK, addr, &entry));
	return entry.packets + packets_waiting(addr);
}

/* Without a new generation; `settings_touch` makes one. */
static void block_quietly(const char *addr)
{
	list_put_at(list_tables_index(LIST_BLOCK, settings_read().lists_in_use), addr, 32, 0);
}

static void settings_touch(void)
{
	struct settings s = settings_read();

	s.lists_in_use |= LISTS_BLOCK | LISTS_BLOCK_ADDRESSES;
	settings_write(&s, false);
}

static void a_blocked_sender_is_known_again_and_every_packet_counts(void **state)
{
	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, "11.0.0.1", 32, 0);
	assert_int_equal(send_from("11.0.0.1", 100), XDP_DROP);
	assert_true(packets_waiting("11.0.0.1") > 0); /* the list was not asked again */
	assert_int_equal(packets_of("11.0.0.1"), 100);
	assert_int_equal(counter(COUNTER_drop_blocked), 100);
	assert_int_equal(send_from("11.0.0.2", 10), XDP_PASS);
}

static void what_is_taken_off_the_list_passes_with_its_next_packet(void **state)
{
	struct list_address key = { .addr = { 0, 0, htonl(0xffff), inet_addr("11.0.0.1") } };
	int fd;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	list_put(LIST_BLOCK, "11.0.0.1", 32, 0);
	assert_int_equal(send_from("11.0.0.1", 3), XDP_DROP);
	fd = list_table_open("hr_list_hosts", list_tables_index(LIST_BLOCK, settings_read().lists_in_use));
	assert_int_equal(bpf_map_delete_elem(fd, &key), 0);
	close(fd);
	settings_touch();
	assert_int_equal(send_from("11.0.0.1", 1), XDP_PASS);
}

static void monitor_mode_passes_them_and_counts_them_too(void **state)
{
	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_MONITOR);
	list_put(LIST_BLOCK, "11.0.0.1", 32, 0);
	assert_int_equal(send_from("11.0.0.1", 10), XDP_PASS);
	assert_true(packets_waiting("11.0.0.1") > 0);
	assert_int_equal(counter(COUNTER_would_blocked), 10);
	mode_set(MODE_ENFORCE);
	assert_int_equal(send_from("11.0.0.1", 10), XDP_DROP);
	assert_int_equal(packets_of("11.0.0.1"), 20);
}

/* More than the set has places for. */
static void all_of_a_crowded_set_are_blocked_and_their_neighbour_is_not(void **state)
{
	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	for (int i = 0; i < SAME_SET - 1; i++)
		block_quietly(same_set[i]);
	settings_touch();
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < SAME_SET; i++)
			assert_int_equal(send_from(same_set[i], 10), i < SAME_SET - 1 ? XDP_DROP : XDP_PASS);
	for (int i = 0; i < SAME_SET - 1; i++)
		assert_int_equal(packets_of(same_set[i]), 30);
}

static void who_gives_up_a_place_takes_its_count_along(void **state)
{
	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	for (int i = 0; i < SAME_SET; i++)
		block_quietly(same_set[i]);
	settings_touch();
	for (int i = 0; i < BLOCKED_WAYS; i++)
		send_from(same_set[i], 10);
	settings_touch(); /* what is known of them is worth nothing any more */
	for (int i = BLOCKED_WAYS; i < 2 * BLOCKED_WAYS; i++)
		send_from(same_set[i], 20);
	for (int i = 0; i < SAME_SET; i++) {
		assert_int_equal(packets_waiting(same_set[i]) > 0, i >= BLOCKED_WAYS);
		assert_int_equal(packets_of(same_set[i]), i < BLOCKED_WAYS ? 10 : 20);
	}
}

/* The last word of the address is all that a place remembers of it. */
static void an_ipv6_address_that_ends_like_a_blocked_one_passes(void **state)
{
	struct list_key other = { .prefix_len = 128 };
	struct frame same_end = frame_udp6("2001:db8::b00:1", 1000, "2001:db8::2", 9, 10);
	struct frame listed = frame_udp6("2001:db8::ffff", 1000, "2001:db8::2", 9, 10);

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	inet_pton(AF_INET6, "2001:db8::ffff", other.addr); /* so that its network is looked at at all */
	list_key_put(LIST_BLOCK, other, 0);
	list_put(LIST_BLOCK, "11.0.0.1", 32, 0);
	assert_int_equal(send_from("11.0.0.1", 3), XDP_DROP);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(frame_send(&same_end), XDP_PASS);
		assert_int_equal(frame_send(&listed), XDP_DROP);
	}
}

#define REPEAT 50
#define ROUNDS 300

static void *set_flood(void *failed)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct frame f = frame_udp(same_set[i % SAME_SET], 1000, SERVER, 9, 10);
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f.data, .data_size_in = f.len, .repeat = REPEAT);

		if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_xdp), &run) || run.retval != XDP_DROP)
			*(atomic_int *)failed += 1;
	}
	return NULL;
}

/* Places change hands under those who count in them. */
static void two_cpus_in_one_set_lose_no_packet_while_it_changes_hands(void **state)
{
	pthread_t thread[2];
	atomic_int failed = 0;
	__u64 counted = 0;

	(void)state;
	NEEDS_ROOT();
	mode_set(MODE_ENFORCE);
	for (int i = 0; i < SAME_SET; i++)
		block_quietly(same_set[i]);
	settings_touch();
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, set_flood, &failed), 0);
	for (int i = 0; i < 200; i++)
		settings_touch();
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < SAME_SET; i++)
		counted += packets_of(same_set[i]);
	assert_int_equal(failed, 0);
	assert_int_equal(counted, 2 * ROUNDS * REPEAT);
	assert_int_equal(counter(COUNTER_drop_blocked), 2 * ROUNDS * REPEAT);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_blocked_sender_is_known_again_and_every_packet_counts),
		TEST(what_is_taken_off_the_list_passes_with_its_next_packet),
		TEST(monitor_mode_passes_them_and_counts_them_too),
		TEST(all_of_a_crowded_set_are_blocked_and_their_neighbour_is_not),
		TEST(who_gives_up_a_place_takes_its_count_along),
		TEST(an_ipv6_address_that_ends_like_a_blocked_one_passes),
		TEST(two_cpus_in_one_set_lose_no_packet_while_it_changes_hands),
	};

	same_set_find();
	return cmocka_run_group_tests_name("blocked", tests, datapath_load, datapath_unload);
}
