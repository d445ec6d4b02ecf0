/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datapath that a replay feeds: the host's alone, or the host's and the kernel's side by side. Then the listener
 * hears the kernel, and every event, vector, action, record and counter of one that is not the other's is a difference.
 */
#ifndef TWIN_H
#define TWIN_H

#include "native.h"

#define TWIN_EVENTS_MAX 8 /* that one packet can cause */
#define TWIN_EVENT_SIZE 1024

struct kernel;

struct twin {
	struct kernel *kernel; /* NULL: the host alone */
	struct native_listener listener;
	struct twin_told {
		size_t size;
		unsigned char bytes[TWIN_EVENT_SIZE];
	} told[TWIN_EVENTS_MAX]; /* by the host, not yet by the kernel */
	unsigned int told_count;
	uint64_t differences, compared;
};

/* Returns 0 or a negative errno, after one logged line but for -ENOMEM. twin_close() in either case. */
int twin_open(struct twin *t, const struct native_sizes *sizes, const struct native_listener *listener, bool kernel);
void twin_close(struct twin *t);

/* The models of the slots that the settings name; `challenger` may be NULL. */
int twin_settings_set(struct twin *t, const struct settings *s, const struct model *m, const struct model *challenger);

int twin_enter_kernel(struct twin *t, const struct native_frame *f, int *action);
int twin_leave_kernel(struct twin *t, const struct native_frame *f);

/* The frame enters: sets its XDP action. */
static inline int twin_enter(struct twin *t, const struct native_frame *f, int *action)
{
	*action = native_enter(f);
	return t->kernel ? twin_enter_kernel(t, f, action) : 0;
}

/* Or it leaves. */
static inline int twin_leave(struct twin *t, const struct native_frame *f)
{
	native_leave(f);
	return t->kernel ? twin_leave_kernel(t, f) : 0;
}

/* Compares what both hold; forgets it. */
int twin_compare(struct twin *t);
int twin_reset(struct twin *t);

#endif
