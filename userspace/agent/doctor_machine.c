// SPDX-License-Identifier: BSD-2-Clause
/* Doctor: the machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <bpf/libbpf.h>
#include "doctor.h"
#include "leftovers.h"
#include "load_errors.h"

/* The first line of a file or of what a command says, without its newline. Returns false for none. */
static int line_read(FILE *in, char *line, int size)
{
	if (!in || !fgets(line, size, in))
		return 0;
	line[strcspn(line, "\n")] = 0;
	return 1;
}

/* The capabilities of this process, a bit each. */
static unsigned long long capabilities(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long long mask = 0;
	char line[128];

	while (status && line_read(status, line, sizeof(line)))
		if (sscanf(line, "CapEff: %llx", &mask) == 1)
			break;
	if (status)
		fclose(status);
	return mask;
}

const char *capabilities_missing(char out[CAPABILITIES_TEXT_SIZE])
{
	static const struct {
		int bit;
		const char *name;
	} needed[] = { { CAP_BPF, "BPF" }, { CAP_NET_ADMIN, "NET_ADMIN" }, { CAP_SYS_ADMIN, "SYS_ADMIN" } };
	unsigned long long mask = capabilities();
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!(mask >> needed[i].bit & 1))
			used += snprintf(out + used, CAPABILITIES_TEXT_SIZE - used, "%s%s", used ? ", " : "", needed[i].name);
	return out;
}

static void capabilities_examine(struct findings *out)
{
	char missing[CAPABILITIES_TEXT_SIZE];

	capabilities_missing(missing);
	if (missing[0])
		finding_add(out, FINDING_STOP, "capabilities missing: %s; run it as root", missing);
	else
		finding_add(out, FINDING_GOOD, "capabilities: BPF, NET_ADMIN and SYS_ADMIN");
}

/* What the programs need of a kernel, asked of this one. Without the right to load programs there is no telling. */
static void kernel_examine(struct findings *out)
{
	static const struct {
		enum bpf_prog_type type;
		enum bpf_func_id id;
		const char *name, *since;
	} helpers[] = {
		{ BPF_PROG_TYPE_XDP, BPF_FUNC_ktime_get_coarse_ns, "bpf_ktime_get_coarse_ns", "5.11" },
		{ BPF_PROG_TYPE_XDP, BPF_FUNC_ringbuf_reserve, "bpf_ringbuf_reserve", "5.8" },
		{ BPF_PROG_TYPE_XDP, BPF_FUNC_loop, "bpf_loop", "5.17" },
		{ BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, "bpf_xdp_get_buff_len", "5.18" },
		{ BPF_PROG_TYPE_XDP, BPF_FUNC_skc_lookup_tcp, "bpf_skc_lookup_tcp", "5.2" },
		{ BPF_PROG_TYPE_XDP, BPF_FUNC_tcp_check_syncookie, "bpf_tcp_check_syncookie", "5.2" },
		{ BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_skb_pull_data, "bpf_skb_pull_data", "4.9" },
	};
	struct utsname kernel;

	uname(&kernel);
	if (findings_worst(out) == FINDING_STOP) {
		finding_add(out, FINDING_NOTE, "kernel %s: what it can do cannot be asked without these", kernel.release);
		return;
	}
	for (size_t i = 0; i < sizeof(helpers) / sizeof(*helpers); i++) {
		if (libbpf_probe_bpf_helper(helpers[i].type, helpers[i].id, NULL) != 0)
			continue;
		finding_add(out, FINDING_STOP, "kernel %s lacks %s (since %s); wanted %s or newer", kernel.release,
			    helpers[i].name, helpers[i].since, KERNEL_OLDEST);
		return;
	}
	finding_add(out, FINDING_GOOD, "kernel %s has what the programs call", kernel.release);
}

static void jit_examine(struct findings *out)
{
	FILE *f = fopen("/proc/sys/net/core/bpf_jit_enable", "re");
	char line[16];

	if (line_read(f, line, sizeof(line)) && !strcmp(line, "0"))
		finding_add(out, FINDING_WARN,
			    "the BPF compiler is off, programs are interpreted, many times slower; "
			    "sysctl net.core.bpf_jit_enable=1");
	if (f)
		fclose(f);
}

static void bpffs_examine(struct findings *out)
{
	struct statfs fs;

	if (!statfs("/sys/fs/bpf", &fs) && fs.f_type == BPF_FS_MAGIC)
		finding_add(out, FINDING_GOOD, "BPF file system at /sys/fs/bpf");
	else
		finding_add(out, FINDING_NOTE,
			    "no BPF file system at /sys/fs/bpf: the agent needs none, and `ip link … xdp obj` mounts one there");
}

static void pins_examine(struct findings *out)
{
	struct leftovers l;

	leftovers_find(&l);
	if (l.beside_program) /* `hedgerow detach` would end that, and takes the pins away when it does */
		return;
	for (int i = 0; i < l.pins_count; i++)
		finding_add(out, l.pins[i].enforces ? FINDING_WARN : FINDING_NOTE,
			    "tables without a program are pinned below %s, mode %s: `ip link` goes on with them; to remove them: "
			    "hedgerow detach", l.pins[i].folder, l.pins[i].enforces ? "enforce" : "monitor");
}

static void iproute_examine(struct findings *out)
{
	FILE *ip = popen("ip -V 2>/dev/null", "re");
	char line[128] = "";

	if (!line_read(ip, line, sizeof(line)))
		finding_add(out, FINDING_NOTE, "no `ip` (package iproute2): attach with `hedgerow attach`");
	else if (!strstr(line, "libbpf"))
		finding_add(out, FINDING_NOTE,
			    "`ip` is built without libbpf (%s) and cannot load the object; attach with `hedgerow attach`", line);
	else
		finding_add(out, FINDING_GOOD, "%s", line);
	if (ip)
		pclose(ip);
}

void machine_examine(struct findings *out)
{
	capabilities_examine(out);
	kernel_examine(out);
	jit_examine(out);
	bpffs_examine(out);
	pins_examine(out);
	iproute_examine(out);
}
