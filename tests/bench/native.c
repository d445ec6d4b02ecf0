// SPDX-License-Identifier: BSD-2-Clause
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "log.h"
#include "model_c.h"
#include "native.h"
#include "program.h"

static int source_write(const struct model *m, const char *path)
{
	FILE *out = fopen(path, "w");
	int failed;

	if (!out)
		return -errno;
	model_c_write(out, m);
	failed = ferror(out);
	return fclose(out) || failed ? -EIO : 0;
}

int native_compile(const struct model *m, const char *dir, struct native *out)
{
	char source[PATH_MAX], library[PATH_MAX];
	const char *const compile[] = { "cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source, NULL };
	int err;

	snprintf(source, sizeof(source), "%s/native.c", dir);
	snprintf(library, sizeof(library), "%s/native.so", dir);
	*out = (struct native){ 0 };
	err = source_write(m, source);
	if (!err)
		err = program_run_other(compile);
	if (!err)
		out->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (out->library)
		out->score = (__s64(*)(const __u32 *))dlsym(out->library, "score");
	unlink(source);
	unlink(library);
	if (out->score)
		return 0;
	log_error("the model as native code: %s", err ? strerror(-err) : dlerror());
	native_close(out);
	return err ? err : -ELIBACC;
}

void native_close(struct native *native)
{
	if (native->library)
		dlclose(native->library);
	*native = (struct native){ 0 };
}
