/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The feature vectors that the row "one score alone" walks the trees with: in turn, all different. */
#ifndef VECTORS_H
#define VECTORS_H

#define VECTORS 1024 /* a power of two, so an index can be masked; 256 kB */

#endif
