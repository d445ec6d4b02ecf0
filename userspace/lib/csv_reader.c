// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include "csv_reader.h"

static int file_open(FILE **out, const char *path)
{
	struct stat st;
	FILE *file = fopen(path, "r");

	if (!file)
		return -errno;
	if (!fstat(fileno(file), &st) && S_ISDIR(st.st_mode)) {
		fclose(file);
		return -EISDIR;
	}
	*out = file;
	return 0;
}

int csv_reader_open(struct csv_reader *r, const char *path, char *why, size_t why_size)
{
	FILE *file = NULL;
	int err = file_open(&file, path);

	if (err) {
		snprintf(why, why_size, "%s: cannot be read: %s", path, strerror(-err));
		return err;
	}
	*r = (struct csv_reader){ .path = path, .file = file };
	csv_init(&r->parser, CSV_STRICT | CSV_STRICT_FINI);
	return 0;
}

void csv_reader_close(struct csv_reader *r)
{
	fclose(r->file);
	csv_free(&r->parser);
	free(r->text);
	free(r->store);
}

/* libcsv hands over one field after the other in one buffer: keep them. */
static void field_add(void *text, size_t length, void *reader)
{
	struct csv_reader *r = reader;
	char *kept = r->store + r->store_used;

	if (r->count < CSV_FIELDS_MAX) {
		memcpy(kept, text, length);
		kept[length] = 0;
		r->store_used += length + 1;
		r->field[r->count] = kept;
	}
	r->count++;
}

/* A field is never longer than its text, and each but the first has a comma before it. */
static int store_reserve(struct csv_reader *r, size_t length)
{
	size_t need = 2 * length + 2;
	char *store;

	if (need <= r->store_size)
		return 0;
	store = realloc(r->store, need);
	if (!store)
		return -ENOMEM;
	r->store = store;
	r->store_size = need;
	return 0;
}

static int record_refuse(const struct csv_reader *r, const char *what, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s:%u: %s", r->path, r->line, what);
	return -EBADMSG;
}

static int record_parse(struct csv_reader *r, size_t length, char *why, size_t why_size)
{
	int err = store_reserve(r, length);

	if (err)
		return record_refuse(r, "out of memory", why, why_size);
	if (memchr(r->text, 0, length))
		return record_refuse(r, "not text: the line has a zero byte", why, why_size);
	r->count = 0;
	r->store_used = 0;
	if (csv_parse(&r->parser, r->text, length, field_add, NULL, r) != length ||
	    csv_fini(&r->parser, field_add, NULL, r))
		return record_refuse(r, "malformed: quotes that do not match", why, why_size);
	if (r->count > CSV_FIELDS_MAX)
		return record_refuse(r, "malformed: more than 256 fields", why, why_size);
	return 1;
}

int csv_reader_next(struct csv_reader *r, char *why, size_t why_size)
{
	ssize_t length;

	while ((length = getline(&r->text, &r->text_size, r->file)) >= 0) {
		r->line++;
		r->bytes += length;
		r->crc32 = crc32(r->crc32, (unsigned char *)r->text, length);
		while (length && (r->text[length - 1] == '\n' || r->text[length - 1] == '\r'))
			length--;
		if (length && !(r->comments && *r->text == '#'))
			return record_parse(r, length, why, why_size);
	}
	if (ferror(r->file)) {
		snprintf(why, why_size, "%s: reading failed after line %u: %s", r->path, r->line, strerror(errno));
		return -EIO;
	}
	return 0;
}
