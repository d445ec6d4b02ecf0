// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "model_given.h"
#include "model_trial.h"

int model_given_read(struct model_given *out, const char *path)
{
	struct model *m = path ? calloc(1, sizeof(*m)) : NULL;
	char why[MODEL_FILE_WHY];
	int err = 0;

	if (path && !m)
		err = -ENOMEM;
	else if (path)
		err = model_file_read_extras(path, m, &out->extras, why, sizeof(why));
	if (err) {
		log_error("%s: %s", path, m ? why : strerror(ENOMEM));
		free(m);
		return err;
	}
	out->model = m;
	out->path = path;
	out->form = model_form_from_card(out->extras.card);
	return 0;
}

void model_given_free(struct model_given *given)
{
	free(given->model);
	given->model = NULL;
	model_extras_free(&given->extras);
}

int model_given_try(const struct datapath *dp, __u32 slot, const struct model_given *given)
{
	const struct model_extras *vectors = &given->extras;
	struct trial trial;
	int err;

	if (given->model->kind == MODEL_FOREST) /* which has been walked when the file was read */
		return 0;
	if (!vectors->test_count) {
		log_debug("%s: no self-test vectors in it; export it again to have some", given->path);
		return 0;
	}
	err = model_trial_run(dp ? dp->map[DATAPATH_MODELS] : -1, slot, given->model, vectors, &trial);
	if (err) {
		log_error("%s: the kernel did not run its self-test: %s", given->path, datapath_strerror(err));
		return err;
	}
	if (!trial.differ)
		return 0;
	log_error("%s: %u of %u self-test vectors score otherwise in this kernel than when it was exported, the first is "
		  "number %u with %lld instead of %lld",
		  given->path, trial.differ, trial.ran, trial.first, (long long)trial.first_score,
		  (long long)vectors->test[trial.first].score);
	return -EBADMSG;
}

int model_given_run_code(const struct model_given *given, bool frags, char why[MODEL_TRY_WHY])
{
	const struct model_extras *vectors = &given->extras;
	struct trial trial;
	int err = model_trial_run_code(given->model, vectors, frags, &trial);

	if (err)
		snprintf(why, MODEL_TRY_WHY, "the kernel did not run the self-test of its code: %s", datapath_strerror(err));
	else if (trial.differ)
		snprintf(why, MODEL_TRY_WHY,
			 "%u of %u self-test vectors score otherwise as code, the first is number %u with %lld instead of %lld",
			 trial.differ, trial.ran, trial.first, (long long)trial.first_score,
			 (long long)vectors->test[trial.first].score);
	return err ? err : trial.differ ? -EBADMSG : 0;
}

bool model_given_try_code(const struct model_given *given, bool frags)
{
	char why[MODEL_TRY_WHY];
	int err;

	if (given->form != MODEL_FORM_CODE || !given->extras.test_count)
		return given->form == MODEL_FORM_CODE;
	err = model_given_run_code(given, frags, why);
	if (!err || err == -E2BIG || err == -EOPNOTSUPP)
		return true;
	log_warn("%s: %s; its tables are walked", given->path, why);
	return false;
}
