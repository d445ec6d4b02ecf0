// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "iface.h"

/* Asks the kernel about an interface by name. Returns 0 or a negative errno. */
static int iface_ask(const char *iface, unsigned long request, struct ifreq *answer)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	strncpy(answer->ifr_name, iface, IF_NAMESIZE - 1);
	if (ioctl(fd, request, answer))
		err = -errno;
	close(fd);
	return err;
}

int iface_mtu(const char *iface)
{
	struct ifreq answer = { 0 };
	int err = iface_ask(iface, SIOCGIFMTU, &answer);

	return err ? err : answer.ifr_mtu;
}
