// SPDX-License-Identifier: BSD-2-Clause
// Taking over the program that an interface carries. Above datapath.h, for where there is none it tells what was left behind.
#ifndef DATAPATH_ADOPT_H
#define DATAPATH_ADOPT_H

#include "datapath.h"

/*
 * Takes over the program on `iface`, as the functions of datapath.h do. -ENOENT: nothing there; -EEXIST: another's; -EPROTO: another
 * version's.
 */
int datapath_adopt(struct datapath *dp, const char *iface);

#endif
