// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file_replace.h"
#include "log.h"
#include "model_held.h"
#include "model_kept.h"

#define NAME_SIZE sizeof("01234567.hgm")

static void path_fill(char *path, size_t size, __u32 id)
{
	snprintf(path, size, MODEL_KEPT_FOLDER "%08x.hgm", id);
}

static int folder_make(void)
{
	char path[] = MODEL_KEPT_FOLDER;

	for (char *at = path + 1; (at = strchr(at, '/')); at++) {
		*at = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return 0;
}

/* The caller frees *data. */
static int file_read(const char *path, void **data, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		err = -errno;
		goto out;
	}
	*data = malloc(st.st_size + 1);
	if (!*data)
		err = -ENOMEM;
	else if (read(fd, *data, st.st_size) != st.st_size)
		err = -EIO;
	*size = st.st_size;
out:
	if (fd >= 0)
		close(fd);
	return err;
}

/* Whole or not there, but not waited for: what a crash tears has another checksum, and is then not there, either. */
static int file_put(const char *path, const void *data, size_t size)
{
	char made[PATH_MAX + sizeof(".XXXXXX")];
	int fd, err = 0;

	snprintf(made, sizeof(made), "%s.XXXXXX", path);
	fd = mkostemp(made, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, data, size) != (ssize_t)size || fchmod(fd, 0644) || rename(made, path))
		err = errno ? -errno : -EIO;
	close(fd);
	if (err)
		unlink(made);
	return err;
}

/* Ours by name. */
static int is_kept(const struct dirent *entry)
{
	return strlen(entry->d_name) == NAME_SIZE - 1 && strspn(entry->d_name, "0123456789abcdef") == 8 &&
	       !strcmp(entry->d_name + 8, ".hgm");
}

static __s64 age_of(const struct dirent *entry)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), MODEL_KEPT_FOLDER "%s", entry->d_name);
	return stat(path, &st) ? 0 : st.st_mtim.tv_sec * 1000000000ll + st.st_mtim.tv_nsec;
}

static int younger_first(const struct dirent **a, const struct dirent **b)
{
	__s64 left = age_of(*a), right = age_of(*b);

	return left < right ? 1 : left > right ? -1 : 0;
}

/* But what is in a slot stays: the file alone has the trees of a forest, which may be in force or come back. */
static void oldest_remove(void)
{
	struct dirent **found;
	int count = scandir(MODEL_KEPT_FOLDER, &found, is_kept, younger_first);
	char path[PATH_MAX];

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), MODEL_KEPT_FOLDER "%s", found[i]->d_name);
		if (i >= MODEL_KEPT_MAX && !model_is_held(strtoul(found[i]->d_name, NULL, 16)))
			unlink(path);
		free(found[i]);
	}
	if (count >= 0)
		free(found);
}

void model_kept_add(const struct model *m, const char *path)
{
	char kept[PATH_MAX];
	void *data = NULL;
	size_t size = 0;
	int err = folder_make();

	path_fill(kept, sizeof(kept), m->id);
	if (file_is_same(kept, path))
		return;
	err = err ? err : file_read(path, &data, &size);
	err = err ? err : file_put(kept, data, size);
	if (err)
		log_debug("%s: %s; explanations will miss what the file says of the training rows", kept, strerror(-err));
	else
		oldest_remove();
	free(data);
}

int model_kept_read(__u32 id, struct model *out, struct model_extras *extras)
{
	struct model_extras found = { 0 };
	struct model *m = malloc(sizeof(*m));
	char path[PATH_MAX], why[MODEL_FILE_WHY];
	int err = m ? 0 : -ENOMEM;

	path_fill(path, sizeof(path), id);
	err = err ? err : model_file_read_extras(path, m, &found, why, sizeof(why));
	if (!err && m->id != id)
		err = -ESTALE;
	if (!err) {
		*out = *m;
		*extras = found;
		found = (struct model_extras){ 0 };
	}
	model_extras_free(&found);
	free(m);
	return err;
}
