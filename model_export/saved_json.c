// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include "saved_json.h"

const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long parameter_of(const json_t *object, const char *key, long otherwise)
{
	const char *text = string_of(object, key);
	char *end;
	long v = strtol(text, &end, 10);

	return end == text || *end ? otherwise : v;
}
