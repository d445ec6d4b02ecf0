// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "capture.h"
#include "capture_set.h"
#include "options.h"

#define FOLDERS_DEEP 16 /* a folder that holds itself ends there */
#define REPEAT_MAX 1000000

int overlay_parse(struct overlay *o, const char *option, const char *value)
{
	bool is_back = *value == '-';
	unsigned long long ns;
	char *end;
	double v;

	if (!strcmp(option, "--map-address")) {
		if (o->map_count == OVERLAY_MAPS_MAX || address_map_parse(value, &o->map[o->map_count]))
			return -EINVAL;
		o->map_count++;
		return 0;
	}
	if (!strcmp(option, "--shift")) {
		if (option_parse_seconds(value + is_back, &ns) || ns > 1ull << 62)
			return -EINVAL;
		o->shift_ns = is_back ? -(long long)ns : (long long)ns;
		return 0;
	}
	v = strtod(value, &end);
	if (end == value || *end || !isfinite(v) || v <= 0)
		return -EINVAL;
	if (!strcmp(option, "--rate") && v >= 1e-6 && v <= 1e6) {
		o->rate = v;
		return 0;
	}
	if (!strcmp(option, "--repeat") && v == floor(v) && v <= REPEAT_MAX) {
		o->repeat = v;
		return 0;
	}
	return -EINVAL;
}

static int plan_add(struct capture_set *set, const char *path, const struct overlay *overlay)
{
	struct capture_plan *more = reallocarray(set->plan, set->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	set->plan = more;
	more[set->count] = (struct capture_plan){ .path = strdup(path), .overlay = *overlay };
	if (!more[set->count].path)
		return -ENOMEM;
	set->count++;
	return 0;
}

static int folder_add(struct capture_set *set, const char *folder, const struct overlay *overlay, int deep)
{
	struct dirent **entry;
	int count = scandir(folder, &entry, NULL, alphasort), err = 0;

	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		char *path = NULL;
		struct stat st;

		if (!err && entry[i]->d_name[0] != '.' && asprintf(&path, "%s/%s", folder, entry[i]->d_name) < 0)
			err = -ENOMEM;
		if (!err && path && !stat(path, &st)) {
			if (S_ISDIR(st.st_mode))
				err = deep < FOLDERS_DEEP ? folder_add(set, path, overlay, deep + 1) : 0;
			else if (S_ISREG(st.st_mode) && capture_file_is_one(path))
				err = plan_add(set, path, overlay);
			else
				++*(file_unpacker(path) ? &set->packed : &set->passed_over);
		}
		free(path);
		free(entry[i]);
	}
	free(entry);
	return err;
}

/* One line of a list: a path, then options. `folder` is where the list is. */
static int line_add(struct capture_set *set, char *line, const char *folder, const struct overlay *overlay, char *why,
		    size_t why_size)
{
	struct overlay mine = *overlay;
	char *rest = line, *path, *option, *value, *full = NULL;
	const char *unpacker;
	struct stat st;
	int err;

	path = strsep(&rest, " \t");
	while ((option = strsep(&rest, " \t"))) {
		if (!*option)
			continue;
		value = strsep(&rest, " \t");
		if (!value || overlay_parse(&mine, option, value)) {
			snprintf(why, why_size, "'%s %s' will not do, wanted --shift SECONDS, --rate X, --repeat N or "
						"--map-address A=B",
				 option, value ? value : "");
			return -EINVAL;
		}
	}
	if (*path != '/' && asprintf(&full, "%s%s", folder, path) < 0)
		return -ENOMEM;
	path = full ? full : path;
	if (stat(path, &st)) {
		err = -errno;
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
	} else if (S_ISREG(st.st_mode) && (unpacker = file_unpacker(path))) {
		err = -EINVAL;
		snprintf(why, why_size, "%s: compressed; unpack it first: %s %s", path, unpacker, path);
	} else if (!S_ISDIR(st.st_mode) && !capture_file_is_one(path)) {
		err = -EINVAL;
		snprintf(why, why_size, "%s: neither a capture (pcap, pcapng) nor a folder", path);
	} else {
		err = S_ISDIR(st.st_mode) ? folder_add(set, path, &mine, 0) : plan_add(set, path, &mine);
	}
	free(full);
	return err;
}

/* A file none of whose lines would do was hardly meant to be a list. */
static void list_refuse(bool has_others, const char *list, unsigned int line, const char *reason, char *why, size_t size)
{
	if (has_others)
		snprintf(why, size, "%s:%u: %s", list, line, reason);
	else
		snprintf(why, size, "%s: no capture (pcap, pcapng); read as a list of captures, line %u: %s", list, line, reason);
}

static int list_add(struct capture_set *set, const char *list, const struct overlay *overlay, char *why,
		    size_t why_size)
{
	const char *slash = strrchr(list, '/');
	char *folder = strndup(list, slash ? slash - list + 1 : 0), *line = NULL, reason[CAPTURE_WHY] = "";
	FILE *file = fopen(list, "re");
	size_t size = 0, before = set->count;
	ssize_t length;
	int err = !file ? -errno : !folder ? -ENOMEM : 0;

	for (unsigned int number = 1; !err && (length = getline(&line, &size, file)) >= 0; number++) {
		if (memchr(line, 0, length)) {
			snprintf(reason, sizeof(reason), "not text");
			err = -EINVAL;
		} else {
			line[strcspn(line, "\r\n")] = 0;
			if (*line && *line != '#')
				err = line_add(set, line, folder, overlay, reason, sizeof(reason));
		}
		if (err && *reason)
			list_refuse(set->count > before, list, number, reason, why, why_size);
	}
	free(line);
	free(folder);
	if (file)
		fclose(file);
	return err;
}

int capture_set_add(struct capture_set *set, const char *operand, const struct overlay *overlay, char *why,
		    size_t why_size)
{
	size_t before = set->count, packed = set->packed;
	const char *unpacker;
	struct stat st;
	int err;

	*why = 0;
	if (stat(operand, &st))
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = folder_add(set, operand, overlay, 0);
	else if (capture_file_is_one(operand))
		err = plan_add(set, operand, overlay);
	else if (S_ISREG(st.st_mode) && (unpacker = file_unpacker(operand))) {
		err = -EINVAL;
		snprintf(why, why_size, "%s: compressed; unpack it first: %s %s", operand, unpacker, operand);
	} else {
		err = list_add(set, operand, overlay, why, why_size);
	}
	if (!err && set->count == before) {
		err = -ENODATA;
		snprintf(why, why_size, "%s: no captures (pcap, pcapng) there%s", operand,
			 set->packed > packed ? ", but compressed files: unpack them first" : "");
	}
	if (err && !*why)
		snprintf(why, why_size, "%s: %s", operand, strerror(-err));
	return err;
}

void capture_set_free(struct capture_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->plan[i].path);
	free(set->plan);
	*set = (struct capture_set){ 0 };
}
