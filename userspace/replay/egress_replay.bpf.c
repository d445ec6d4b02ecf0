// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Its companion with the clock of a capture. */
#include "clock.bpf.h"
#include "egress.bpf.c"
