/* SPDX-License-Identifier: BSD-2-Clause */
/* What held the model back: why a packet passed that belongs to a flow which its model condemned. */
#ifndef HELD_H
#define HELD_H

#include <jansson.h>
#include "event.h"

/* Before these come the values of enum suspension: what suspends verdicts holds them, too. */
enum held {
	HELD_NOT = SUSPENDED_NOT,
	HELD_MONITOR = SUSPENSIONS, /* the mode of the settings */
	HELD_SCOPE,		    /* the mode of the flow's scope */
	HELD_GUARD,
	HELD_POLICY,		    /* `log` */
	HELD_RATE,
	HELD_COUNT
};

/*
 * Of a verdict, or of an alert's last one, as far as these say. `settings` are those of the last poll; `safety` may be NULL.
 * HELD_NOT: nothing did, or there is no telling; of a verdict `log` with a reason then the evidence, or the policy of a scope.
 */
enum held held_of_event(const struct event *e, const struct settings *settings, const struct safety *safety);
enum held held_of_alert(const struct alert_key *key, const struct alert *a, const struct settings *settings,
			const struct safety *safety);

/* Says it in a line of the log, `held_by`; nothing for HELD_NOT. `line` may be NULL. */
void held_add(json_t *line, enum held held);

/* What such a line's name for it means; NULL for any other. */
const char *held_text(const char *name);

#endif
