// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
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

/* True for a file right in our own folder. */
static bool is_ours(const char *path)
{
	return !strncmp(path, FOLDER_OURS, sizeof(FOLDER_OURS) - 1) && !strchr(path + sizeof(FOLDER_OURS) - 1, '/');
}

static int folder_find(const char *path, bool makes_ours)
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
	if (err == -ENOENT && is_ours(path))
		err = makes_ours ? folder_make_ours() : 0;
	if (err == -ENOENT)
		log_error("%s: there is no folder %s; make it first: mkdir -p %s", path, folder, folder);
	else if (err)
		log_error("%s: its folder: %s", path, strerror(-err));
	return err;
}

int folder_require(const char *path)
{
	return folder_find(path, true);
}

int folder_check(const char *path)
{
	return folder_find(path, false);
}
