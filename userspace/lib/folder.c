// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "folder.h"

void folder_make_for(const char *path)
{
	char *folder = strdup(path);

	for (char *slash = folder; slash && *slash && (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		mkdir(folder, 0755);
		*slash = '/';
	}
	free(folder);
}
