/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of attach_all() and of taking off, each in a file of its own. */
#ifndef ATTACH_STEPS_H
#define ATTACH_STEPS_H

#include "attach.h"

/* An enum xdp_mode, or -EINVAL after one logged line. */
int attach_options_mode(const struct attach_options *o);

/*
 * What is on each interface, into out[]; *carrier is the index of one to adopt from, -1 for none. Returns 0, or a negative
 * errno after one logged line for an interface that is not ours to have.
 */
int attachments_prepare(const struct attach_options *o, bool adopt, struct attachment *out, int *carrier);

/*
 * Puts the program on an interface that carries none, or under its dispatcher: native first, generic where the driver
 * will not have it, unless a mode is `wanted`. Fills what *a then is. Returns 0 or a negative errno after one logged line.
 */
int attachment_xdp_on(const struct datapath *dp, struct attachment *a, enum xdp_mode wanted);

/* Takes it off, if it is still this program that stands there. Returns 0 or a negative errno; logs nothing. */
int attachment_xdp_off(const struct attachment *a, int prog_fd);

#endif
