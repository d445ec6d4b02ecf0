/* SPDX-License-Identifier: BSD-2-Clause */
/* The two clocks: the kernel stamps packets with CLOCK_MONOTONIC, people and files use Unix time. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

uint64_t clock_monotonic_ns(void);

/* As the datapath reads it: some ticks behind where the kernel is busy. For what has to agree with it to the packet. */
uint64_t clock_of_packets_ns(void);

uint64_t clock_unix_ns(void);

/* Unix time of a monotonic time, by the present difference of both clocks. */
uint64_t clock_unix_from_monotonic(uint64_t monotonic_ns);

/* The same of a CLOCK_BOOTTIME, by which the kernel stamps what is loaded. */
uint64_t clock_unix_from_boottime(uint64_t boottime_ns);

/* From now on the monotonic times are those of a capture, Unix time less `offset_ns`. */
void clock_unix_is_monotonic(int64_t offset_ns);

#define CLOCK_TEXT_SIZE 40

/* Writes "2026-11-21T03:00:00.123456+0000" and returns `text`, which has CLOCK_TEXT_SIZE bytes. */
const char *clock_print(uint64_t unix_ns, char *text);

#endif
