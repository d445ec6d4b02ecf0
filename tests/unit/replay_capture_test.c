// SPDX-License-Identifier: BSD-2-Clause
/* Captures of every link type as Ethernet frames, in time order, laid over one another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <sys/stat.h>
#include "capture_file.h"
#include "packets.h"
#include "merge.h"
#include "readdress.h"

static struct frame datagram(const char *from, const char *to, int sport)
{
	struct frame f;

	frame_start(&f, ETH_P_IP);
	frame_put_ipv4(&f, from, to, IPPROTO_UDP, sizeof(struct udphdr) + 4);
	frame_put_udp(&f, sport, 53, 4);
	return f;
}

static struct frame datagram_ipv6(void)
{
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, "2001:db8::1", "2001:db8::2", IPPROTO_UDP, sizeof(struct udphdr) + 4);
	frame_put_udp(&f, 1000, 53, 4);
	return f;
}

/* The IP packet of `f` by a link type, with `head` in front. Returns what it became, len 0 for skipped. */
static struct capture_packet frame_through(const struct frame *frame_of, uint32_t link, const void *head, uint32_t head_len,
					   uint64_t skipped[CAPTURE_SKIP_COUNT], unsigned char *frame)
{
	struct frame f = *frame_of;
	struct capture_packet p = { 0 };
	char path[] = "/tmp/capture.XXXXXX", why[CAPTURE_WHY];
	unsigned char data[256];
	struct capture *c;
	FILE *file = capture_file_begin(path, link);

	memcpy(data, head, head_len);
	memcpy(data + head_len, f.data + ETH_HLEN, f.len - ETH_HLEN);
	capture_file_add(file, 5, data, head_len + f.len - ETH_HLEN, head_len + f.len - ETH_HLEN + 100);
	fclose(file);
	if (capture_open(&c, path, why, sizeof(why)))
		fail_msg("%s", why);
	if (capture_next(c, &p, skipped, why, sizeof(why)) == 1) {
		memcpy(frame, p.prefix, p.prefix_len);
		memcpy(frame + p.prefix_len, p.body, p.captured - p.prefix_len);
	} else {
		p.len = 0;
	}
	capture_close(c);
	unlink(path);
	return p;
}

static struct capture_packet packet_through(uint32_t link, const void *head, uint32_t head_len,
					    uint64_t skipped[CAPTURE_SKIP_COUNT], unsigned char *frame)
{
	struct frame f = datagram("10.0.0.1", "10.0.0.2", 1000);

	return frame_through(&f, link, head, head_len, skipped, frame);
}

static void every_link_type_becomes_the_same_frame(void **state)
{
	static const unsigned char ethernet[14] = { [12] = 8 }, null_le[4] = { 2 }, null_be[4] = { 0, 0, 0, 2 },
				   sll[16] = { [14] = 8 }, sll2[20] = { 8 };
	static const struct {
		uint32_t link;
		const void *head;
		uint32_t len;
	} kinds[] = { { LINK_ETHERNET, ethernet, 14 }, { LINK_RAW, "", 0 },	{ LINK_NULL, null_le, 4 },
		      { LINK_NULL, null_be, 4 },       { LINK_LOOP, null_be, 4 }, { LINK_SLL, sll, 16 },
		      { LINK_SLL2, sll2, 20 },	       { LINK_IPV4, "", 0 } };
	struct frame wanted = datagram("10.0.0.1", "10.0.0.2", 1000);

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		uint64_t skipped[CAPTURE_SKIP_COUNT] = { 0 };
		unsigned char frame[256];
		struct capture_packet p = packet_through(kinds[i].link, kinds[i].head, kinds[i].len, skipped, frame);

		assert_int_equal(p.len, wanted.len + 100); /* the original length, not what was captured */
		assert_int_equal(p.captured, wanted.len);
		assert_true(p.time_ns == CAPTURE_START * 1000000000ull + 5000);
		assert_memory_equal(frame + 12, wanted.data + 12, wanted.len - 12);
	}
}

