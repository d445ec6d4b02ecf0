// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "datapath.h"
#include "pins.h"

#define BPF_FOLDER "/sys/fs/bpf"
#define DEPTH_MOST 4 /* below it: `ip` pins in tc/globals */
#define PATH_SIZE (PINS_PATH_SIZE + 64)
#define NAME_BEGINS "hr_"

/* Opens what is pinned at that path, if it is a map whose own name begins so. Returns a descriptor, or -1. */
static int map_open(const char *path, const char *name, struct bpf_map_info *info)
{
	__u32 size = sizeof(*info);
	int fd = bpf_obj_get(path);

	*info = (struct bpf_map_info){ 0 };
	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, info, &size) && !strncmp(info->name, name, strlen(name)))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool settings_enforce(const char *folder)
{
	char path[PATH_SIZE];
	struct bpf_map_info info;
	struct settings s = { 0 };
	__u32 zero = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, datapath_map_name(DATAPATH_SETTINGS));
	fd = map_open(path, datapath_map_name(DATAPATH_SETTINGS), &info);
	if (fd < 0)
		return false;
	if (info.value_size == sizeof(s))
		bpf_map_lookup_elem(fd, &zero, &s);
	close(fd);
	return s.generation && s.mode == MODE_ENFORCE;
}

/* True when tables are pinned beside this table of flows. */
static bool pins_read(const FTSENT *entry, struct pins *out)
{
	const char *name = datapath_map_name(DATAPATH_FLOWS);
	size_t length = entry->fts_pathlen - entry->fts_namelen - 1;
	struct bpf_map_info info;
	int fd;

	if (entry->fts_info != FTS_F || strcmp(entry->fts_name, name) || length >= sizeof(out->folder))
		return false;
	fd = map_open(entry->fts_path, name, &info);
	if (fd < 0)
		return false;
	close(fd);
	*out = (struct pins){ .flows_id = info.id };
	memcpy(out->folder, entry->fts_path, length);
	out->enforces = settings_enforce(out->folder);
	return true;
}

int pins_find(struct pins *out)
{
	char *const roots[] = { BPF_FOLDER, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	FTSENT *entry;
	int count = 0;

	while (tree && count < PINS_MAX && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_D && entry->fts_level >= DEPTH_MOST)
			fts_set(tree, entry, FTS_SKIP);
		count += pins_read(entry, &out[count]);
	}
	if (tree)
		fts_close(tree);
	return count;
}

int pins_remove(const struct pins *p)
{
	DIR *folder = opendir(p->folder);
	struct bpf_map_info info;
	struct dirent *entry;
	char path[PATH_SIZE];
	int removed = 0;

	while (folder && (entry = readdir(folder))) {
		int fd;

		if (strncmp(entry->d_name, NAME_BEGINS, strlen(NAME_BEGINS)) ||
		    snprintf(path, sizeof(path), "%s/%s", p->folder, entry->d_name) >= (int)sizeof(path))
			continue;
		fd = map_open(path, NAME_BEGINS, &info);
		if (fd < 0)
			continue;
		close(fd);
		removed += !unlink(path);
	}
	if (folder)
		closedir(folder);
	return removed;
}
