// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "map_use.h"
#include "model_code_pin.h"

#define PIN_FOLDER "/sys/fs/bpf/hedgerow"
#define PIN_NAME "codes-%u" /* and the id of the map */
#define PIN_PATH_SIZE 64

static void pin_path(char out[PIN_PATH_SIZE], __u32 map_id)
{
	snprintf(out, PIN_PATH_SIZE, PIN_FOLDER "/" PIN_NAME, map_id);
}

void model_code_pins_sweep(void)
{
	DIR *folder = opendir(PIN_FOLDER);
	struct dirent *entry;
	char path[PIN_PATH_SIZE];
	__u32 map_id;

	while (folder && (entry = readdir(folder))) {
		if (sscanf(entry->d_name, PIN_NAME, &map_id) != 1 || map_is_in_use(map_id, 0))
			continue;
		pin_path(path, map_id);
		unlink(path);
	}
	if (folder)
		closedir(folder);
	rmdir(PIN_FOLDER);
}

int model_code_pin(const struct datapath *dp)
{
	char path[PIN_PATH_SIZE];

	if (dp->map[DATAPATH_CODES] < 0)
		return 0;
	model_code_pins_sweep();
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
