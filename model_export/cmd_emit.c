// SPDX-License-Identifier: BSD-2-Clause
/* hedgerow-export --emit: a model file in another language, to be read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "commands.h"
#include "file_replace.h"
#include "log.h"
#include "model_c.h"
#include "model_file.h"
#include "options.h"

/* To the file when it is whole, or to stdout. */
static int text_write(const char *path, const char *text, size_t size)
{
	int err = 0;

	if (path)
		err = file_replace(path, text, size);
	else if (fwrite(text, 1, size, stdout) != size || fflush(stdout))
		err = -errno;
	if (err)
		log_error("%s: %s", path ? path : "standard output", strerror(-err));
	return err;
}

static int model_emit(const struct model *m, const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int err = out ? 0 : -ENOMEM;

	if (out) {
		model_c_write(out, m);
		err = ferror(out) ? -ENOMEM : 0;
		if (fclose(out))
			err = -ENOMEM;
	}
	if (err)
		log_error("%s", strerror(-err));
	err = err ? err : text_write(path, text, size);
	free(text);
	return err;
}

int cmd_emit(int argc, char **argv)
{
	const char *language = NULL, *output = NULL;
	const struct option_row rows[] = {
		{ "emit", 0, OPTION_STRING, &language, "LANGUAGE", "c" },
		{ "output", 'o', OPTION_STRING, &output, "FILE", "where it goes; standard output unless given" },
		{ 0 },
	};
	int first = options_parse(rows, "Usage: hedgerow-export --emit c [--output FILE] MODEL-FILE\n\n"
					"Write a model file as C, to be read.", argc, argv);
	char why[MODEL_FILE_WHY];
	struct model *m;
	int err;

	if (first < 0)
		return first == -ECANCELED ? 0 : 2;
	if (strcmp(language, "c")) {
		log_error("--emit: '%s' is no language that is known, wanted c", language);
		return 2;
	}
	if (first != argc - 1) {
		log_error("--emit: %d model files given, one is wanted; see --help", argc - first);
		return 2;
	}
	if (output && file_is_same(output, argv[first])) {
		log_error("--output %s: that file is to be read; choose another", output);
		return 2;
	}
	m = calloc(1, sizeof(*m));
	err = m ? model_file_read(argv[first], m, NULL, why, sizeof(why)) : -ENOMEM;
	if (err)
		log_error("%s: %s", argv[first], m ? why : strerror(ENOMEM));
	if (!err && m->kind == MODEL_FOREST) {
		log_error("%s: %u trees of depth %u are not written as C; what the kernel walks is, up to %u of depth %u", argv[first],
			  m->tree_count, m->depth, MODEL_TREES_MAX, MODEL_DEPTH_MAX);
		err = -EOPNOTSUPP;
	}
	err = err ? err : model_emit(m, output);
	free(m);
	return err ? 1 : 0;
}
