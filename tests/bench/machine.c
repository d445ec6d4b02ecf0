// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "log.h"
#include "machine.h"

#define STATS "/proc/sys/kernel/bpf_stats_enabled"

void machine_cpu_name(char *out, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[512], *name;

	snprintf(out, size, "unknown CPU");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "model name", 10))
			continue;
		name = strchr(line, ':');
		line[strcspn(line, "\n")] = 0;
		if (name)
			snprintf(out, size, "%s", name + 2);
		break;
	}
	if (f)
		fclose(f);
}

int machine_stay(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (cpu < 0)
		return -errno;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

int machine_roam(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set)); /* the kernel leaves out what there is not */
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

int machine_other_cpu(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	int cpu = sched_getcpu();

	return cpu < 0 || online < 2 ? -1 : (cpu + 1) % online;
}

/* The number that a file holds, -1 without one. */
static int number_read(const char *path)
{
	FILE *f = fopen(path, "r");
	int value = -1;

	if (f && fscanf(f, "%d", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

static int number_write(const char *path, int value)
{
	FILE *f = fopen(path, "w");
	int err;

	if (!f)
		return -errno;
	err = fprintf(f, "%d\n", value) < 0;
	return fclose(f) || err ? -EIO : 0;
}

static void stats_restore(void)
{
	if (number_write(STATS, 1))
		log_warn("kernel.bpf_stats_enabled was 1 and is 0 now; it could not be set back");
}

static void leave(int signal_number)
{
	exit(128 + signal_number); /* by way of stats_restore() */
}

int machine_prepare(void)
{
	int err;

	if (number_read("/proc/sys/net/core/bpf_jit_enable") == 0)
		log_warn("net.core.bpf_jit_enable is 0: programs are interpreted, these figures mean nothing");
	if (number_read("/proc/sys/net/core/bpf_jit_harden") > 1)
		log_warn("net.core.bpf_jit_harden is on for root: every constant costs more");
	if (number_read(STATS) < 1)
		return 0;
	err = number_write(STATS, 0);
	if (err) {
		log_error("kernel.bpf_stats_enabled is 1, which falsifies every figure, and cannot be set to 0: %s",
			  strerror(-err));
		return err;
	}
	log_info("kernel.bpf_stats_enabled was 1; it is 0 until the bench ends");
	atexit(stats_restore);
	signal(SIGINT, leave);
	signal(SIGTERM, leave);
	return 0;
}

void machine_path(char *out, size_t size, const char *name)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len > 0 ? len : 0] = 0;
	if (strrchr(self, '/'))
		*strrchr(self, '/') = 0;
	snprintf(out, size, "%s/%s", self, name);
}
