// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include "clock.h"
#include "log.h"
#include "model_slots.h"
#include "safety_state.h"
#include "scope_store.h"
#include "settings_store.h"
#include "suspended_tell.h"

const char *suspended_find(const struct datapath *dp, char *text)
{
	struct safety *safety = safety_open(dp);
	struct settings s;

	*text = 0;
	if (safety && !settings_read(dp, &s) && datapath_enforces(dp, &s)) {
		struct model *m = slot_read(dp, s.model_slot);

		safety_print(&s, safety, m && m->id, clock_monotonic_ns(), text);
		free(m);
	}
	safety_close(safety);
	return text;
}

void suspended_tell(const struct datapath *dp)
{
	char text[SAFETY_TEXT_SIZE];

	if (*suspended_find(dp, text))
		log_info("%s", text);
}
