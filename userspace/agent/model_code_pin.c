// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "model_code_pin.h"
#include "xdp_find.h"

#define PIN_FOLDER "/sys/fs/bpf/hedgerow"
#define PIN_NAME "codes-%u" /* and the id of the map */
#define PIN_PATH_SIZE 64

static void pin_path(char out[PIN_PATH_SIZE], __u32 map_id)
{
	snprintf(out, PIN_PATH_SIZE, PIN_FOLDER "/" PIN_NAME, map_id);
}

/* True when a datapath program with this id works on the map, or when that cannot be told. */
static bool program_uses(__u32 program_id, __u32 map_id)
{
	__u32 ids[DATAPATH_PROGRAM_MAPS_MAX], size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .nr_map_ids = DATAPATH_PROGRAM_MAPS_MAX, .map_ids = (uintptr_t)ids };
	int fd = bpf_prog_get_fd_by_id(program_id);
	bool uses = false;

	if (fd < 0)
		return errno != ENOENT; /* gone meanwhile; without room for a descriptor its map may well be in use */
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && (!strcmp(info.name, DATAPATH_PROGRAM_NAME) ||
							!strcmp(info.name, DATAPATH_FRAGS_NAME)))
		for (__u32 i = 0; i < info.nr_map_ids && i < DATAPATH_PROGRAM_MAPS_MAX; i++)
			uses |= ids[i] == map_id;
	close(fd);
	return uses;
}

static bool map_is_in_use(__u32 map_id)
{
	__u32 id = 0;

	while (!bpf_prog_get_next_id(id, &id))
		if (program_uses(id, map_id))
			return true;
	return false;
}

/* Interfaces can vanish with a datapath, and then nobody unpins. */
static void pins_sweep(void)
{
	DIR *folder = opendir(PIN_FOLDER);
	struct dirent *entry;
	char path[PIN_PATH_SIZE];
	__u32 map_id;

	while (folder && (entry = readdir(folder))) {
		if (sscanf(entry->d_name, PIN_NAME, &map_id) != 1 || map_is_in_use(map_id))
			continue;
		pin_path(path, map_id);
		unlink(path);
	}
	if (folder)
		closedir(folder);
}

int model_code_pin(const struct datapath *dp)
{
	char path[PIN_PATH_SIZE];

	if (dp->map[DATAPATH_CODES] < 0)
		return 0;
	pins_sweep();
	mkdir(PIN_FOLDER, 0700);
	pin_path(path, dp->map_id[DATAPATH_CODES]);
	return bpf_obj_pin(dp->map[DATAPATH_CODES], path) && errno != EEXIST ? -errno : 0;
}

void model_code_unpin(const struct datapath *dp)
{
	char path[PIN_PATH_SIZE];

	if (dp->map[DATAPATH_CODES] < 0)
		return;
	pin_path(path, dp->map_id[DATAPATH_CODES]);
	unlink(path);
	rmdir(PIN_FOLDER);
}