/* The families that BSDs, macOS and Linux number differently among them. */
static void every_link_type_carries_ipv6(void **state)
{
	static const unsigned char ethernet[14] = { [12] = 0x86, 0xdd }, linux_null[4] = { 10 }, openbsd[4] = { 0, 0, 0, 24 },
				   freebsd[4] = { 28 }, macos[4] = { 30 }, sll[16] = { [14] = 0x86, 0xdd },
				   sll2[20] = { 0x86, 0xdd };
	static const struct {
		uint32_t link;
		const void *head;
		uint32_t len;
	} kinds[] = { { LINK_ETHERNET, ethernet, 14 }, { LINK_RAW, "", 0 },	 { LINK_IPV6, "", 0 },
		      { LINK_NULL, linux_null, 4 },    { LINK_LOOP, openbsd, 4 }, { LINK_NULL, freebsd, 4 },
		      { LINK_NULL, macos, 4 },	       { LINK_SLL, sll, 16 },	 { LINK_SLL2, sll2, 20 } };
	struct frame wanted = datagram_ipv6();

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		uint64_t skipped[CAPTURE_SKIP_COUNT] = { 0 };
		unsigned char frame[256];
		struct capture_packet p = frame_through(&wanted, kinds[i].link, kinds[i].head, kinds[i].len, skipped, frame);

		assert_int_equal(p.len, wanted.len + 100);
		assert_int_equal(p.captured, wanted.len);
		assert_memory_equal(frame + 12, wanted.data + 12, wanted.len - 12);
	}
}

static void block_write(FILE *file, uint32_t type, const void *body, uint32_t len)
{
	uint32_t head[2] = { type, 12 + ((len + 3) & ~3u) };

	fwrite(head, sizeof(head), 1, file);
	fwrite(body, len, 1, file);
	fwrite("\0\0\0", (4 - len % 4) % 4, 1, file);
	fwrite(&head[1], sizeof(head[1]), 1, file);
}

/* Times in nanoseconds, a block of another kind between, and a packet that was cut. */
static void pcapng_is_read_as_pcap_is(void **state)
{
	const uint64_t ns = CAPTURE_START * 1000000000ull + 123456789;
	uint32_t section[4] = { 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff };
	uint32_t interface[] = { LINK_ETHERNET, 65535, 9 | 1 << 16, 9, 0 }; /* if_tsresol: 10 to the minus 9 */
	struct frame f = datagram("10.0.0.1", "10.0.0.2", 1000);
	uint32_t packet[5 + 64] = { 0, ns >> 32, (uint32_t)ns, f.len - 3, f.len };
	uint64_t skipped[CAPTURE_SKIP_COUNT] = { 0 };
	char path[] = "/tmp/capture.XXXXXX", why[CAPTURE_WHY];
	FILE *file = fdopen(mkstemp(path), "w");
	struct capture_packet p;
	struct capture *c;

	(void)state;
	memcpy(&packet[5], f.data, f.len);
	block_write(file, 0x0a0d0d0a, section, sizeof(section));
	block_write(file, 1, interface, sizeof(interface));
	block_write(file, 5, "statistics..", 12);
	block_write(file, 6, packet, 20 + f.len - 3);
	fclose(file);
	assert_true(capture_file_is_one(path));
	assert_int_equal(capture_open(&c, path, why, sizeof(why)), 0);
	assert_int_equal(capture_next(c, &p, skipped, why, sizeof(why)), 1);
	assert_true(p.time_ns == ns);
	assert_int_equal(p.len, f.len);
	assert_int_equal(p.captured, f.len - 3);
	assert_memory_equal(p.body, f.data, f.len - 3);
	assert_int_equal(capture_next(c, &p, skipped, why, sizeof(why)), 0);
	capture_close(c);
	unlink(path);
}

static void other_link_types_are_counted(void **state)
{
	uint64_t skipped[CAPTURE_SKIP_COUNT] = { 0 };
	static const unsigned char llc[16] = { [15] = 4 };
	unsigned char frame[256];

	(void)state;
	assert_int_equal(packet_through(LINK_PPP, "\xff\x03\x00\x21", 4, skipped, frame).len, 0);
	assert_int_equal(skipped[CAPTURE_SKIP_link], 1);
	assert_int_equal(packet_through(LINK_SLL, llc, 16, skipped, frame).len, 0);
	assert_int_equal(skipped[CAPTURE_SKIP_not_ip], 1);
}

/* A capture with one datagram at each of these times, whose source port is its number. */
static void capture_of_times(char *path, const uint64_t *us, int count)
{
	FILE *file = capture_file_begin(path, LINK_ETHERNET);

	for (int i = 0; i < count; i++) {
		struct frame f = datagram("10.0.0.1", "10.0.0.2", 1000 + i);

		capture_file_add(file, us[i], f.data, f.len, f.len);
	}
	fclose(file);
}

static int source_port(const struct stream_frame *f)
{
	return f->data[34] << 8 | f->data[35];
}

