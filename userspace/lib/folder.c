// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "folder.h"
#include "log.h"

static int folder_make_ours(void)
{
	if (mkdir(FOLDER_OURS, 0755))
		return -errno;
	log_info("%s: made", FOLDER_OURS);
	return 0;
}

int folder_require(const char *path)
{
	char copy[PATH_MAX];
	const char *folder;
	struct stat st;
	int err = 0;

	snprintf(copy, sizeof(copy), "%s", path);
	folder = dirname(copy);
	if (stat(folder, &st))
		err = -errno;
	else if (!S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	if (err == -ENOENT && !strncmp(path, FOLDER_OURS, sizeof(FOLDER_OURS) - 1) &&
	    !strchr(path + sizeof(FOLDER_OURS) - 1, '/'))
		err = folder_make_ours();
	if (err == -ENOENT)
		log_error("%s: there is no folder %s; make it first: mkdir -p %s", path, folder, folder);
	else if (err)
		log_error("%s: its folder: %s", path, strerror(-err));
	return err;
}
