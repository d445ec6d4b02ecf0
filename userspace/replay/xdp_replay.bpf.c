// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The XDP program with the clock of a capture, and the sockets that it tells of. */
#include "clock.bpf.h"
#include "capture_sockets.bpf.h"
#include "hedgerow.bpf.c"
