// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "clock.h"
#include "log.h"
#include "safety_state.h"
#include "settings_store.h"
#include "source_blocks.h"

struct safety *safety_open(const struct datapath *dp)
{
	void *at = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, dp->map[DATAPATH_SAFETY], 0);

	return at == MAP_FAILED ? NULL : at;
}

void safety_close(struct safety *safety)
{
	if (safety)
		munmap(safety, sysconf(_SC_PAGESIZE));
}

void safety_rearm(const struct datapath *dp)
{
	struct safety *safety = safety_open(dp);

	if (safety && safety->tripped_ns) {
		for (int i = 0; i < 2; i++)
			safety->judged[i] = safety->condemned[i] = 0;
		source_blocks_forget(dp); /* what it ended does not come back */
		__atomic_store_n(&safety->tripped_ns, 0, __ATOMIC_RELEASE);
		log_info("the breaker is set again");
	}
	safety_close(safety);
}

int safety_begin_watching(const struct datapath *dp)
{
	struct settings s;
	int lock = settings_change_begin(dp, &s);

	if (lock < 0)
		return lock;
	s.watched_since_ns = clock_monotonic_ns();
	return settings_change_end(dp, lock, &s);
}

const char *safety_print(const struct settings *s, const struct safety *safety, bool has_model, __u64 now_ns, char *text)
{
	*text = 0;
	switch (safety_suspends(s, safety, now_ns)) {
	case SUSPENDED_WARM_UP:
		if (!has_model)
			break;
		snprintf(text, SAFETY_TEXT_SIZE, "warming up: verdicts are enforced in %.0f s, blocks are now",
			 (safety_watched_since_ns(s, safety) + s->warm_up_ns - now_ns) / 1e9);
		break;
	case SUSPENDED_DEAD_AGENT:
		snprintf(text, SAFETY_TEXT_SIZE, "the agent gave no sign of life for %.0f s: verdicts are not enforced, blocks are",
			 (now_ns - safety->agent_ns) / 1e9);
		break;
	case SUSPENDED_BREAKER:
		snprintf(text, SAFETY_TEXT_SIZE,
			 "the breaker tripped %.0f s ago: %u of %u flows that had come to something were condemned; verdicts "
			 "are enforced nowhere, in no scope, blocks are, until: hedgerow settings --mode %s",
			 (now_ns - safety->tripped_ns) / 1e9, safety->tripped_condemned, safety->tripped_judged,
			 mode_name(s->mode));
		break;
	case SUSPENDED_COMPANION:
		snprintf(text, SAFETY_TEXT_SIZE,
			 "the egress companion is gone, honest flows look unanswered: verdicts are not enforced, blocks are");
		break;
	default:
		break;
	}
	return text;
}

#define MINUTE_NS (60 * SECOND_NS)
#define HISTORY_LEAST 10

__u32 breaker_history_limit(struct breaker_history *h, const struct safety *safety, __u64 now_ns, __u32 most)
{
	__u64 minute = now_ns / MINUTE_NS + 1, judged = 0, condemned = 0, limit;
	int known = 0;

	if (minute != h->minute && h->minute) {
		h->judged[h->minute % HISTORY_MINUTES] = safety->judged_ever - h->judged_before;
		h->condemned[h->minute % HISTORY_MINUTES] = safety->condemned_ever - h->condemned_before;
		for (__u64 empty = h->minute + 1; empty < minute && empty < h->minute + HISTORY_MINUTES; empty++)
			h->judged[empty % HISTORY_MINUTES] = h->condemned[empty % HISTORY_MINUTES] = 0;
	}
	if (minute != h->minute) {
		h->minute = minute;
		h->judged_before = safety->judged_ever;
		h->condemned_before = safety->condemned_ever;
	}
	for (int i = 0; i < HISTORY_MINUTES; i++) {
		known += h->judged[i] > 0;
		judged += h->judged[i];
		condemned += h->condemned[i];
	}
	if (known < HISTORY_LEAST)
		return most;
	limit = 4 * 1000 * condemned / judged;
	if (limit < BREAKER_LEAST_PERMILLE)
		limit = BREAKER_LEAST_PERMILLE;
	return limit < most ? limit : most;
}
