// SPDX-License-Identifier: BSD-2-Clause
/* What a datapath needs outside of itself stays while it is there: the pin of its codes, the files of its models. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "agent_fixture.h"
#include "model_code_pin.h"
#include "model_kept.h"
#include "models.h"

static bool pin_is_there(const struct datapath *of)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/fs/bpf/hedgerow/codes-%u", of->map_id[DATAPATH_CODES]);
	return !access(path, F_OK);
}

static void pin_stays_when_another_datapath_pins_and_goes(void **state)
{
	struct datapath frags = datapath_none();

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(datapath_take(&frags, dup(bpf_program__fd(skel->progs.hedgerow_frags)), "frags"), 0);
	assert_int_equal(model_code_pin(&frags), 0);
	assert_int_equal(model_code_pin(&dp), 0);
	assert_true(pin_is_there(&frags));
	assert_true(pin_is_there(&dp));
	model_code_unpin(&dp);
	assert_true(pin_is_there(&frags));
	assert_false(pin_is_there(&dp));
	model_code_unpin(&frags);
	assert_false(pin_is_there(&frags));
	datapath_close(&frags);
}

/* The sweep needs a descriptor for its folder and one for each program: leaves it the first alone. */
static void pin_stays_when_programs_cannot_be_looked_at(void **state)
{
	struct datapath frags = datapath_none();
	struct rlimit before, tight;
	int lowest;

	(void)state;
	NEEDS_ROOT();
	assert_int_equal(datapath_take(&frags, dup(bpf_program__fd(skel->progs.hedgerow_frags)), "frags"), 0);
	assert_int_equal(model_code_pin(&frags), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	lowest = open("/dev/null", O_RDONLY);
	assert_true(lowest >= 0);
	close(lowest);
	tight = (struct rlimit){ lowest + 1, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	model_code_pin(&dp);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(pin_is_there(&frags));
	model_code_unpin(&dp);
	model_code_unpin(&frags);
	datapath_close(&frags);
}

/* Each is a second younger than the one before, and older than the next while that is kept. */
static void model_keep(__u32 id)
{
	static time_t second = 1;
	struct timespec times[] = { { .tv_sec = second }, { .tv_sec = second } };
	char path[64];

	model_kept_add(&(struct model){ .id = id }, "/dev/null");
	snprintf(path, sizeof(path), MODEL_KEPT_FOLDER "%08x.hgm", id);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	second++;
}

static bool model_is_kept(__u32 id)
{
	char path[64];

	snprintf(path, sizeof(path), MODEL_KEPT_FOLDER "%08x.hgm", id);
	return !access(path, F_OK);
}

/* The file alone has a forest's trees, and a datapath may go back to one that was loaded long ago. */
static void files_of_models_in_slots_stay_however_many_come(void **state)
{
	struct model *old = model_stump(0xf1, FEATURE_fpk, 9, 0, 10), *now = model_stump(0xf2, FEATURE_fpk, 9, 0, 10);
	const unsigned int rest = 0xe00;

	(void)state;
	NEEDS_ROOT();
	mkdir("/var/lib/hedgerow", 0755);
	assert_int_equal(mount("ours", "/var/lib/hedgerow", "tmpfs", 0, NULL), 0);
	model_load(old);
	model_load(now);
	model_keep(0xf0); /* in no slot */
	model_keep(0xf1);
	model_keep(0xf2);
	for (int i = 0; i < MODEL_KEPT_MAX; i++)
		model_keep(rest + i);
	assert_false(model_is_kept(0xf0));
	assert_true(model_is_kept(0xf1));
	assert_true(model_is_kept(0xf2));
	assert_true(model_is_kept(rest));
	model_keep(rest + MODEL_KEPT_MAX);
	assert_false(model_is_kept(rest));
	assert_true(model_is_kept(0xf1));
	assert_int_equal(umount("/var/lib/hedgerow"), 0);
	free(old);
	free(now);
}

/* Pins of its own, so that the machine's stay as they are. */
static int pins_take(void **state)
{
	const unsigned long ours = MS_REC | MS_PRIVATE;

	/* In a changed root / is no mount, but /sys is. */
	if (!geteuid() && (unshare(CLONE_NEWNS) ||
			   (mount("none", "/", NULL, ours, NULL) && mount("none", "/sys", NULL, ours, NULL)) ||
			   mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL)))
		return -1;
	return agent_take(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(pin_stays_when_another_datapath_pins_and_goes, datapath_reset),
		cmocka_unit_test_setup(pin_stays_when_programs_cannot_be_looked_at, datapath_reset),
		cmocka_unit_test_setup(files_of_models_in_slots_stay_however_many_come, datapath_reset),
	};

	frags_too = true;
	return cmocka_run_group_tests_name("pin", tests, pins_take, agent_leave);
}
