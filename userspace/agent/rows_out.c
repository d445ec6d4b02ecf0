// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "folder.h"
#include "log.h"
#include "rows_out.h"

#define BUFFER_SIZE (256 * 1024)

int rows_out_open(struct rows_out *out, const char *path, const struct feature_choice *features)
{
	char why[128];
	struct stat st;
	int err;

	*out = (struct rows_out){ .path = path, .features = features };
	if (!path)
		return 0;
	err = folder_require(path);
	if (err)
		return err;
	err = rows_csv_append(&out->file, path, features, why, sizeof(why));
	if (err) {
		log_error("%s: no rows can be added: %s", path, why);
		return err;
	}
	setvbuf(out->file, NULL, _IOFBF, BUFFER_SIZE);
	out->whole = fstat(fileno(out->file), &st) ? 0 : st.st_size;
	return 0;
}

void rows_out_write(struct rows_out *out, const struct row *row)
{
	struct row with_columns = *row;

	with_columns.features = out->features;
	if (out->file) {
		rows_csv_write(out->file, &with_columns);
		out->pending++;
	} else if (out->path) {
		out->lost++;
	}
}

void rows_out_flush(struct rows_out *out)
{
	struct stat st;

	if (!out->file)
		return;
	if (!fflush(out->file) && !ferror(out->file)) {
		if (!fstat(fileno(out->file), &st))
			out->whole = st.st_size;
		out->pending = 0;
		return;
	}
	out->lost += out->pending;
	out->pending = 0;
	log_error("%s: rows cannot be written: %s; it gets no more until the next start", out->path, strerror(errno));
	if (ftruncate(fileno(out->file), out->whole))
		log_warn("%s: may end in the middle of a row: %s", out->path, strerror(errno));
	/* What is still buffered must not follow: the file's end is the last whole row. */
	if (!freopen("/dev/null", "w", out->file))
		out->file = NULL;
	rows_out_close(out);
}

void rows_out_close(struct rows_out *out)
{
	if (out->file)
		fclose(out->file);
	out->file = NULL;
}
