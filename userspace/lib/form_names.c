// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <jansson.h>
#include "form_names.h"
#include "log.h"

const char *const model_form_names[MODEL_FORM_COUNT] = {
	[MODEL_FORM_AUTO] = "auto", [MODEL_FORM_TABLE] = "table", [MODEL_FORM_CODE] = "code",
};

int model_form_parse(const char *text, enum model_form *out)
{
	for (int i = 0; i < MODEL_FORM_COUNT; i++)
		if (!strcmp(text, model_form_names[i])) {
			*out = i;
			return 0;
		}
	log_error("--form: '%s' is no form, wanted auto, table or code", text);
	return -EINVAL;
}

enum model_form model_form_from_card(const char *card)
{
	json_t *json = card ? json_loads(card, 0, NULL) : NULL;
	const char *name = json_string_value(json_object_get(json_object_get(json, "form"), "chosen"));
	enum model_form form = MODEL_FORM_TABLE;

	if (name && !strcmp(name, model_form_names[MODEL_FORM_CODE]))
		form = MODEL_FORM_CODE;
	json_decref(json);
	return form;
}
