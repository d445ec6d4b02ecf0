// SPDX-License-Identifier: BSD-2-Clause
/* The agent's sign of life, and what the operator hears of the breaker and of verdicts that are not enforced. */
#include <errno.h>
#include <string.h>
#include "clock.h"
#include "log.h"
#include "scope_store.h"
#include "watch.h"

/* Alive until the next poll is due: how long silence may last beyond it is for --dead-after to say. */
static void alive_tell(struct watch *w)
{
	__atomic_store_n(&w->safety->agent_ns, w->now_ns + w->poll_ns, __ATOMIC_RELEASE);
}

int watch_safety_begin(struct watch *w)
{
	w->safety = safety_open(&w->dp);
	if (!w->safety) {
		int err = -errno;

		log_error("the agent cannot share its state with the program: %s", strerror(-err));
		return err;
	}
	w->now_ns = clock_monotonic_ns();
	alive_tell(w);
	return 0;
}

static const char *const states[SUSPENSIONS] = {
	[SUSPENDED_NOT] = "enforcing",
	[SUSPENDED_WARM_UP] = "warming_up",
	[SUSPENDED_DEAD_AGENT] = "agent_dead",
	[SUSPENDED_BREAKER] = "breaker_tripped",
	[SUSPENDED_COMPANION] = "answers_lost",
};

static void suspension_tell(struct watch *w, enum suspension now)
{
	char text[SAFETY_TEXT_SIZE];

	if (now == w->suspension || !datapath_enforces(&w->dp, &w->settings))
		return;
	w->suspension = now;
	watch_log_state(w, states[now], NULL);
	safety_print(&w->settings, w->safety, w->model_id, w->now_ns, text);
	if (now == SUSPENDED_BREAKER)
		log_error("%s", text);
	else if (now == SUSPENDED_NOT)
		log_info("verdicts are enforced from now on");
	else if (now != SUSPENDED_COMPANION && *text) /* the companion: said when it was found */
		log_info("%s", text);
}

void watch_safety_poll(struct watch *w)
{
	__u32 limit;

	if (!w->safety)
		return;
	alive_tell(w);
	limit = breaker_history_limit(&w->breaker, w->safety, w->now_ns, w->settings.breaker_permille);
	__atomic_store_n(&w->safety->limit_permille, limit, __ATOMIC_RELEASE);
	suspension_tell(w, safety_suspends(&w->settings, w->safety, w->now_ns));
}

void watch_safety_end(struct watch *w)
{
	if (w->safety)
		__atomic_store_n(&w->safety->agent_ns, 0, __ATOMIC_RELEASE); /* from now on none is expected */
	safety_close(w->safety);
	w->safety = NULL;
}
