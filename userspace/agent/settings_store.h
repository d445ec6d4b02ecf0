/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and changing the settings of a running datapath, one change at a time. */
#ifndef SETTINGS_STORE_H
#define SETTINGS_STORE_H

#include "datapath.h"
#include "names.h"

extern const char *const timeout_names[TIMEOUTS]; /* as in --timeout-NAME */

/* The settings in force; the defaults while no packet and no agent has written any. */
int settings_read(const struct datapath *dp, struct settings *out);

/*
 * A change is what stands between the two: begin takes the lock of all changes and reads, end writes what differs,
 * moves the generation on and makes verdicts void when mode, engine or model are others, or lost answers are seen again. end(…, NULL) writes nothing.
 * Begin returns a lock (0 or more) that end gives back, or a negative errno. Neither logs.
 */
int settings_change_begin(const struct datapath *dp, struct settings *out);
int settings_change_end(const struct datapath *dp, int lock, const struct settings *changed);

/* Ends a change and moves the generation on, even when nothing differs: the lists did change. */
int settings_change_announce(const struct datapath *dp, int lock, const struct settings *changed);

/* Moves the generation on, so that flows look at lists and verdicts again. */
int settings_touch(const struct datapath *dp);

#endif
