// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "attach.h"
#include "explain_model.h"
#include "log.h"
#include "model_kept.h"
#include "model_slots.h"
#include "settings_store.h"

void explain_model_close(struct explain_model *m)
{
	model_means_close(&m->means);
	model_extras_free(&m->extras);
	free(m->model);
	*m = (struct explain_model){ 0 };
}

static int file_open(struct explain_model *m, const char *path)
{
	char why[MODEL_FILE_WHY];
	int err = model_file_read_extras(path, m->model, &m->extras, why, sizeof(why));

	if (err)
		log_error("%s: %s", path, why);
	return err;
}

static int kept_open(struct explain_model *m, __u32 id)
{
	int err = model_kept_read(id, m->model, &m->extras);

	if (err)
		log_error("model %08x is not kept in " MODEL_KEPT_FOLDER " (%s); give its file: --model FILE", id,
			  strerror(-err));
	return err;
}

/* The tables in the kernel; with its covers, where its file is kept. */
static int in_force_open(struct explain_model *m, const char *iface)
{
	struct datapath dp = datapath_none();
	struct model *found = NULL;
	struct settings s;
	int err = datapath_choose(&dp, iface);

	if (err)
		return err;
	err = settings_read(&dp, &s);
	if (!err) {
		found = slot_read(&dp, s.model_slot);
		err = found ? 0 : -errno;
	}
	if (err) {
		log_error("model: %s", datapath_strerror(err));
	} else if (!found->id) {
		log_error("no model is in force; give one: --model FILE");
		err = -ENOENT;
	} else if (model_kept_read(found->id, m->model, &m->extras)) {
		*m->model = *found;
		err = found->kind == MODEL_FOREST ? kept_open(m, found->id) : 0;
	}
	free(found);
	datapath_close(&dp);
	return err;
}

int explain_model_open(struct explain_model *out, const char *path, __u32 id, const char *iface)
{
	struct explain_model m = { 0 };
	int err;

	if (out->model && (path || !id || out->model->id == id))
		return 0;
	m.model = calloc(1, sizeof(*m.model));
	if (!m.model) {
		log_error("%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	err = path ? file_open(&m, path) : id ? kept_open(&m, id) : in_force_open(&m, iface);
	if (!err && model_means_open(&m.means, m.model, m.extras.leaf_cover)) {
		log_error("%s", strerror(ENOMEM));
		err = -ENOMEM;
	}
	if (err) {
		explain_model_close(&m);
		return err;
	}
	explain_model_close(out);
	*out = m;
	return 0;
}
