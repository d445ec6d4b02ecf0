// SPDX-License-Identifier: BSD-2-Clause
#include "answers.h"
#include "attach.h"
#include "clock.h"
#include "source_blocks.h"

/* Flows and hosts look unanswered that were not: what was held against them does not count. */
static void answers_are_back(const struct datapath *dp, struct settings *s, enum one_way now)
{
	if (s->one_way == ONE_WAY_LOST) {
		source_blocks_forget(dp);
		s->watched_since_ns = clock_monotonic_ns();
	}
	s->one_way = now;
}

void answers_find(const struct datapath *dp, struct settings *s)
{
	if (!attachments_are_one_way(dp))
		answers_are_back(dp, s, ONE_WAY_NOT);
	else if (s->one_way == ONE_WAY_NOT)
		s->one_way = ONE_WAY_EVER;
}

static int answers_change(const struct datapath *dp, bool lost)
{
	struct settings s;
	int lock = settings_change_begin(dp, &s);

	if (lock < 0)
		return lock;
	if (lost)
		s.one_way = ONE_WAY_LOST;
	else
		answers_are_back(dp, &s, attachments_are_one_way(dp) ? ONE_WAY_EVER : ONE_WAY_NOT);
	return settings_change_end(dp, lock, &s);
}

int answers_lose(const struct datapath *dp)
{
	return answers_change(dp, true);
}

int answers_regain(const struct datapath *dp)
{
	return answers_change(dp, false);
}
