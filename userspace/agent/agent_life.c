// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include "agent_life.h"
#include "clock.h"

#define LATE_NS (2 * SECOND_NS) /* a poll may be so late on a busy machine; no more than the least --dead-after */

static const char *const names[AGENT_LIVES] = {
	[AGENT_NONE] = "none",
	[AGENT_RUNS] = "runs",
	[AGENT_SILENT] = "silent",
};

const char *agent_life_name(enum agent_life life)
{
	return names[life];
}

enum agent_life agent_life_of(const struct safety *safety, __u64 now_ns)
{
	if (!safety->agent_ns)
		return AGENT_NONE;
	return now_ns > safety->agent_ns && now_ns - safety->agent_ns > LATE_NS ? AGENT_SILENT : AGENT_RUNS;
}

__u64 agent_silent_ns(const struct safety *safety, __u64 now_ns)
{
	return agent_life_of(safety, now_ns) == AGENT_SILENT ? now_ns - safety->agent_ns : 0;
}

/* What --dead-agent does about it. */
static void consequence_print(const struct settings *s, __u64 silent_ns, char *text, size_t size)
{
	if (s->dead_agent != DEAD_AGENT_MONITOR)
		snprintf(text, size, "--dead-agent keep: the program goes on as it is");
	else if (silent_ns > s->dead_after_ns)
		snprintf(text, size, "--dead-agent monitor: the model's verdicts are enforced nowhere until one runs");
	else
		snprintf(text, size, "--dead-agent monitor: in %.0f s the model's verdicts are enforced nowhere",
			 (s->dead_after_ns - silent_ns) / 1e9);
}

const char *agent_life_print(const struct settings *s, const struct safety *safety, __u64 now_ns,
			     char text[AGENT_LIFE_TEXT_SIZE])
{
	const char *judges = s->engine == ENGINE_USER ? ", and engine user judges no flow" : "";
	__u64 silent_ns = agent_silent_ns(safety, now_ns);
	char since[CLOCK_TEXT_SIZE], then[AGENT_LIFE_TEXT_SIZE / 2];

	switch (agent_life_of(safety, now_ns)) {
	case AGENT_RUNS:
		snprintf(text, AGENT_LIFE_TEXT_SIZE, "runs");
		break;
	case AGENT_SILENT:
		consequence_print(s, silent_ns, then, sizeof(then));
		snprintf(text, AGENT_LIFE_TEXT_SIZE, "silent for %.0f s, since %s%s; %s", silent_ns / 1e9,
			 clock_print(clock_unix_from_monotonic(safety->agent_ns), since), judges, then);
		break;
	default:
		snprintf(text, AGENT_LIFE_TEXT_SIZE, "none: nobody writes the verdict log%s; to start one: hedgerow run --iface IF", judges);
	}
	return text;
}
