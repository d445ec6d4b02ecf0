// SPDX-License-Identifier: BSD-2-Clause
/* The pin of a datapath's codes stays while its program is there, whatever another datapath does. */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include "agent_fixture.h"
#include "model_code_pin.h"

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
	};

	frags_too = true;
	return cmocka_run_group_tests_name("pin", tests, pins_take, agent_leave);
}
