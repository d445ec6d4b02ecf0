/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own programs, as the bench runs them. */
#ifndef PROGRAM_H
#define PROGRAM_H

/*
 * Runs a program of ours in `dir`, its results to output.txt there. arguments[0] is its name, the last is NULL. Returns
 * 0, or -errno after a logged line.
 */
int program_run(const char *dir, const char *const *arguments);

/* Runs any program, found as a shell would find it. */
int program_run_other(const char *const *arguments);

#endif
