// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "datapath.h"
#include "log.h"
#include "xdp_find.h"

#define LOCK_PATH "/run/hedgerow.lock"

struct map_form {
	const char *name;
	__u32 key_size, value_size;
};

static const struct map_form map_forms[DATAPATH_MAP_COUNT] = {
#define X(id, name, key_size, value_size) { name, key_size, value_size },
	DATAPATH_MAPS(X)
#undef X
};

/* In place of its own in the program for frames of more than one buffer. */
static const struct map_form codes_of_frags = { "hr_codes_frags", sizeof(__u32), sizeof(__u32) };

const char *datapath_map_name(enum datapath_map map)
{
	return map_forms[map].name;
}

struct datapath datapath_none(void)
{
	struct datapath dp = { .xdp_prog = -1 };

	for (int i = 0; i < DATAPATH_MAP_COUNT; i++)
		dp.map[i] = -1;
	return dp;
}

const char *datapath_strerror(int err)
{
	err = err < 0 ? -err : err;
	if (err == EPERM || err == EACCES)
		return "not permitted; needs root (the capabilities SYS_ADMIN, BPF and NET_ADMIN)";
	return strerror(err);
}

int datapath_lock(void)
{
	int fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX)) {
		if (errno != EINTR) {
			int err = -errno;

			close(fd);
			return err;
		}
	}
	return fd;
}

void datapath_close(struct datapath *dp)
{
	if (dp->xdp_prog >= 0)
		close(dp->xdp_prog);
	for (int i = 0; i < DATAPATH_MAP_COUNT; i++)
		if (dp->map[i] >= 0)
			close(dp->map[i]);
	*dp = datapath_none();
}

struct program {
	struct bpf_prog_info info;
	__u32 map_ids[DATAPATH_PROGRAM_MAPS_MAX];
};

static int program_read(int fd, struct program *out)
{
	__u32 size = sizeof(out->info);

	*out = (struct program){ 0 };
	out->info.nr_map_ids = DATAPATH_PROGRAM_MAPS_MAX;
	out->info.map_ids = (uintptr_t)out->map_ids;
	if (bpf_obj_get_info_by_fd(fd, &out->info, &size))
		return -errno;
	if (out->info.nr_map_ids > DATAPATH_PROGRAM_MAPS_MAX)
		out->info.nr_map_ids = DATAPATH_PROGRAM_MAPS_MAX;
	return 0;
}

static int program_read_by_id(__u32 id, struct program *out)
{
	int fd = bpf_prog_get_fd_by_id(id), err;

	if (fd < 0)
		return -errno;
	err = program_read(fd, out);
	close(fd);
	return err;
}

static bool program_uses_map(const struct program *p, __u32 map_id)
{
	for (__u32 i = 0; i < p->info.nr_map_ids; i++)
		if (p->map_ids[i] == map_id)
			return true;
	return false;
}

bool datapath_has_program(const struct datapath *dp, __u32 program_id)
{
	struct program p;

	return !program_read_by_id(program_id, &p) && program_uses_map(&p, dp->map_id[DATAPATH_FLOWS]);
}

/* Opens the program's map of that form. Returns an fd, -ENOENT, or -EPROTO for one of the name but another shape. */
static int program_map_open(const struct program *p, const struct map_form *form, struct bpf_map_info *info)
{
	for (__u32 i = 0; i < p->info.nr_map_ids; i++) {
		int fd = bpf_map_get_fd_by_id(p->map_ids[i]);
		__u32 size = sizeof(*info);

		if (fd < 0)
			return -errno;
		*info = (struct bpf_map_info){ 0 };
		if (bpf_obj_get_info_by_fd(fd, info, &size) || strncmp(info->name, form->name, BPF_OBJ_NAME_LEN - 1)) {
			close(fd);
			continue;
		}
		if (info->key_size == form->key_size &&
		    (info->value_size == form->value_size || form->value_size == DATAPATH_ANY_SIZE))
			return fd;
		close(fd);
		return -EPROTO;
	}
	return -ENOENT;
}

static int datapath_map_open(struct datapath *dp, const struct program *p, enum datapath_map map, const char *what)
{
	const struct map_form *form = map == DATAPATH_CODES && dp->frags ? &codes_of_frags : &map_forms[map];
	struct bpf_map_info info;
	int fd = program_map_open(p, form, &info);

	if (fd == -ENOENT && map == DATAPATH_CODES && dp->extension)
		return 0;
	if (fd == -ENOENT || fd == -EPROTO) {
		log_error("%s: its table %s is %s: another version's program; detach it, then attach this one", what,
			  form->name, fd == -ENOENT ? "missing" : "of another shape");
		return -EPROTO;
	}
	if (fd < 0) {
		log_error("%s: table %s: %s", what, form->name, datapath_strerror(fd));
		return fd;
	}
	dp->map[map] = fd;
	dp->map_id[map] = info.id;
	dp->max_entries[map] = info.max_entries;
	return 0;
}

int datapath_take(struct datapath *out, int prog_fd, const char *what)
{
	struct datapath dp = datapath_none();
	struct agent_state state;
	struct program p;
	int err, lock;

	dp.xdp_prog = prog_fd;
	err = lock = datapath_lock();
	if (lock < 0) {
		log_error("%s: %s", LOCK_PATH, datapath_strerror(lock));
		goto out;
	}
	err = program_read(prog_fd, &p);
	if (err) {
		log_error("%s: %s", what, datapath_strerror(err));
		goto out;
	}
	dp.xdp_id = p.info.id;
	dp.frags = !strcmp(p.info.name, DATAPATH_FRAGS_NAME);
	dp.extension = p.info.type == BPF_PROG_TYPE_EXT;
	dp.loaded_ns = p.info.load_time;
	for (int i = 0; i < DATAPATH_MAP_COUNT && !err; i++)
		err = datapath_map_open(&dp, &p, i, what);
	if (err)
		goto out;
	if (!agent_state_read(&dp, &state))
		memcpy(dp.instance, state.instance, sizeof(dp.instance));
	*out = dp;
	dp = datapath_none();
out:
	if (lock >= 0)
		close(lock);
	datapath_close(&dp);
	return err;
}

int agent_state_write(const struct datapath *dp, const struct agent_state *state)
{
	__u32 zero = 0;

	return bpf_map_update_elem(dp->map[DATAPATH_AGENT], &zero, state, BPF_ANY) ? -errno : 0;
}

int agent_state_read(const struct datapath *dp, struct agent_state *state)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(dp->map[DATAPATH_AGENT], &zero, state) ? -errno : 0;
}
