// SPDX-License-Identifier: BSD-2-Clause
// A long line between two interfaces of the lab: carries frames from each to the other, later, and not all of them. The
// running kernel has no netem. What becomes of a frame is in relay_rules.h.
//
//	relay FAR NEAR RTT_MIN_MS RTT_MAX_MS LOSS_PERMILLE address|connection SEED
//
// Far addresses, those beyond interface FAR, or else their connections, have a round trip each between the two times. Runs
// until SIGTERM; then says what it carried.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "relay_rules.h"

#define FRAME_MAX 65550 /* a GSO bundle; those are cut by nobody here, so turn them off where sizes matter */
#define BATCH 64        /* frames read before those that are due leave */
#define SOCKET_BYTES (16 << 20)

struct relay {
	int fd[RELAY_SIDES];
	struct relay_rules rules;
	struct relay_queue queue;
	unsigned long long carried, lost, dropped;
};

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
	(void)signal;
	is_stopped = 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Returns a socket with all frames that reach the interface, or -1 after a message. */
static int side_open(const char *name)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = if_nametoindex(name) };
	struct packet_mreq all = { .mr_ifindex = to.sll_ifindex, .mr_type = PACKET_MR_PROMISC };
	int fd, yes = 1, room = SOCKET_BYTES;

	if (!to.sll_ifindex) {
		fprintf(stderr, "relay: %s: no such interface\n", name);
		return -1;
	}
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all))) {
		fprintf(stderr, "relay: %s: %s\n", name, strerror(errno));
		return -1;
	}
	return fd;
}

static void frames_read(struct relay *r, enum relay_side from)
{
	static uint8_t frame[FRAME_MAX];

	for (int i = 0; i < BATCH; i++) {
		ssize_t length = recv(r->fd[from], frame, sizeof(frame), 0);
		struct relay_fate fate;

		if (length <= 0)
			return;
		fate = relay_fate(&r->rules, frame, length, from);
		if (fate.lost)
			r->lost++;
		else if (!relay_queue_add(&r->queue, now_ns() + fate.delay_ns, from, frame, length))
			r->dropped++;
	}
}

static void frames_write(struct relay *r)
{
	struct relay_frame f;

	while (relay_queue_take(&r->queue, now_ns(), &f)) {
		if (send(r->fd[!f.from], f.bytes, f.length, 0) == (ssize_t)f.length)
			r->carried++;
		else
			r->dropped++;
		free(f.bytes);
	}
}

static void relay_run(struct relay *r)
{
	struct pollfd wait[RELAY_SIDES] = { { r->fd[RELAY_FAR], POLLIN, 0 }, { r->fd[RELAY_NEAR], POLLIN, 0 } };

	while (!is_stopped) {
		uint64_t now = now_ns(), due = r->queue.count ? r->queue.frame[0].due_ns : now + 1000000000;
		uint64_t left = due > now ? due - now : 0;
		struct timespec until = { left / 1000000000, left % 1000000000 };

		if (ppoll(wait, RELAY_SIDES, &until, NULL) < 0 && errno != EINTR)
			break;
		frames_read(r, RELAY_FAR);
		frames_read(r, RELAY_NEAR);
		frames_write(r);
	}
}

static int number_parse(const char *text, double least, double most, double *out)
{
	char *end;

	*out = strtod(text, &end);
	if (end != text && !*end && *out >= least && *out <= most)
		return 0;
	fprintf(stderr, "relay: '%s' will not do, wanted a number from %g to %g\n", text, least, most);
	return -EINVAL;
}

static int rules_parse(struct relay_rules *r, char **text)
{
	double loss, seed;

	if (number_parse(text[0], .001, 10000, &r->rtt_min_ms) || number_parse(text[1], r->rtt_min_ms, 10000, &r->rtt_max_ms) ||
	    number_parse(text[2], 0, 1000, &loss) || number_parse(text[4], 0, 4294967295.0, &seed))
		return -EINVAL;
	r->by_connection = !strcmp(text[3], "connection");
	if (!r->by_connection && strcmp(text[3], "address")) {
		fprintf(stderr, "relay: '%s' will not do, wanted address or connection\n", text[3]);
		return -EINVAL;
	}
	r->loss_permille = loss;
	r->seed = relay_mix(seed + 1);
	return 0;
}

/* Frames that found the socket full: the kernel's count, which is of nobody's rules. */
static unsigned long long drops_read(const struct relay *r)
{
	unsigned long long drops = 0;

	for (enum relay_side s = RELAY_FAR; s < RELAY_SIDES; s++) {
		struct tpacket_stats stats = { 0 };
		socklen_t size = sizeof(stats);

		if (!getsockopt(r->fd[s], SOL_PACKET, PACKET_STATISTICS, &stats, &size))
			drops += stats.tp_drops;
	}
	return drops;
}

int main(int argc, char **argv)
{
	static struct relay relay;
	struct sigaction on_stop = { .sa_handler = stop };

	if (argc != 8) {
		fprintf(stderr, "relay: wanted FAR NEAR RTT_MIN_MS RTT_MAX_MS LOSS_PERMILLE address|connection SEED\n");
		return 2;
	}
	if (rules_parse(&relay.rules, argv + 3))
		return 2;
	for (enum relay_side s = RELAY_FAR; s < RELAY_SIDES; s++) {
		relay.fd[s] = side_open(argv[1 + s]);
		if (relay.fd[s] < 0)
			return 1;
	}
	sigaction(SIGTERM, &on_stop, NULL);
	sigaction(SIGINT, &on_stop, NULL);
	printf("relay: carries\n");
	fflush(stdout);
	relay_run(&relay);
	relay.dropped += drops_read(&relay);
	printf("relay: carried %llu, lost %llu, dropped %llu\n", relay.carried, relay.lost, relay.dropped);
	return 0;
}
