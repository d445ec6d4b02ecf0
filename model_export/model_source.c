// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "model_source.h"
#include "ubjson.h"

#define SOURCE_BYTES_MAX (256u << 20) /* 512 trees of depth 8 as JSON are below 40 MB */

static int file_read(const char *path, struct model_source *out, struct refusal *why)
{
	FILE *in = fopen(path, "rbe");
	char *data = NULL;
	size_t size = 0, room = 0, n;
	int err = in ? 0 : -errno;

	while (!err) {
		if (size == room) {
			char *more = realloc(data, room ? room *= 2 : (room = 1 << 16));

			if (!more) {
				err = -ENOMEM;
				break;
			}
			data = more;
		}
		n = fread(data + size, 1, room - size, in);
		if (!n) {
			err = ferror(in) ? -errno : 0;
			break;
		}
		size += n;
		if (size > SOURCE_BYTES_MAX)
			err = -EFBIG;
	}
	if (in)
		fclose(in);
	if (err) {
		free(data);
		refusal_set(why, "%s", strerror(-err));
		return err;
	}
	out->data = data;
	out->size = size;
	return 0;
}

/* Both begin with a brace. In UBJSON the length of the first key follows, in JSON white space, a quote or the end. */
static bool is_ubjson(const char *data, size_t size)
{
	return size > 1 && data[0] == '{' && memchr("iUIlL", data[1], 5);
}

static bool is_json(const char *data, size_t size)
{
	while (size && isspace((unsigned char)*data)) {
		data++;
		size--;
	}
	return size && *data == '{';
}

static int json_read(struct model_source *s, struct refusal *why)
{
	json_error_t error;

	if (is_ubjson(s->data, s->size)) {
		s->format = "UBJSON";
		s->json = ubjson_decode(s->data, s->size, why->text, sizeof(why->text));
		return s->json ? 0 : -EINVAL;
	}
	if (!is_json(s->data, s->size))
		return refusal_set(why, "neither JSON nor UBJSON, the formats of XGBoost's models since 1.0 (its older "
				       "binary format is not read; save the model as .json)");
	s->format = "JSON";
	s->json = json_loadb(s->data, s->size, JSON_REJECT_DUPLICATES, &error);
	if (!s->json)
		return refusal_set(why, "JSON, line %d column %d: %s", error.line, error.column, error.text);
	return 0;
}

int model_source_read(const char *path, struct model_source *out, struct refusal *why)
{
	struct model_source s = { 0 };
	int err = file_read(path, &s, why);

	if (!err)
		err = json_read(&s, why);
	if (err) {
		model_source_free(&s);
		return err;
	}
	SHA256Data(s.data, s.size, s.sha256);
	*out = s;
	return 0;
}

void model_source_free(struct model_source *source)
{
	json_decref(source->json);
	free(source->data);
	*source = (struct model_source){ 0 };
}
