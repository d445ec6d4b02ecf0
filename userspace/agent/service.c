// SPDX-License-Identifier: BSD-2-Clause
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "service.h"

void service_tell(const char *state)
{
	const char *socket_name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = socket_name ? strlen(socket_name) : 0;
	int fd;

	if ((length && *socket_name != '/' && *socket_name != '@') || length < 2 || length >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, socket_name, length);
	if (*to.sun_path == '@')
		*to.sun_path = 0; /* an abstract name */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
	       offsetof(struct sockaddr_un, sun_path) + length);
	close(fd);
}
