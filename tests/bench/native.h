/* SPDX-License-Identifier: BSD-2-Clause */
/* A model as native code: nested ifs in C, as hedgerow-export --emit c writes them, through the C compiler at -O3. */
#ifndef NATIVE_H
#define NATIVE_H

#include "model.h"

struct native {
	void *library;
	__s64 (*score)(const __u32 *value);
};

/* Compiles in `dir`, where nothing of it stays. Returns 0, or -errno after a logged line. */
int native_compile(const struct model *m, const char *dir, struct native *out);
void native_close(struct native *native);

#endif
