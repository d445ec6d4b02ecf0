// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include "log.h"
#include "model_kept.h"
#include "model_reach_tell.h"
#include "model_slots.h"
#include "settings_store.h"

const char *slot_reach_print(const struct model *m, char text[MODEL_REACH_SIZE])
{
	struct model_extras extras = { 0 };
	struct model *kept = malloc(sizeof(*kept));

	if (kept && m->id && !model_kept_read(m->id, kept, &extras))
		model_reach_print(kept, extras.card, text);
	else
		model_reach_print(m, NULL, text);
	model_extras_free(&extras);
	free(kept);
	return text;
}

static void tell(const struct model *m, const char *text)
{
	if (*text)
		log_warn("model %08x %s", m->id, text);
}

void model_reach_tell(const struct model *m, const char *card)
{
	char text[MODEL_REACH_SIZE];

	tell(m, model_reach_print(m, card, text));
}

void model_in_force_reach_tell(const struct datapath *dp)
{
	char text[MODEL_REACH_SIZE];
	struct settings s;
	struct model *m = settings_read(dp, &s) ? NULL : slot_read(dp, s.model_slot);

	if (m && m->id)
		tell(m, slot_reach_print(m, text));
	free(m);
}
