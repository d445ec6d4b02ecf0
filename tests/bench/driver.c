// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <arpa/inet.h>
#include "driver.h"
#include "log.h"
#include "machine.h"

#define FRAME_BYTES 1514 /* Ethernet's longest; a step's l3_len says how much of it the packet fills */

static int object_prog_fd(const struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

/* By plan.leaving and target. */
static const char *const drives[2][TARGET_COUNT] = {
	{ "bench_drive_bare", "bench_drive_floor", "bench_drive_subject" },
	{ "bench_leave_bare", "bench_leave_floor", "bench_leave_subject" },
};

int driver_open(struct driver *d)
{
	char path[PATH_MAX];
	int err;

	machine_path(path, sizeof(path), "driver.bpf.o");
	*d = (struct driver){ .object = bpf_object__open_file(path, NULL) };
	err = d->object ? bpf_object__load(d->object) : -errno;
	if (err) {
		log_error("%s: does not load: %s%s", path, strerror(-err), err == -EPERM ? "; run it as root" : "");
		driver_close(d);
		return err;
	}
	for (int target = 0; target < TARGET_COUNT; target++) {
		d->prog_fd[0][target] = object_prog_fd(d->object, drives[0][target]);
		d->prog_fd[1][target] = object_prog_fd(d->object, drives[1][target]);
	}
	d->return_fd = object_prog_fd(d->object, "bench_return");
	d->drop_fd = object_prog_fd(d->object, "bench_drop");
	d->transmit_fd = object_prog_fd(d->object, "bench_transmit");
	d->plan_fd = bpf_object__find_map_fd_by_name(d->object, "bench_plan");
	d->target_fd[0] = bpf_object__find_map_fd_by_name(d->object, "bench_target");
	d->target_fd[1] = bpf_object__find_map_fd_by_name(d->object, "bench_target_leaving");
	err = driver_aim(d, 0, TARGET_BARE, d->return_fd);
	return err ? err : driver_aim(d, 1, TARGET_BARE, object_prog_fd(d->object, "bench_return_leaving"));
}

void driver_close(struct driver *d)
{
	bpf_object__close(d->object);
	d->object = NULL;
}

/* What the driver leaves as it is. */
static void frame_fill(unsigned char *frame, bool ipv6)
{
	struct ethhdr eth = { .h_proto = htons(ipv6 ? ETH_P_IPV6 : ETH_P_IP) };
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64 };
	struct ipv6hdr ip6 = { .version = 6, .hop_limit = 64 };
	struct tcphdr tcp = { .doff = 5 };

	memset(frame, 0, FRAME_BYTES);
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + sizeof(eth), &ip, sizeof(ip));
	if (ipv6)
		memcpy(frame + sizeof(eth), &ip6, sizeof(ip6));
	memcpy(frame + sizeof(eth) + (ipv6 ? sizeof(ip6) : sizeof(ip)), &tcp, sizeof(tcp));
}

static double cpu_time_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int driver_aim(const struct driver *d, int leaving, enum plan_target target, int prog_fd)
{
	__u32 slot = target;
	int err = bpf_map_update_elem(d->target_fd[leaving], &slot, &prog_fd, BPF_ANY);

	if (err)
		log_error("the driver cannot call the program: %s", strerror(-err));
	return err;
}

/* Runs a program `rounds` times on one frame; *action: of the last. -EIO: that did not end in the target. */
static int frame_run(int prog_fd, int ifindex, bool ipv6, uint32_t rounds, double *ns, uint32_t *action)
{
	unsigned char frame[FRAME_BYTES];
	struct xdp_md ctx = { .data_end = sizeof(frame), .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame), .repeat = rounds);
	double began;
	int err;

	if (ifindex) {
		run.ctx_in = &ctx;
		run.ctx_size_in = sizeof(ctx);
	}
	frame_fill(frame, ipv6);
	began = cpu_time_ns();
	err = bpf_prog_test_run_opts(prog_fd, &run);
	*ns = (cpu_time_ns() - began) / rounds;
	*action = run.retval;
	return !err && run.retval == XDP_ABORTED ? -EIO : err;
}

static int plan_send(const struct driver *d, enum plan_target target, struct plan *plan, uint32_t packets, double *ns,
		     uint32_t *action)
{
	__u32 zero = 0;
	int err = bpf_map_update_elem(d->plan_fd, &zero, plan, BPF_ANY);

	if (!err)
		err = frame_run(d->prog_fd[plan->leaving][target], plan->leaving ? 0 : d->ifindex, plan->ipv6, packets,
				ns, action);
	if (!err)
		err = bpf_map_lookup_elem(d->plan_fd, &zero, plan);
	if (err)
		log_error("the driver could not send packets: %s", strerror(-err));
	return err;
}

int driver_send(const struct driver *d, enum plan_target target, struct plan *plan, uint32_t packets, double *ns)
{
	uint32_t action;

	return plan_send(d, target, plan, packets, ns, &action);
}

int driver_ask(const struct driver *d, struct plan *plan, uint32_t *action)
{
	double ns;

	return plan_send(d, TARGET_SUBJECT, plan, 1, &ns, action);
}

int driver_transmit(const struct driver *d, int ifindex, struct plan *plan, uint32_t packets, double *ns)
{
	unsigned char frame[FRAME_BYTES];
	struct xdp_md ctx = { .data_end = DRIVER_LIVE_BYTES, .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = DRIVER_LIVE_BYTES, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = packets, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	__u32 zero = 0, sent = plan->sent + packets;
	int err;

	plan->first = plan->last = (struct plan_mark){ 0 };
	err = bpf_map_update_elem(d->plan_fd, &zero, plan, BPF_ANY);
	frame_fill(frame, plan->ipv6);
	if (!err)
		err = bpf_prog_test_run_opts(d->transmit_fd, &run);
	if (!err)
		err = bpf_map_lookup_elem(d->plan_fd, &zero, plan);
	if (!err && (plan->sent != sent || plan->last.sent == plan->first.sent))
		err = -EIO;
	if (!err)
		*ns = (double)(plan->last.time_ns - plan->first.time_ns) / (plan->last.sent - plan->first.sent);
	if (err)
		log_error("the driver could not put frames on the wire: %s", strerror(-err));
	return err;
}

int driver_loop(const struct driver *d, uint32_t rounds, double *ns)
{
	uint32_t action;

	return frame_run(d->return_fd, 0, false, rounds, ns, &action);
}
