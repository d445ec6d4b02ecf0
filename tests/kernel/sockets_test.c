// SPDX-License-Identifier: BSD-2-Clause
/*
 * An end host asks its sockets: what the model condemns and no socket is for is dropped, what the socket of a connection is
 * for passes, whatever the destination goes through. In a network namespace of its own, with sockets that are real.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/if_tun.h>
#include "datapath_fixture.h"

#define STRANGER "192.0.2.7"
#define HOST "127.0.0.1"
#define HOST6 "::1"

static int iface_up(const char *name, const char *addr)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct ifreq ask = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), err = 0;

	strcpy(ask.ifr_name, name);
	if (addr) {
		in.sin_addr.s_addr = inet_addr(addr);
		memcpy(&ask.ifr_addr, &in, sizeof(in));
		err = ioctl(fd, SIOCSIFADDR, &ask);
		in.sin_addr.s_addr = inet_addr("255.255.255.0");
		memcpy(&ask.ifr_netmask, &in, sizeof(in));
		err = err ?: ioctl(fd, SIOCSIFNETMASK, &ask);
	}
	err = err ?: ioctl(fd, SIOCGIFFLAGS, &ask);
	ask.ifr_flags |= IFF_UP;
	err = err ?: ioctl(fd, SIOCSIFFLAGS, &ask);
	close(fd);
	return err;
}

static int sockets_load(void **state)
{
	int err = datapath_load(state);

	if (err || !skel)
		return err;
	return unshare(CLONE_NEWNET) || iface_up("lo", NULL);
}

/* A socket bound to a port of ours, any; `at` learns which. TCP sockets listen. */
static int socket_bind(int family, int type, struct sockaddr_storage *at, int *port)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(*at);
	int fd = socket(family, type, 0);

	assert_true(fd >= 0);
	if (family == AF_INET6)
		assert_int_equal(bind(fd, (void *)&any6, sizeof(any6)), 0);
	else
		assert_int_equal(bind(fd, (void *)&any, sizeof(any)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (void *)at, &size), 0);
	*port = ntohs(family == AF_INET6 ? ((struct sockaddr_in6 *)at)->sin6_port : ((struct sockaddr_in *)at)->sin_port);
	return fd;
}

struct connection {
	int listener, client, port, client_port;
};

static struct connection connection_open(int family)
{
	struct sockaddr_storage at, own;
	socklen_t size = sizeof(own);
	struct connection c;