static double seconds_in(const struct stream_frame *f)
{
	return f->time_ns / 1e9 - CAPTURE_START;
}

static void packets_out_of_order_find_their_place(void **state)
{
	static const uint64_t us[] = { 10, 30, 20, 30, 5 };
	static const int order[] = { 1004, 1000, 1002, 1001, 1003 };
	char path[] = "/tmp/capture.XXXXXX";
	struct capture_plan plan = { .path = path, .overlay = OVERLAY_NONE };
	const struct stream_frame *f;
	struct stream s;

	(void)state;
	capture_of_times(path, us, 5);
	assert_int_equal(stream_open(&s, &plan), 0);
	for (int i = 0; i < 5; i++) {
		f = stream_next(&s, 0);
		assert_int_equal(source_port(f), order[i]);
	}
	assert_null(stream_next(&s, 0));
	assert_int_equal(s.late, 0);
	stream_close(&s);
	unlink(path);
}

static void packet_far_out_of_order_is_counted_and_time_goes_on(void **state)
{
	uint64_t us[STREAM_LOOKAHEAD + 50];
	char path[] = "/tmp/capture.XXXXXX";
	struct capture_plan plan = { .path = path, .overlay = OVERLAY_NONE };
	const struct stream_frame *f;
	uint64_t before = 0;
	struct stream s;
	int count = 0;

	(void)state;
	for (int i = 0; i < STREAM_LOOKAHEAD + 50; i++)
		us[i] = 100 + i;
	us[STREAM_LOOKAHEAD + 20] = 1;
	capture_of_times(path, us, STREAM_LOOKAHEAD + 50);
	assert_int_equal(stream_open(&s, &plan), 0);
	for (; (f = stream_next(&s, 0)); count++) {
		assert_true(f->time_ns >= before);
		before = f->time_ns;
	}
	assert_int_equal(count, STREAM_LOOKAHEAD + 50);
	assert_int_equal(s.late, 1);
	stream_close(&s);
	unlink(path);
}

static void rate_shift_and_repetition_change_the_clock(void **state)
{
	static const uint64_t us[] = { 0, 4000000 };
	static const double wanted[] = { 10, 12, 13, 15 }; /* twice as fast, a second between the rounds */
	char path[] = "/tmp/capture.XXXXXX";
	struct capture_plan plan = { .path = path, .overlay = { .shift_ns = 10000000000, .rate = 2, .repeat = 2 } };
	struct stream s;

	(void)state;
	capture_of_times(path, us, 2);
	assert_int_equal(stream_open(&s, &plan), 0);
	for (int i = 0; i < 4; i++)
		assert_true(fabs(seconds_in(stream_next(&s, 0)) - wanted[i]) < 1e-6);
	assert_null(stream_next(&s, 0));
	stream_close(&s);
	unlink(path);
}

static void merged_captures_alternate_by_time(void **state)
{
	static const uint64_t us[2][3] = { { 0, 200, 400 }, { 1000000, 1000100, 1000300 } };
	static const size_t wanted[] = { 0, 1, 1, 0, 1, 0 };
	char path[2][24] = { "/tmp/capture.XXXXXX", "/tmp/capture.XXXXXX" };
	struct capture_plan plan[2];
	struct stream s[2];
	struct merge m;
	size_t which;

	(void)state;
	for (int i = 0; i < 2; i++) {
		capture_of_times(path[i], us[i], 3);
		plan[i] = (struct capture_plan){ .path = path[i], .overlay = OVERLAY_NONE };
		assert_int_equal(stream_open(&s[i], &plan[i]), 0);
	}
	assert_int_equal(merge_open(&m, s, 2, true), 0); /* without that, one would follow the other */
	for (int i = 0; i < 6; i++) {
		assert_non_null(merge_next(&m, &which));
		assert_int_equal(which, wanted[i]);
	}
	assert_null(merge_next(&m, &which));
	merge_close(&m);
	for (int i = 0; i < 2; i++) {
		stream_close(&s[i]);
		unlink(path[i]);
	}
}

