// SPDX-License-Identifier: BSD-2-Clause
/*
 * What kernel and host read from a frame is the same to the byte, and what the datapath then does with it is what that
 * means: over mutated packets, in each run others (HEDGEROW_FUZZ_SEED repeats one, HEDGEROW_FUZZ_ROUNDS says how many), with
 * tunnels closed and opened, counted and judged by a model that condemns everything; and over the captures of odd and
 * hostile packets.
 */
#include <time.h>
#include "datapath_fixture.h"
#include "captures.h"
#include "parse.h"
#include "tests/kernel/parse.skel.h"
#include "wrapped_packets.h"

static struct parse_bpf *parser;
static __u64 parsed_as[PARSED_TOO_DEEP + 1], inner_read, quotes_read;
static __u64 dhcp_parts; /* later fragments that passed as DHCP's: the datapath remembers the first ones, the parser does not */
static bool is_hostile; /* everything that is judged is to be dropped */
static enum tunnels tunnels;

static int both_load(void **state)
{
	if (datapath_load(state) || !skel)
		return skel ? -1 : 0;
	parser = parse_bpf__open_and_load();
	return parser ? 0 : -1;
}

static int both_unload(void **state)
{
	parse_bpf__destroy(parser);
	return datapath_unload(state);
}

static void frame_print(const unsigned char *data, __u32 len)
{
	for (__u32 i = 0; i < len; i++)
		print_message("%02x%s", data[i], i % 32 == 31 || i == len - 1 ? "\n" : "");
}

/* What the datapath goes by: the packet inside, where it opens tunnels and can read it. */
static enum parsed parsed_in_all(const struct parse_result *host)
{
	if (tunnels == TUNNELS_INNER && host->parsed == PARSED_TUNNEL && host->parsed_inner < PARSED_NOT_IP)
		return host->parsed_inner;
	return host->parsed;
}

static bool fate_is_right(const struct parse_result *host, __u32 action)
{
	enum parsed parsed = parsed_in_all(host);
	const struct packet *pkt = parsed == (enum parsed)host->parsed ? &host->outer : &host->inner;

	if (!is_hostile || parsed > PARSED_TUNNEL)
		return action == XDP_PASS;
	if (action == XDP_PASS && parsed == PARSED_FRAGMENT && pkt->fragment == FRAGMENT_LATER && pkt->l4_proto == IPPROTO_UDP)
		return ++dhcp_parts; /* counters_compare() asks whether it was one */
	return action == XDP_DROP;
}

/* `data` stands two bytes behind a word boundary. Frames that BPF_PROG_TEST_RUN refuses are not for here. */
static void frame_compare(const unsigned char *data, __u32 len)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = data, .data_size_in = len);
	struct parse_result host;

	memset(&host, 0, sizeof(host));
	parse_frame(&host, (void *)data, (void *)data + len, len);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(parser->progs.parse_one), &run), 0);
	if (memcmp(&host, &parser->bss->parse_out, sizeof(host))) {
		frame_print(data, len);
		print_message("host: %u, inner %u, quoted %u; kernel: %u, inner %u, quoted %u\n", host.parsed,
			      host.parsed_inner, host.is_quoted, parser->bss->parse_out.parsed,
			      parser->bss->parse_out.parsed_inner, parser->bss->parse_out.is_quoted);
		fail_msg("kernel and host read this frame differently");
	}
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.hedgerow_xdp), &run), 0);
	assert_in_range(host.parsed, 0, PARSED_TOO_DEEP);
	if (!fate_is_right(&host, run.retval)) {
		frame_print(data, len);
		fail_msg("parsed as %u, inside %u: action %u", host.parsed, host.parsed_inner, run.retval);
	}
	parsed_as[parsed_in_all(&host)]++;
	inner_read += host.parsed == PARSED_TUNNEL && host.parsed_inner < PARSED_NOT_IP;
	quotes_read += host.is_quoted;
}