	c.listener = socket_bind(family, SOCK_STREAM, &at, &c.port);
	c.client = socket(family, SOCK_STREAM, 0);
	assert_int_equal(connect(c.client, (void *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(c.client, (void *)&own, &size), 0);
	c.client_port = ntohs(family == AF_INET6 ? ((struct sockaddr_in6 *)&own)->sin6_port
						 : ((struct sockaddr_in *)&own)->sin_port);
	return c;
}

static void connection_close(struct connection *c)
{
	close(c->client);
	close(c->listener);
}

static struct frame frame_tcp6(const char *from, int sport, const char *to, int dport, __u8 flags)
{
	struct frame f;

	frame_start(&f, ETH_P_IPV6);
	frame_put_ipv6(&f, from, to, IPPROTO_TCP, sizeof(struct tcphdr) + 10);
	frame_put_tcp(&f, sport, dport, flags, 1, 1, 10);
	return f;
}

/* Everything is malicious, but nothing is known of any source. */
static void end_host_suspects_all(bool end_host)
{
	struct model *m = model_stump(51, FEATURE_fpk, 0, 0, 1000);
	struct settings s = settings_read();

	m->policy.source_flows = 4;
	s.mode = MODE_ENFORCE;
	s.end_host = end_host;
	settings_write(&s, true);
	model_enforce(m);
}

/* What is nobody's: the first packet is dropped, those after it pass, and from the sure one on all are dropped. */
static void assert_nobodys(const struct frame *f)
{
	struct flow flow;

	assert_int_equal(frame_send(f), XDP_DROP);
	for (int i = 2; i < VERDICT_PACKETS_SURE; i++)
		assert_int_equal(frame_send(f), XDP_PASS);
	for (int i = 0; i < 20; i++)
		assert_int_equal(frame_send(f), XDP_DROP);
	assert_true(flow_find(f, &flow));
	assert_int_equal(flow.reason, REASON_DESTINATION);
	assert_true(flow.events & FLOW_UNAWAITED);
}

/* Passes, though the model condemns it. */
static void assert_passes(const struct frame *f, __u32 sockets_said)
{
	struct flow flow;

	for (int i = 0; i < 40; i++)
		assert_int_equal(frame_send(f), XDP_PASS);
	assert_true(flow_find(f, &flow));
	assert_int_equal(flow.verdict, VERDICT_LOG);
	assert_int_equal(flow.events & FLOW_SOCKETS, sockets_said);
}

static void a_connection_that_we_did_not_see_begin_loses_nothing(void **state)
{
	struct connection c, c6;
	struct frame f;

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(true);
	c = connection_open(AF_INET);
	f = frame_tcp(HOST, c.client_port, HOST, c.port, TCP_ACK, 1, 1, 10);
	assert_passes(&f, FLOW_AWAITED);
	connection_close(&c);
	c6 = connection_open(AF_INET6);
	f = frame_tcp6(HOST6, c6.client_port, HOST6, c6.port, TCP_ACK);
	assert_passes(&f, FLOW_AWAITED);
	shutdown(c6.client, SHUT_RDWR); /* it lingers */
	map_clear("hr_flows", sizeof(struct flow_key));
	assert_passes(&f, FLOW_AWAITED);
	connection_close(&c6);
	assert_int_equal(counter(COUNTER_unawaited), 0);
}

static void segments_without_a_connection_are_nobodys(void **state)
{
	static const __u8 flags[] = { TCP_ACK, TCP_SYN | TCP_ACK, TCP_RST, TCP_FIN, 0, TCP_FIN | TCP_PSH | TCP_URG };
	struct sockaddr_storage at;
	int port, fd;
	struct frame f;

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(true);
	fd = socket_bind(AF_INET, SOCK_STREAM, &at, &port);
	f = frame_tcp(STRANGER, 4000, HOST, port, TCP_ACK, 1, 1, 10); /* there is a listener, no more */
	assert_nobodys(&f);
	close(fd);
	for (size_t i = 0; i < sizeof(flags); i++) {
		f = frame_tcp(STRANGER, 4001 + i, HOST, port, flags[i], 1, 1, 0);
		assert_nobodys(&f);
	}
	f = frame_tcp6("2001:db8::7", 4000, HOST6, port, TCP_ACK);
	assert_nobodys(&f);
}

static void a_lost_segments_retry_passes(void **state)
{
	struct frame f = frame_tcp(STRANGER, 4000, HOST, 9, TCP_ACK, 1, 1, 10);

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(true);
	assert_int_equal(frame_send(&f), XDP_DROP);
	flows_clear(); /* as a flood does */
	assert_int_equal(frame_send(&f), XDP_PASS); /* and is answered by a reset */
}

static void datagrams_to_a_port_that_nobody_reads_are_dropped(void **state)
{
	struct sockaddr_storage at;
	int port, fd;
	struct frame f;

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(true);
	fd = socket_bind(AF_INET, SOCK_DGRAM, &at, &port);
	f = frame_udp(STRANGER, 53, HOST, port, 100);
	(void)frame_send(&f); /* the first is as it would be if nobody had asked */
	for (int i = 0; i < 40; i++)
		assert_int_equal(frame_send(&f), XDP_PASS);
	close(fd);
	f = frame_udp(STRANGER, 54, HOST, port, 100);
	assert_nobodys(&f);
	for (int i = 0; i < 10; i++) { /* another port each time, one source */
		f = frame_udp(STRANGER, 55, HOST, port + 1 + i, 100);
		assert_int_equal(frame_send(&f), XDP_DROP);
	}
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void a_service_that_comes_back_is_heard_within_two_seconds(void **state)
{
	struct sockaddr_storage at;
	double since;
	struct frame f;
	int port, fd;

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(true);
	close(socket_bind(AF_INET, SOCK_DGRAM, &at, &port));
	f = frame_udp(STRANGER, 53, HOST, port, 100);
	assert_nobodys(&f);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (void *)&at, sizeof(at)), 0);
	since = seconds_now();
	while (frame_send(&f) == XDP_DROP)
		assert_true(seconds_now() - since < 2);
	for (int i = 0; i < 40; i++)
		assert_int_equal(frame_send(&f), XDP_PASS);
	close(fd);
}

/* Somebody else may have sent the segments, from the very address and port. */
static void a_syn_frees_a_flow_that_was_nobodys(void **state)
{
	struct frame ack = frame_tcp(STRANGER, 4000, HOST, 9, TCP_ACK, 1, 1, 10);
	struct frame syn = frame_tcp(STRANGER, 4000, HOST, 9, TCP_SYN, 1, 0, 0);

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(true);
	assert_nobodys(&ack);
	assert_int_equal(frame_send(&syn), XDP_PASS);
}

/* A redirected port, a container behind the host: the sockets of this namespace do not show who answers. */
static void who_is_answered_is_somebodys(void **state)
{
	struct frame ack = frame_tcp(STRANGER, 4000, HOST, 9, TCP_ACK, 1, 1, 10);
	struct frame answer = frame_tcp(HOST, 9, STRANGER, 4000, TCP_ACK, 1, 11, 10);

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(true);
	assert_int_equal(frame_send(&ack), XDP_DROP);
	assert_int_equal(frame_send(&ack), XDP_PASS);
	assert_int_equal(frame_send(&answer), XDP_PASS);
	for (int i = 0; i < 40; i++)
		assert_int_equal(frame_send(&ack), XDP_PASS);
}

static void what_may_be_another_devices_or_many_hosts_is_not_asked_about(void **state)
{
	struct frame many = frame_tcp(STRANGER, 4001, "224.0.0.9", 9, TCP_ACK, 1, 1, 10), tagged;

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(true);
	frame_start(&tagged, ETH_P_8021Q);
	frame_put_vlan(&tagged, 7, ETH_P_IP);
	frame_put_ipv4(&tagged, STRANGER, HOST, IPPROTO_TCP, sizeof(struct tcphdr) + 10);
	frame_put_tcp(&tagged, 4000, 9, TCP_ACK, 1, 1, 10);
	assert_passes(&tagged, 0);
	assert_passes(&many, 0);
}

static void without_the_setting_nobody_is_asked(void **state)
{
	struct frame f = frame_tcp(STRANGER, 4000, HOST, 9, TCP_ACK, 1, 1, 10);
	struct settings s;

	(void)state;
	NEEDS_ROOT();
	end_host_suspects_all(false);
	assert_passes(&f, 0);
	f = frame_tcp(STRANGER, 4001, HOST, 9, TCP_ACK, 1, 1, 10);
	end_host_suspects_all(true);
	assert_nobodys(&f);
	s = settings_read();
	s.end_host = 0;
	settings_write(&s, true); /* what rested on it ends with it */
	assert_passes(&f, 0);
}

/* A tunnel whose other end we are: what is written to it comes in. */
static int tun_open(void)
{
	struct ifreq ask = { .ifr_name = "tun0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR), always = open("/proc/sys/net/ipv4/tcp_syncookies", O_WRONLY);
	bool ready = fd >= 0 && always >= 0 && write(always, "2", 1) == 1 && !ioctl(fd, TUNSETIFF, &ask) &&
		     !iface_up("tun0", "10.9.0.1");

	close(always);
	if (ready)
		return fd;
	close(fd);
	return -1;
}

static __u16 sum_of(const void *bytes, int len, __u32 sum)
{
	const __u16 *word = bytes;

	for (; len > 1; len -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Fills in the checksums and the pseudo header's, and writes the frame without its Ethernet header. */
static void tun_send(int tun, struct frame f)
{
	struct iphdr *ip = (void *)(f.data + ETH_HLEN);
	struct tcphdr *tcp = (void *)(ip + 1);
	int tcp_len = f.len - ETH_HLEN - sizeof(*ip);

	ip->check = ~sum_of(ip, sizeof(*ip), 0);
	tcp->check = ~sum_of(tcp, tcp_len, sum_of(&ip->saddr, 8, htons(IPPROTO_TCP) + htons(tcp_len)));
	assert_int_equal(write(tun, ip, f.len - ETH_HLEN), f.len - ETH_HLEN);
}

/* The number that the SYN-ACK to port 4000 of ours named. */
static __u32 tun_await_syn_ack(int tun)
{
	union {
		struct iphdr ip;
		unsigned char byte[2048];
	} in;

	for (int i = 0; i < 20; i++) {
		const struct tcphdr *tcp = (void *)(&in.ip + 1);

		assert_true(read(tun, in.byte, sizeof(in.byte)) > 0);
		if (in.ip.version == 4 && in.ip.protocol == IPPROTO_TCP && tcp->dest == htons(4000) && tcp->syn && tcp->ack)
			return ntohl(tcp->seq);
	}
	fail_msg("no SYN-ACK");
	return 0;
}

/* Under a SYN flood a listener keeps nothing of a handshake; the client's ACK alone shows that there was one. */
static void an_ack_that_bears_a_cookie_is_awaited(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };
	int listener, tun;
	struct frame f;
	__u32 number;

	(void)state;
	NEEDS_ROOT();
	tun = tun_open();
	if (tun < 0) {
		print_message("skip: no tunnel device or no SYN cookies here\n");
		skip();
	}
	end_host_suspects_all(true);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (void *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 4), 0);
	tun_send(tun, frame_tcp("10.9.0.2", 4000, "10.9.0.1", 80, TCP_SYN, 100, 0, 0));
	number = tun_await_syn_ack(tun);
	f = frame_tcp("10.9.0.2", 4000, "10.9.0.1", 80, TCP_ACK, 101, number + 1, 0);
	assert_passes(&f, FLOW_AWAITED);
	f = frame_tcp("10.9.0.2", 4001, "10.9.0.1", 80, TCP_ACK, 101, number + 1, 0); /* another's */
	assert_nobodys(&f);
	close(listener);
	close(tun);
}

#define TEST(name) cmocka_unit_test_setup(name, datapath_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_connection_that_we_did_not_see_begin_loses_nothing),
		TEST(segments_without_a_connection_are_nobodys),
		TEST(a_lost_segments_retry_passes),
		TEST(datagrams_to_a_port_that_nobody_reads_are_dropped),
		TEST(a_service_that_comes_back_is_heard_within_two_seconds),
		TEST(a_syn_frees_a_flow_that_was_nobodys),
		TEST(who_is_answered_is_somebodys),
		TEST(what_may_be_another_devices_or_many_hosts_is_not_asked_about),
		TEST(without_the_setting_nobody_is_asked),
		TEST(an_ack_that_bears_a_cookie_is_awaited),
	};

	return cmocka_run_group_tests_name("sockets", tests, sockets_load, datapath_unload);
}
