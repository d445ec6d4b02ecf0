/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine under the bench: what it is, and what must hold while it is measured. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stddef.h>

/* Writes the CPU's name, or "unknown CPU". */
void machine_cpu_name(char *out, size_t size);

/* Stays on the present CPU: tables have per-CPU parts, and caches stay warm. Returns 0 or -errno. */
int machine_stay(void);

/* Runs on whatever CPU there is, until it stays again. The same. */
int machine_roam(void);

/* A CPU beside the present one, -1: there is none. */
int machine_other_cpu(void);

/*
 * Statistics of BPF programs read the clock twice at every run of one. Switches them off and back at exit, also on
 * Ctrl-C; warns of what else would falsify the figures (no JIT, hardened JIT). Returns 0 or -errno after a logged line.
 */
int machine_prepare(void);

/* Writes the path of a file beside the bench's own, "../../x" as well. */
void machine_path(char *out, size_t size, const char *name);

#endif
