// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include "clock.h"
#include "settings_store.h"
#include "shadow_counts.h"

const char *const timeout_names[TIMEOUTS] = {
	[TIMEOUT_TCP] = "tcp", [TIMEOUT_TCP_OPENING] = "tcp-opening", [TIMEOUT_TCP_CLOSED] = "tcp-closed",
	[TIMEOUT_UDP] = "udp", [TIMEOUT_ICMP] = "icmp",		      [TIMEOUT_OTHER] = "other",
};

int settings_read(const struct datapath *dp, struct settings *out)
{
	struct settings s;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(dp->map[DATAPATH_SETTINGS], &zero, &s))
		return -errno;
	if (!s.generation) {
		settings_defaults(&s);
		s.watched_since_ns = clock_monotonic_ns(); /* as the first packet would have it */
	}
	*out = s;
	return 0;
}

static int settings_write(const struct datapath *dp, const struct settings *s)
{
	__u32 zero = 0;

	return bpf_map_update_elem(dp->map[DATAPATH_SETTINGS], &zero, s, BPF_ANY) ? -errno : 0;
}

int settings_change_begin(const struct datapath *dp, struct settings *out)
{
	int lock = datapath_lock(), err;

	if (lock < 0)
		return lock;
	err = settings_read(dp, out);
	if (err) {
		close(lock);
		return err;
	}
	return lock;
}

static __u32 generation_after(__u32 generation)
{
	return generation + 1 ? generation + 1 : 1;
}

/* True when other flows than before are compared, or by other models. */
static bool duel_is_another(const struct settings *a, const struct settings *b)
{
	return a->model_slot != b->model_slot || a->shadow != b->shadow || a->split != b->split;
}

/* Notes that settings are being written, or that they are; and with them, when the comparison began that they begin. */
static int publishing_note(const struct datapath *dp, __u32 is_on, bool compares_anew)
{
	struct agent_state state;
	int err = agent_state_read(dp, &state);

	if (err)
		return err;
	state.publishing = is_on;
	if (compares_anew)
		state.compared_from = time(NULL);
	return agent_state_write(dp, &state);
}

/* True when somebody died between the two writes below: what is in force may be new to flows that do not know of it. */
static bool publishing_was_cut_short(const struct datapath *dp)
{
	struct agent_state state;

	return !agent_state_read(dp, &state) && state.publishing;
}

/*
 * The kernel copies the struct word by word while packets run. So what changed goes first, under the old generation; the
 * word with the new one then makes flows look at all of it. Enforcement begins behind that: what monitor mode condemned
 * under the old generation is void by then. The kernel's own word stays as it is, but for a block that begins this very
 * moment: the source's next condemned flow makes up for that. `again`: who wrote before died in between, so verdicts of
 * before what is in force now may still stand, and counts of other models: they are void.
 */
static int settings_publish(const struct datapath *dp, const struct settings *now, const struct settings *changed, bool again)
{
	bool compares_anew = again || duel_is_another(changed, now);
	bool begins = changed->mode == MODE_ENFORCE && now->mode != MODE_ENFORCE;
	struct settings s = *changed;
	int err = publishing_note(dp, 1, false);

	if (err)
		return err;
	if (begins)
		s.mode = now->mode;
	s.generation = now->generation;
	s.voided_at = now->voided_at;
	s.shadow_since = compares_anew ? generation_after(now->generation) : now->shadow_since;
	s.blocks_until_ns = now->blocks_until_ns;
	err = settings_write(dp, &s);
	if (err)
		return err;
	s.generation = generation_after(now->generation);
	if (again || changed->mode != now->mode || s.engine != now->engine || s.model_slot != now->model_slot ||
	    s.end_host != now->end_host || (s.one_way != now->one_way && now->one_way == ONE_WAY_LOST) ||
	    memcmp(s.response, now->response, sizeof(s.response)))
		s.voided_at = s.generation;
	err = settings_write(dp, &s);
	s.mode = changed->mode;
	if (!err && begins)
		err = settings_write(dp, &s);
	return err ?: publishing_note(dp, 0, compares_anew);
}

/*
 * Waits until no packet looks at a model that was in force or challenged it: programs run within RCU, and this system call returns
 * when all that were running have ended. Where a kernel has it not, a second is longer than any packet takes.
 */
static void grace_wait(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		sleep(1);
}

static int change_end(const struct datapath *dp, int lock, const struct settings *changed, bool anyway)
{
	bool again = publishing_was_cut_short(dp);
	struct settings now, same;
	int err = settings_read(dp, &now);

	if (err)
		goto out;
	same = *changed;
	same.generation = now.generation;
	same.voided_at = now.voided_at;
	same.shadow_since = now.shadow_since;
	same.blocks_until_ns = now.blocks_until_ns;
	if (again)
		shadow_counts_forget(dp, 0); /* which is the generation of none */
	if (anyway || again || memcmp(&same, &now, sizeof(now)))
		err = settings_publish(dp, &now, changed, again);
	if (!err && (again || duel_is_another(&now, changed))) {
		grace_wait(); /* under the lock: who comes next may write every slot but those in use */
		shadow_counts_forget(dp, generation_after(now.generation));
	}
out:
	close(lock);
	return err;
}

int settings_change_end(const struct datapath *dp, int lock, const struct settings *changed)
{
	if (changed)
		return change_end(dp, lock, changed, false);
	close(lock);
	return 0;
}

int settings_change_announce(const struct datapath *dp, int lock, const struct settings *changed)
{
	return change_end(dp, lock, changed, true);
}

int settings_touch(const struct datapath *dp)
{
	struct settings s;
	int lock = settings_change_begin(dp, &s);

	return lock < 0 ? lock : settings_change_announce(dp, lock, &s);
}
