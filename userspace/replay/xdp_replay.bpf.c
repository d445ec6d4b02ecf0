// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The XDP program with the clock of a capture. */
#include "clock.bpf.h"
#include "hedgerow.bpf.c"
