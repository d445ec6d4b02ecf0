// SPDX-License-Identifier: BSD-2-Clause
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "log.h"
#include "native.h"
#include "program.h"

static void subtree_write(FILE *out, const struct model *m, __u32 tree, __u32 at)
{
	__u32 leaves = 1u << m->depth;
	const struct model_node *n;

	while (at < leaves && m->node[model_cell(m->depth, tree, at)].cut == MODEL_CUT_NEVER)
		at = 2 * at + 1;
	if (at >= leaves) {
		fprintf(out, "s+=%d;", m->leaf[model_cell(m->depth, tree, at - leaves)]);
		return;
	}
	n = &m->node[model_cell(m->depth, tree, at)];
	fprintf(out, "if(x[%u]<%uu){", n->feature, n->cut);
	subtree_write(out, m, tree, 2 * at + 1);
	fprintf(out, "}else{");
	subtree_write(out, m, tree, 2 * at);
	fprintf(out, "}");
}

static int source_write(const struct model *m, const char *path)
{
	FILE *out = fopen(path, "w");

	if (!out)
		return -errno;
	fprintf(out, "long long score(const unsigned *x)\n{\nlong long s=%lldll;\n", m->base[0]);
	for (__u32 tree = 0; tree < m->tree_count; tree++) {
		subtree_write(out, m, tree, 1);
		fprintf(out, "\n");
	}
	fprintf(out, "return s;\n}\n");
	return fclose(out) ? -EIO : 0;
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
