// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file_replace.h"
#include "outputs.h"

static int output_refuse(const char *path, const char *reason, int err, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s: cannot be written: %s", path, reason);
	return err;
}

/* Plain files only: what replaces a file by renaming would put one in the place of /dev/null. */
int output_check(const char *path, char *why, size_t why_size)
{
	char copy[PATH_MAX];
	struct stat st;

	if (!path)
		return 0;
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return output_refuse(path, "a directory", -EISDIR, why, why_size);
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return output_refuse(path, "not a plain file", -EINVAL, why, why_size);
	snprintf(copy, sizeof(copy), "%s", path);
	if (access(dirname(copy), W_OK)) {
		int err = -errno;

		return output_refuse(path, strerror(-err), err, why, why_size);
	}
	return 0;
}

int output_write(const char *path, const void *data, size_t size, char *why, size_t why_size)
{
	int err = path ? file_replace(path, data, size) : 0;

	return err ? output_refuse(path, strerror(-err), err, why, why_size) : 0;
}