static void addresses_are_mapped_also_where_an_error_quotes_them(void **state)
{
	struct frame inner = datagram("10.0.0.1", "10.0.0.2", 1000), f;
	struct address_map map;

	(void)state;
	assert_int_equal(address_map_parse("10.0.0.1=192.0.2.7", &map), 0);
	assert_int_equal(address_map_parse("10.0.0.1=2001:db8::1", &map), -EINVAL);
	frame_start(&f, ETH_P_8021Q);
	frame_put_vlan(&f, 5, ETH_P_IP);
	frame_put_ipv4(&f, "10.0.0.2", "10.0.0.1", IPPROTO_ICMP, 8 + inner.len - ETH_HLEN);
	frame_put(&f, "\x03\x03\0\0\0\0\0\0", 8);
	frame_put(&f, inner.data + ETH_HLEN, inner.len - ETH_HLEN);
	frame_readdress(f.data, f.len, &map, 1);
	assert_int_equal(*(uint32_t *)(f.data + 18 + 12), inet_addr("10.0.0.2"));
	assert_int_equal(*(uint32_t *)(f.data + 18 + 16), inet_addr("192.0.2.7"));
	assert_int_equal(*(uint32_t *)(f.data + 18 + 28 + 12), inet_addr("192.0.2.7"));
	for (uint32_t cut = 0; cut < f.len; cut++) /* whatever was captured of it */
		frame_readdress(f.data, cut, &map, 1);
}

static void list_names_captures_and_how_they_lie(void **state)
{
	static const uint64_t us[] = { 0 };
	char path[] = "/tmp/capture.XXXXXX", list[] = "/tmp/list.XXXXXX", why[CAPTURE_WHY];
	struct overlay none = OVERLAY_NONE;
	struct capture_set set = { 0 };
	FILE *file = fdopen(mkstemp(list), "w");

	(void)state;
	capture_of_times(path, us, 1);
	fprintf(file, "# the honest one\n%s\n\n%s --shift 2.5 --rate 3 --map-address 10.0.0.1=10.0.0.9\n", path, path);
	fclose(file);
	assert_int_equal(capture_set_add(&set, list, &none, why, sizeof(why)), 0);
	assert_int_equal(set.count, 2);
	assert_int_equal(set.plan[0].overlay.map_count, 0);
	assert_int_equal(set.plan[1].overlay.shift_ns, 2500000000);
	assert_int_equal(set.plan[1].overlay.map_count, 1);
	capture_set_free(&set);

	file = fopen(list, "w");
	fprintf(file, "%s --rate 0\n", path);
	fclose(file);
	assert_int_equal(capture_set_add(&set, list, &none, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "read as a list of captures, line 1: '--rate 0'"));
	capture_set_free(&set);
	unlink(list);
	unlink(path);
}

static void cut_and_foreign_files_are_refused_or_end_early(void **state)
{
	struct overlay none = OVERLAY_NONE;
	char path[] = "/tmp/capture.XXXXXX", why[CAPTURE_WHY];
	static const uint64_t us[] = { 0, 1, 2 };
	struct capture_set set = { 0 };
	struct stat st;

	(void)state;
	capture_of_times(path, us, 3);
	assert_int_equal(stat(path, &st), 0);
	unlink(path);
	for (off_t size = 0; size < st.st_size; size++) {
		struct capture_plan plan = { .path = path, .overlay = OVERLAY_NONE };
		struct stream s;
		int count = 0;

		capture_of_times(strcpy(path, "/tmp/capture.XXXXXX"), us, 3);
		assert_int_equal(truncate(path, size), 0);
		if (!stream_open(&s, &plan))
			while (stream_next(&s, 0))
				count++;
		assert_true(count < 3);
		assert_true(size < 24 || s.cut || (size - 24) % 62 == 0);
		stream_close(&s);
		unlink(path);
	}
	assert_int_equal(capture_set_add(&set, "/proc/self/exe", &none, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "read as a list of captures, line 1: not text"));
	capture_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_link_type_becomes_the_same_frame),
		cmocka_unit_test(every_link_type_carries_ipv6),
		cmocka_unit_test(pcapng_is_read_as_pcap_is),
		cmocka_unit_test(other_link_types_are_counted),
		cmocka_unit_test(packets_out_of_order_find_their_place),
		cmocka_unit_test(packet_far_out_of_order_is_counted_and_time_goes_on),
		cmocka_unit_test(rate_shift_and_repetition_change_the_clock),
		cmocka_unit_test(merged_captures_alternate_by_time),
		cmocka_unit_test(addresses_are_mapped_also_where_an_error_quotes_them),
		cmocka_unit_test(list_names_captures_and_how_they_lie),
		cmocka_unit_test(cut_and_foreign_files_are_refused_or_end_early),
	};

	return cmocka_run_group_tests_name("replay_capture", tests, NULL, NULL);
}
