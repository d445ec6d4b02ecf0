// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include "kernel.h"
#include "log.h"
#include "twin.h"

#define DIFFERENCES_SHOWN 10

_Static_assert(sizeof(struct snapshot) <= TWIN_EVENT_SIZE && sizeof(struct shadow_event) <= TWIN_EVENT_SIZE, "raise it");

static void difference_note(struct twin *t, const char *what)
{
	if (t->differences++ < DIFFERENCES_SHOWN)
		log_error("--kernel: %s", what);
}

/* The host speaks first: its words wait for the kernel's. */
static void told_add(struct twin *t, const void *record, size_t size)
{
	struct twin_told *told = &t->told[t->told_count];

	if (t->told_count == TWIN_EVENTS_MAX) {
		difference_note(t, "more events of one packet than there is room for");
		return;
	}
	memcpy(told->bytes, record, size);
	told->size = size;
	t->told_count++;
}

static void host_event(void *context, const struct event *e)
{
	told_add(context, e, event_size(e));
}

static void host_snapshot(void *context, const struct snapshot *s)
{
	told_add(context, s, sizeof(*s));
}

/* The kernel's rings are read one after the other, so that its words may come in another order. */
static void told_match(struct twin *t, const void *record, size_t size, const char *what)
{
	for (unsigned int i = 0; i < t->told_count; i++) {
		if (t->told[i].size != size || memcmp(t->told[i].bytes, record, size))
			continue;
		t->told[i] = t->told[--t->told_count];
		t->compared++;
		return;
	}
	difference_note(t, what);
}

static void kernel_event(void *context, const struct event *e)
{
	struct twin *t = context;

	told_match(t, e, event_size(e), "an event that the host does not tell so");
	t->listener.event(t->listener.context, e);
}

static void kernel_snapshot(void *context, const struct snapshot *s)
{
	struct twin *t = context;

	told_match(t, s, sizeof(*s), "a scored vector that the host does not compute so");
	t->listener.snapshot(t->listener.context, s);
}

int twin_open(struct twin *t, const struct native_sizes *sizes, const struct native_listener *listener, bool kernel)
{
	struct native_listener first = { host_event, host_snapshot, t };
	struct native_listener second = { kernel_event, kernel_snapshot, t };
	int err;

	*t = (struct twin){ .listener = *listener };
	err = native_open(sizes, kernel ? &first : listener);
	if (!err && kernel)
		err = kernel_open(&t->kernel, sizes, &second);
	return err;
}

void twin_close(struct twin *t)
{
	kernel_close(t->kernel);
	t->kernel = NULL;
	native_close();
}

int twin_settings_set(struct twin *t, const struct settings *s, const struct model *m, const struct model *challenger)
{
	int err = 0;

	native_settings_set(s);
	native_model_set(s->model_slot, m);
	if (challenger)
		native_model_set(s->shadow - 1, challenger);
	if (t->kernel)
		err = kernel_settings_set(t->kernel, s);
	if (t->kernel && !err && m)
		err = kernel_model_set(t->kernel, s->model_slot, m);
	if (t->kernel && !err && challenger)
		err = kernel_model_set(t->kernel, s->shadow - 1, challenger);
	if (err)
		log_error("--kernel: settings and model: %s", strerror(-err));
	return err;
}

static void packet_settle(struct twin *t)
{
	for (unsigned int i = 0; i < t->told_count; i++)
		difference_note(t, "the host tells of something that the kernel does not");
	t->told_count = 0;
}

int twin_enter_kernel(struct twin *t, const struct native_frame *f, int *action)
{
	int theirs, err;

	err = kernel_enter(t->kernel, f, &theirs);
	if (err) {
		log_error("--kernel: a packet of %u bytes: %s", f->len, strerror(-err));
		return err;
	}
	if (theirs != *action)
		difference_note(t, "another XDP action than the host's");
	packet_settle(t);
	*action = theirs;
	return 0;
}

int twin_leave_kernel(struct twin *t, const struct native_frame *f)
{
	int err = kernel_leave(t->kernel, f);

	if (err)
		log_error("--kernel: a packet of %u bytes that leaves: %s", f->len, strerror(-err));
	packet_settle(t);
	return err;
}

int twin_compare(struct twin *t)
{
	long long differ;

	if (!t->kernel)
		return 0;
	differ = kernel_compare(t->kernel, &t->compared);
	if (differ < 0)
		return differ;
	t->differences += differ;
	return 0;
}

int twin_reset(struct twin *t)
{
	int err = t->kernel ? kernel_reset(t->kernel) : 0;

	native_reset();
	if (err)
		log_error("--kernel: the tables cannot be emptied: %s", strerror(-err));
	return err;
}
