// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "file_replace.h"
#include "forest_file.h"
#include "model_bounds.h"
#include "model_features.h"
#include "model_file.h"
#include "model_format.h"

/* The whole file. The caller frees file->data. */
static int bytes_read(const char *path, struct bytes *file, char *why, size_t size)
{
	size_t most = model_bytes_max(), n;
	unsigned char *data = malloc(most + 1);
	FILE *in = data ? fopen(path, "rbe") : NULL;
	int err = in ? 0 : -errno;

	if (err)
		goto out;
	n = fread(data, 1, most + 1, in);
	err = ferror(in) ? -errno : 0;
	if (!err && n > most && !model_is_xgboost(&(struct bytes){ data, n })) {
		snprintf(why, size, "not a model file: longer than the largest possible, %zu bytes", most);
		err = -EINVAL;
		goto out_told;
	}
	if (!err) {
		*file = (struct bytes){ .data = data, .size = n };
		data = NULL;
	}
out:
	if (err)
		snprintf(why, size, "%s", strerror(-err));
out_told:
	if (in)
		fclose(in);
	free(data);
	return err;
}

void model_extras_free(struct model_extras *extras)
{
	free(extras->card);
	free(extras->test);
	free(extras->leaf_cover);
	forest_free(extras->forest);
	*extras = (struct model_extras){ 0 };
}

int model_file_read_extras(const char *path, struct model *out, struct model_extras *extras, char *why, size_t why_size)
{
	struct model_extras found = { 0 };
	struct bytes file = { 0 };
	struct model *m = NULL;
	struct model_layout l;
	int err = bytes_read(path, &file, why, why_size);

	err = err ? err : model_layout_read(&file, &l, why, why_size);
	if (err)
		goto out;
	m = calloc(1, sizeof(*m));
	found.card = strndup((const char *)file.data + l.card, l.card_bytes);
	found.test = calloc(l.tests + 1, sizeof(*found.test));
	found.test_count = l.tests;
	found.leaf_cover = l.covers ? calloc(l.covers, sizeof(*found.leaf_cover)) : NULL;
	found.forest = l.trees ? forest_make(l.trees, l.nodes) : NULL;
	if (!m || !found.card || !found.test || (l.covers && !found.leaf_cover) || (l.trees && !found.forest)) {
		snprintf(why, why_size, "%s", strerror(ENOMEM));
		err = -ENOMEM;
		goto out;
	}
	model_decode(&file, &l, m, &found);
	err = model_content_check(m, &found, why, why_size);
	if (!err && model_features_bound(m) > (int)l.features) {
		snprintf(why, why_size, "damaged: it asks for feature %d of the %u that it is bound to",
			 model_features_bound(m) - 1, l.features);
		err = -EINVAL;
	}
	if (err)
		goto out;
	model_bounds_fill(m);
	model_spares_fill(m);
	memcpy(out, m, sizeof(*out));
	if (!extras)
		out->forest = 0;
	if (extras) {
		*extras = found;
		found = (struct model_extras){ 0 };
	}
out:
	model_extras_free(&found);
	free(m);
	free(file.data);
	return err;
}

int model_file_read(const char *path, struct model *out, char **card, char *why, size_t why_size)
{
	struct model_extras extras;
	int err = model_file_read_extras(path, out, card ? &extras : NULL, why, why_size);

	if (err || !card)
		return err;
	*card = extras.card;
	extras.card = NULL;
	out->forest = 0;
	model_extras_free(&extras);
	return 0;
}

int model_file_write_extras(const char *path, struct model *m, const struct model_extras *extras)
{
	const char *card = extras->card ? extras->card : "";
	char why[MODEL_FILE_WHY];
	struct bytes file = { 0 };
	struct model_layout l;
	int err;

	if (m->depth < 1 || m->depth > (m->kind == MODEL_FOREST ? FOREST_DEPTH_MAX : MODEL_DEPTH_MAX) ||
	    m->group_count > MODEL_GROUPS_MAX || m->class_count < 1 || (m->kind == MODEL_FOREST) != (m->forest != 0) ||
	    m->class_count > MODEL_CLASSES_MAX || m->kind >= MODEL_KIND_COUNT || extras->test_count > MODEL_TESTS_MAX ||
	    strlen(card) > MODEL_FILE_CARD_MAX ||
	    model_content_check(m, extras, why, sizeof(why)))
		return -EINVAL;
	l = model_layout_of(m, extras);
	file = (struct bytes){ .data = calloc(1, l.end), .size = l.end };
	if (!file.data)
		return -ENOMEM;
	model_encode(m, extras, &l, &file);
	err = file_replace(path, file.data, file.size);
	if (!err)
		m->id = model_id_of(&file);
	free(file.data);
	return err;
}

int model_file_write(const char *path, struct model *m, const char *card)
{
	struct model_extras extras = { .card = (char *)card };

	return model_file_write_extras(path, m, &extras);
}
