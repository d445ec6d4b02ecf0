// SPDX-License-Identifier: BSD-2-Clause
#include "watch.h"

void watch_log_state(struct watch *w, const char *state, const char *iface)
{
	verdict_log_write(&w->log, eve_from_state(state, iface, &w->settings, w->model_id, w->challenger_id), 0);
}
