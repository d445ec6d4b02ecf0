/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The clock of a capture in place of the kernel's. Included before a program's source, which stays as it is: the objects
 * that run in earnest never see this.
 */
#ifndef CLOCK_BPF_H
#define CLOCK_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 replay_now_ns; /* set before each packet */

/* A call, as the helper's is one: so the callers need as much stack as in earnest, which is all there is. */
static __attribute__((noinline)) __u64 replay_clock(void)
{
	return *(volatile __u64 *)&replay_now_ns;
}

#define bpf_ktime_get_coarse_ns replay_clock
#define bpf_ktime_get_ns replay_clock
#define bpf_jiffies64 replay_clock /* a tick of its own for each packet */

#endif
