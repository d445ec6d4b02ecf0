/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `ip link set … xdp off` leaves behind: the companion at TC egress, and where `ip` pinned them all tables, with
 * mode, model and lists. The next `ip link … xdp obj` goes on with these.
 */
#ifndef LEFTOVERS_H
#define LEFTOVERS_H

#include <net/if.h>
#include "options.h"
#include "pins.h"

#define LEFTOVERS_TEXT_SIZE 768

struct leftovers {
	int companion_count, pins_count;
	bool beside_program; /* one is attached in this network namespace */
	char companion[OPTION_LIST_MAX][IF_NAMESIZE]; /* interfaces of this network namespace that have one without its program */
	struct pins pins[PINS_MAX]; /* of tables that no program works on, wherever */
};

/* Looks for them as far as we may; changes nothing. */
void leftovers_find(struct leftovers *out);

/*
 * "companion on eth0; tables pinned below /sys/fs/bpf/…, mode enforce; …", and what takes it away; "" for none. Beside a program
 * that is attached only companions are said to be left: what removes the pins would take that program off, and removes them
 * when it does. Returns `text`.
 */
const char *leftovers_print(const struct leftovers *l, char text[LEFTOVERS_TEXT_SIZE]);

/* Says that in a line; nothing where there is nothing. */
void leftovers_tell(void);

/*
 * The error of a command that finds no program, here (`iface` NULL) or on that interface: with what to do, which is to attach
 * it, or where something was left behind to go on with that or remove it; beside a program on another interface only what was
 * left on this one counts. One line.
 */
void nothing_attached_tell(const char *iface);

/* Whether any interface of this network namespace carries a program of ours, or one that may be. */
bool program_is_attached(void);

/* Whether the interface has a companion whose program is gone. */
bool companion_is_orphan(const char *iface);

#endif
