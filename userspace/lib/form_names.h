/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of a model by name, as options and the card of a model file have them. docs/model-forms.md */
#ifndef FORM_NAMES_H
#define FORM_NAMES_H

enum model_form {
	MODEL_FORM_AUTO, /* as the exporter finds better */
	MODEL_FORM_TABLE,
	MODEL_FORM_CODE,
	MODEL_FORM_COUNT
};

extern const char *const model_form_names[MODEL_FORM_COUNT];

/* Sets *out and returns 0, or logs an error that names the option --form and returns -EINVAL. */
int model_form_parse(const char *text, enum model_form *out);

/* The form that a card names; the tables where it names none. `card` may be NULL. */
enum model_form model_form_from_card(const char *card);

#endif
