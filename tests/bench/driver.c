// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
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
	d->prog_fd[TARGET_BARE] = object_prog_fd(d->object, "bench_drive_bare");
	d->prog_fd[TARGET_FLOOR] = object_prog_fd(d->object, "bench_drive_floor");
	d->prog_fd[TARGET_SUBJECT] = object_prog_fd(d->object, "bench_drive_subject");
	d->return_fd = object_prog_fd(d->object, "bench_return");
	d->plan_fd = bpf_object__find_map_fd_by_name(d->object, "bench_plan");
	d->target_fd = bpf_object__find_map_fd_by_name(d->object, "bench_target");
	return driver_aim(d, TARGET_BARE, d->return_fd);
}

void driver_close(struct driver *d)
{
	bpf_object__close(d->object);
	d->object = NULL;
}

/* What the driver leaves as it is. */
static void frame_fill(unsigned char *frame)
{
	struct ethhdr eth = { .h_proto = htons(ETH_P_IP) };
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64 };
	struct tcphdr tcp = { .doff = 5 };

	memset(frame, 0, FRAME_BYTES);
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + sizeof(eth), &ip, sizeof(ip));
	memcpy(frame + sizeof(eth) + sizeof(ip), &tcp, sizeof(tcp));
}

static double cpu_time_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int driver_aim(const struct driver *d, enum plan_target target, int prog_fd)
{
	__u32 slot = target;
	int err = bpf_map_update_elem(d->target_fd, &slot, &prog_fd, BPF_ANY);

	if (err)
		log_error("the driver cannot call the program: %s", strerror(-err));
	return err;
}

/* Runs a program `rounds` times on one frame. -EIO: the last round did not end in the target. */
static int frame_run(int prog_fd, uint32_t rounds, double *ns)
{
	unsigned char frame[FRAME_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame), .repeat = rounds);
	double began;
	int err;

	frame_fill(frame);
	began = cpu_time_ns();
	err = bpf_prog_test_run_opts(prog_fd, &run);
	*ns = (cpu_time_ns() - began) / rounds;
	return !err && run.retval == XDP_ABORTED ? -EIO : err;
}

int driver_send(const struct driver *d, enum plan_target target, struct plan *plan, uint32_t packets, double *ns)
{
	__u32 zero = 0;
	int err = bpf_map_update_elem(d->plan_fd, &zero, plan, BPF_ANY);

	if (!err)
		err = frame_run(d->prog_fd[target], packets, ns);
	if (!err)
		err = bpf_map_lookup_elem(d->plan_fd, &zero, plan);
	if (err)
		log_error("the driver could not send packets: %s", strerror(-err));
	return err;
}

int driver_loop(const struct driver *d, uint32_t rounds, double *ns)
{
	return frame_run(d->return_fd, rounds, ns);
}
