// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Gives a packet tags as a VLAN device does: the last in its metadata, those before in its data. Then on to another program. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <linux/if_ether.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} push_then SEC(".maps");

__u32 push_tags[2]; /* the outer one last; 0: none */
__u32 push_in_metadata;

SEC("tc")
int push_vlan(struct __sk_buff *skb)
{
	for (int i = 0; i < 2; i++)
		if (push_tags[i] && bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), push_tags[i]))
			return 1;
	push_in_metadata = skb->vlan_present;
	bpf_tail_call(skb, &push_then, 0);
	return 2;
}

char push_license[] SEC("license") = "Dual BSD/GPL";