static void counters_compare(void)
{
	const __u64 *n = parsed_as, parts = counter(COUNTER_pass_exempt) - n[PARSED_DHCP] - n[PARSED_EXEMPT];
	__u64 judged = counter(COUNTER_pass_flow) + counter(COUNTER_drop_source) + counter(COUNTER_drop_condemned);

	assert_in_range(parts, 0, counter(COUNTER_fragments_joined));
	assert_true(!is_hostile || (parts == dhcp_parts && !counter(COUNTER_pass_flow)));
	assert_int_equal(judged, n[PARSED_FLOW] + n[PARSED_FRAGMENT] + n[PARSED_TUNNEL] - parts);
	assert_int_equal(counter(COUNTER_pass_icmp_error), n[PARSED_ICMP_ERROR]);
	assert_int_equal(counter(COUNTER_pass_not_ip), n[PARSED_NOT_IP]);
	assert_int_equal(counter(COUNTER_pass_truncated), n[PARSED_TRUNCATED]);
	assert_int_equal(counter(COUNTER_pass_bad_header), n[PARSED_BAD_HEADER]);
	assert_int_equal(counter(COUNTER_pass_too_deep), n[PARSED_TOO_DEEP]);
	print_message("# flows %llu, fragments %llu, tunnels %llu (%llu read), ICMP errors %llu (%llu read), DHCP %llu, "
		      "exempt %llu, not IP %llu, truncated %llu, bad %llu, too deep %llu\n",
		      n[PARSED_FLOW], n[PARSED_FRAGMENT], n[PARSED_TUNNEL], inner_read, n[PARSED_ICMP_ERROR],
		      quotes_read, n[PARSED_DHCP], n[PARSED_EXEMPT], n[PARSED_NOT_IP], n[PARSED_TRUNCATED],
		      n[PARSED_BAD_HEADER], n[PARSED_TOO_DEEP]);
}

static __u64 number_from_environment(const char *name, __u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static __u32 chance(__u64 *seed, __u32 below)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (*seed >> 33) % below;
}

/* Values that parsers stumble over, at some byte of the headers; sometimes another length. */
static void frame_mutate(struct frame *f, __u64 *seed)
{
	static const __u8 odd[] = { 0, 1, 4, 5, 6, 15, 17, 41, 43, 44, 47, 50, 51, 58, 60, 64, 69, 127, 128, 132, 255 };
	__u32 edits = chance(seed, 5);

	for (__u32 i = 0; i < edits; i++) {
		__u32 at = ETH_HLEN - 2 + chance(seed, f->len - ETH_HLEN + 2);

		switch (chance(seed, 3)) {
		case 0:
			f->data[at] = odd[chance(seed, sizeof(odd))];
			break;
		case 1:
			f->data[at] ^= 1 << chance(seed, 8);
			break;
		default:
			f->data[at] = chance(seed, 256);
		}
	}
	if (!chance(seed, 4))
		f->len = ETH_HLEN + 1 + chance(seed, f->len - ETH_HLEN);
	else if (!chance(seed, 8))
		frame_put(f, NULL, chance(seed, 40));
}

static void begin(bool hostile, enum tunnels which)
{
	struct settings s = settings_read();

	memset(parsed_as, 0, sizeof(parsed_as));
	inner_read = quotes_read = dhcp_parts = 0;
	is_hostile = hostile;
	s.tunnels = tunnels = which;
	s.mode = hostile ? MODE_ENFORCE : MODE_MONITOR;
	settings_write(&s, true);
	if (hostile)
		model_enforce(model_stump(7, FEATURE_fpk, 0, 0, 1000));
}

