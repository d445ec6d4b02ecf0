/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a capture tells of sockets in place of the kernel's own, as clock.bpf.h has its clock: included before the program,
 * whose source stays as it is. The objects that run in earnest never see this.
 */
#ifndef CAPTURE_SOCKETS_BPF_H
#define CAPTURE_SOCKETS_BPF_H

#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/tcp.h>
#include <bpf/bpf_helpers.h>

struct bpf_sock replay_socket; /* set before each packet; without a state there is none */

/* As the helpers are: calls that the compiler knows nothing about. Hidden, so that the verifier takes what they return. */
#define REPLAY_HELPER __attribute__((noinline, weak, visibility("hidden")))

REPLAY_HELPER struct bpf_sock *replay_socket_find(void *ctx, struct bpf_sock_tuple *tuple, __u32 size, __u64 netns,
						  __u64 flags)
{
	return replay_socket.state ? &replay_socket : 0;
}

REPLAY_HELPER long replay_socket_release(void *socket)
{
	return 0;
}

REPLAY_HELPER long replay_cookie_check(void *listener, void *ip, __u32 ip_len, struct tcphdr *tcp, __u32 tcp_len)
{
	return -ENOENT;
}

#define bpf_skc_lookup_tcp replay_socket_find
#define bpf_sk_lookup_udp replay_socket_find
#define bpf_sk_release replay_socket_release
#define bpf_tcp_check_syncookie replay_cookie_check

#endif
