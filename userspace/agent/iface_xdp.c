// SPDX-License-Identifier: BSD-2-Clause
/* What a driver can do for XDP, as the kernel's netlink family "netdev" tells since 6.3. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include "iface.h"

/* Out of linux/netdev.h, which the headers of older kernels lack. */
#define NETDEV_FAMILY "netdev"
#define NETDEV_DEV_GET 1
#define NETDEV_DEV_IFINDEX 1
#define NETDEV_DEV_XDP_FEATURES 3

struct request {
	struct nlmsghdr header;
	struct genlmsghdr generic;
	char attributes[64];
};

static void attribute_put(struct request *r, uint16_t type, const void *data, uint16_t len)
{
	struct nlattr *a = (void *)((char *)r + r->header.nlmsg_len);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	r->header.nlmsg_len += NLA_ALIGN(a->nla_len);
}

/* Sends the request and finds one attribute of the answer. Returns its length, copied to `out`, or a negative errno. */
static int attribute_ask(int fd, struct request *r, uint16_t type, void *out, size_t size)
{
	char answer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *header = (void *)answer;
	ssize_t got;

	if (send(fd, r, r->header.nlmsg_len, 0) < 0)
		return -errno;
	got = recv(fd, answer, sizeof(answer), 0);
	if (got < 0)
		return -errno;
	if (!NLMSG_OK(header, (size_t)got))
		return -EPROTO;
	if (header->nlmsg_type == NLMSG_ERROR) {
		struct nlmsgerr *e = NLMSG_DATA(header);

		return e->error ? e->error : -EPROTO;
	}
	for (size_t at = NLMSG_HDRLEN + GENL_HDRLEN; at + NLA_HDRLEN <= header->nlmsg_len;) {
		struct nlattr *a = (void *)(answer + at);

		if (a->nla_len < NLA_HDRLEN || at + a->nla_len > header->nlmsg_len)
			return -EPROTO;
		if ((a->nla_type & NLA_TYPE_MASK) == type && (size_t)(a->nla_len - NLA_HDRLEN) <= size) {
			memcpy(out, answer + at + NLA_HDRLEN, a->nla_len - NLA_HDRLEN);
			return a->nla_len - NLA_HDRLEN;
		}
		at += NLA_ALIGN(a->nla_len);
	}
	return -ENOENT;
}

static struct request request_begin(uint16_t family, uint8_t command)
{
	return (struct request){ .header = { .nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN, .nlmsg_type = family,
					     .nlmsg_flags = NLM_F_REQUEST },
				 .generic = { .cmd = command, .version = 1 } };
}

int iface_xdp_features(unsigned int ifindex)
{
	struct request find = request_begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY), get;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), got;
	uint64_t features = 0;
	uint16_t family = 0;

	if (fd < 0)
		return -errno;
	attribute_put(&find, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY, sizeof(NETDEV_FAMILY));
	got = attribute_ask(fd, &find, CTRL_ATTR_FAMILY_ID, &family, sizeof(family));
	if (got == sizeof(family)) {
		get = request_begin(family, NETDEV_DEV_GET);
		attribute_put(&get, NETDEV_DEV_IFINDEX, &ifindex, sizeof(ifindex));
		got = attribute_ask(fd, &get, NETDEV_DEV_XDP_FEATURES, &features, sizeof(features));
	}
	close(fd);
	if (got < 0)
		return got == -ENOENT ? -EOPNOTSUPP : got;
	return features & 0xffff;
}