static void mutated_packets_send(__u64 share)
{
	struct frame tcp = frame_tcp("10.0.0.1", 999, "10.0.0.2", 80, TCP_SYN, 5, 0, 9);
	struct frame udp6 = frame_udp6("2001:db8::1", 1, "2001:db8::2", 2, 9), echo6 = frame_icmp6("fe80::1", "fe80::2", 128, 7);
	struct frame tagged = frame_tagged(7, &tcp), udp = frame_udp("10.0.0.1", 53, "10.0.0.2", 999, 30);
	const struct frame seeds[] = {
		tcp, udp6, echo6, udp, tagged, frame_tagged(8, &tagged), frame_extended(1), frame_extended(6),
		frame_extended(7), frame_icmp("10.0.0.1", "10.0.0.2", ICMP4_ECHO, 0, 7), frame_part(udp, 3, 0, 1),
		frame_part(udp, 3, 4, 0), frame_part6(IPPROTO_UDP, 9, 0, 1, "\0\1\0\2\0\11\0\0x", 9),
		frame_part6(IPPROTO_UDP, 9, 1, 0, "12345678", 8), frame_ip_in_ip(&tcp), frame_ip_in_ip(&udp6),
		frame_gre(0, 0, ETH_P_IP, &tcp), frame_gre(0xb000, 77, ETH_P_IPV6, &udp6),
		frame_gre(0x2000, 78, ETH_P_TEB, &tagged), frame_vxlan(4789, 42, &tcp), frame_vxlan(8472, 42, &udp6),
		frame_icmp_error("9.9.9.9", "10.0.0.1", ICMP4_UNREACHABLE, 1, &tcp),
		frame_icmp6_error("2001:db8::2", "2001:db8::1", 1, &udp6, 57), frame_icmp6("fe80::1", "ff02::1", 135, 0),
		frame_udp("0.0.0.0", 68, "255.255.255.255", 67, 240),
	};
	struct timespec now;
	__u64 seed, first, rounds = number_from_environment("HEDGEROW_FUZZ_ROUNDS", 150000) / share;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = first = number_from_environment("HEDGEROW_FUZZ_SEED", now.tv_sec * SECOND_NS + now.tv_nsec);
	print_message("# %llu mutated packets, HEDGEROW_FUZZ_SEED=%llu\n", rounds, first);
	for (__u64 i = 0; i < rounds; i++) {
		struct frame f = seeds[chance(&seed, sizeof(seeds) / sizeof(seeds[0]))];

		frame_mutate(&f, &seed);
		frame_compare(f.data, f.len);
	}
	counters_compare();
	for (int i = 0; i <= PARSED_TOO_DEEP && rounds >= 10000; i++)
		assert_true(parsed_as[i]);
	assert_true(rounds < 10000 || (inner_read && quotes_read));
}

static void kernel_and_host_agree_on_mutated_packets(void **state)
{
	(void)state;
	NEEDS_ROOT();
	begin(false, TUNNELS_OUTER);
	mutated_packets_send(1);
}

static void they_agree_with_tunnels_opened(void **state)
{
	(void)state;
	NEEDS_ROOT();
	begin(false, TUNNELS_INNER);
	mutated_packets_send(3);
}

static void a_hostile_model_drops_what_is_a_flow_s_and_nothing_else(void **state)
{
	(void)state;
	NEEDS_ROOT();
	begin(true, TUNNELS_OUTER);
	mutated_packets_send(3);
}

static void a_hostile_model_does_the_same_with_tunnels_opened(void **state)
{
	(void)state;
	NEEDS_ROOT();
	begin(true, TUNNELS_INNER);
	mutated_packets_send(3);
}

static void capture_compare(void *unused, const unsigned char *frame, __u32 len)
{
	(void)unused;
	frame_compare(frame, len);
}

static void kernel_and_host_agree_on_the_odd_captures(void **state)
{
	struct captures_read read;
	char folder[4096];

	(void)state;
	NEEDS_ROOT();
	captures_find("/robust", folder, sizeof(folder));
	begin(false, TUNNELS_OUTER);
	read = captures_read(folder, capture_compare, NULL);
	print_message("# %llu packets, %llu not carried by the call\n", read.frames, read.skipped);
	assert_true(read.frames > 1000);
	counters_compare();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(kernel_and_host_agree_on_mutated_packets, datapath_reset),
		cmocka_unit_test_setup(they_agree_with_tunnels_opened, datapath_reset),
		cmocka_unit_test_setup(a_hostile_model_drops_what_is_a_flow_s_and_nothing_else, datapath_reset),
		cmocka_unit_test_setup(a_hostile_model_does_the_same_with_tunnels_opened, datapath_reset),
		cmocka_unit_test_setup(kernel_and_host_agree_on_the_odd_captures, datapath_reset),
	};

	return cmocka_run_group_tests_name("parse", tests, both_load, both_unload);
}
