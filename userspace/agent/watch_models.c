// SPDX-License-Identifier: BSD-2-Clause
/* Which models and settings are in force, as far as the running agent has to know. */
#include <errno.h>
#include <stdlib.h>
#include "clock.h"
#include "model_slots.h"
#include "settings_store.h"
#include "watch.h"

int watch_learn_challenger(struct watch *w, const struct settings *s)
{
	struct model *m;

	w->challenger_id = 0;
	if (!s->shadow)
		return 0;
	m = slot_read(&w->dp, s->shadow - 1);
	if (!m)
		return -errno;
	w->challenger_id = m->id;
	class_names_learn(&w->classes, m);
	explainer_learn(&w->explainer, ARM_CHALLENGER, m);
	free(m);
	return 0;
}

int watch_refresh(struct watch *w)
{
	struct settings s;
	int err = settings_read(&w->dp, &s);

	if (!err)
		err = engine_refresh(&w->engine, &s, safety_suspends(&s, w->safety, clock_monotonic_ns()) == SUSPENDED_WARM_UP);
	if (!err && s.shadow_since != w->settings.shadow_since)
		err = watch_learn_challenger(w, &s);
	if (err) {
		watch_tell_trouble(w, "settings and model", err);
		return err;
	}
	w->settings = s;
	w->model_id = w->engine.model ? w->engine.model->id : 0;
	if (w->engine.model)
		class_names_learn(&w->classes, w->engine.model);
	explainer_learn(&w->explainer, ARM_CHAMPION, w->engine.model);
	return 0;
}
