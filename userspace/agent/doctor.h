/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in the way of the program on this machine and its interfaces: one line each, with what would help. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <net/if.h>

enum finding_level {
	FINDING_GOOD,
	FINDING_NOTE,	/* works; worth knowing */
	FINDING_WARN,	/* works, at a price that the line names */
	FINDING_NATIVE,	/* native mode will be refused; generic works, at its price */
	FINDING_STOP,	/* cannot be attached */
	FINDING_LEVELS
};

struct finding {
	enum finding_level level;
	char text[240];
};

#define FINDINGS_MAX 16

struct findings {
	int count;
	struct finding list[FINDINGS_MAX];
};

void finding_add(struct findings *out, enum finding_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The worst level among them, FINDING_GOOD for none. */
enum finding_level findings_worst(const struct findings *f);

/* The first finding of that level, NULL without one. */
const char *findings_first(const struct findings *f, enum finding_level level);

/* Each adds what it finds, good or bad. They change nothing, and attach nothing to try. */
void machine_examine(struct findings *out);
void iface_examine(const char *iface, struct findings *out);

/* Names the needed capabilities that this process lacks, "" for none; returns `out`. */
#define CAPABILITIES_TEXT_SIZE 64
const char *capabilities_missing(char out[CAPABILITIES_TEXT_SIZE]);

/* Why native mode was refused with this error, as far as can be seen. Fills `out`, of `size` bytes, and returns it. */
const char *native_refusal_explain(const char *iface, int err, char *out, size_t size);

struct datapath;

/* Says what in an interface's offloads will distort what this datapath's program sees there. */
void offloads_warn(const struct datapath *dp, const char *iface, int is_generic);

#endif
