/* SPDX-License-Identifier: BSD-2-Clause */
/* What our XDP programs are called. Stands alone: libxdp's header has names that xdp_find.h has, too. */
#ifndef PROGRAM_NAME_H
#define PROGRAM_NAME_H

#include <stdbool.h>

#define DATAPATH_PROGRAM_NAME "hedgerow_xdp"
#define DATAPATH_FRAGS_NAME "hedgerow_frags" /* the one for frames of more than one buffer */

/* True for the name of one of our XDP programs. */
bool datapath_is_program_name(const char *name);

#endif
