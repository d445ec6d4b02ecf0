// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include "log.h"
#include "program.h"
#include "wire.h"

#define NEAR "hrnear"
#define FAR "hrfar"
#define DRAINED_WITHIN_S 2

/* A network of our own, and a /sys that shows it. */
static int namespaces_leave(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL)) {
		log_error("no network namespace for the bench: %s", strerror(errno));
		return -errno;
	}
	return 0;
}

/* No packets but ours. */
static int neighbours_silence(void)
{
	FILE *f = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w");
	int failed = f && fputs("1\n", f) < 0; /* without the file there is no IPv6 */

	if (!(f && fclose(f)) && !failed)
		return 0;
	log_error("IPv6 cannot be switched off in the bench's own network");
	return -EIO;
}

static int ends_make(void)
{
	static const char *const commands[][10] = {
		{ "ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR },
		{ "ip", "link", "set", NEAR, "up" },
		{ "ip", "link", "set", FAR, "up" },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands) && !err; i++)
		err = program_run_other(commands[i]);
	return err;
}

static int program_attach(int ifindex, int prog_fd)
{
	int err = bpf_xdp_attach(ifindex, prog_fd, XDP_FLAGS_DRV_MODE, NULL);

	if (err)
		log_error("a program cannot be attached to veth: %s", strerror(-err));
	return err;
}

int wire_open(struct wire *w, const struct driver *d)
{
	int err = namespaces_leave() ?: neighbours_silence() ?: ends_make();

	if (err)
		return err;
	*w = (struct wire){ .near = if_nametoindex(NEAR), .far = if_nametoindex(FAR) };
	return program_attach(w->near, d->return_fd) ?: program_attach(w->far, d->return_fd);
}

int wire_put_program(const struct wire *w, int prog_fd)
{
	return program_attach(w->far, prog_fd);
}

/* The first number that a file holds. */
static uint64_t number_read(const char *path)
{
	FILE *f = fopen(path, "r");
	uint64_t value = 0;

	if (f && fscanf(f, "%" SCNu64, &value) != 1)
		value = 0;
	if (f)
		fclose(f);
	return value;
}

static struct wire_counts counts_read(void)
{
	return (struct wire_counts){
		.received = number_read("/sys/class/net/" FAR "/statistics/rx_packets"),
		.refused = number_read("/sys/class/net/" FAR "/statistics/rx_dropped"),
	};
}

static bool counts_reach(const struct wire_counts *now, const struct wire_counts *before, uint32_t packets)
{
	return now->received + now->refused - before->received - before->refused >= packets;
}

int wire_send(const struct wire *w, const struct driver *d, struct plan *plan, uint32_t packets,
	      struct wire_counts *out)
{
	struct wire_counts before = counts_read(), now;
	double ns;
	time_t end;
	int err = driver_transmit(d, w->near, plan, packets, &ns);

	if (err)
		return err;
	for (end = time(NULL) + DRAINED_WITHIN_S; now = counts_read(), !counts_reach(&now, &before, packets);) {
		if (time(NULL) <= end)
			continue;
		log_error("veth: of %u packets sent, %" PRIu64 " were received and %" PRIu64 " refused", packets,
			  now.received - before.received, now.refused - before.refused);
		return -EPROTO;
	}
	out->received = now.received - before.received;
	out->refused = now.refused - before.refused;
	out->ns = out->received ? ns * packets / out->received : 0;
	return 0;
}
