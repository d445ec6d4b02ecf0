// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include "classes.h"
#include "model_file.h"
#include "names.h"

static int role_find(const char *text, size_t size)
{
	for (int r = 0; r < CLASS_ROLE_COUNT; r++)
		if (strlen(class_role_name(r)) == size && !memcmp(class_role_name(r), text, size))
			return r;
	return -ENOENT;
}

/* "scan=drop" or "scan", `size` bytes of it. */
static int class_set(struct model *m, __u32 class, const char *text, size_t size, struct refusal *why)
{
	size_t name = strspn(text, MODEL_CLASS_NAME_LETTERS);
	int role = class ? CLASS_ATTACK : CLASS_HONEST;

	if (name > size)
		name = size;
	if (name < size && text[name] == '=')
		role = role_find(text + name + 1, size - name - 1);
	if (!name || name >= MODEL_CLASS_NAME || role < 0 || (name < size && text[name] != '='))
		return refusal_set(why,
				  "--classes: '%.*s' is no NAME or NAME=ROLE; a name has 1 to %d letters, digits or _.-, a "
				  "role is pass, log or drop",
				  (int)size, text, MODEL_CLASS_NAME - 1);
	for (__u32 c = 0; c < class; c++)
		if (strlen(m->class_name[c]) == name && !memcmp(m->class_name[c], text, name))
			return refusal_set(why, "--classes: '%.*s' stands there twice", (int)name, text);
	memcpy(m->class_name[class], text, name);
	m->class_role[class] = role;
	return 0;
}

/* A verdict needs both sides: honest classes, and others to tell from them. */
static int roles_check(const struct model *m, struct refusal *why)
{
	__u32 honest = 0;

	for (__u32 c = 0; c < m->class_count; c++)
		honest += m->class_role[c] == CLASS_HONEST;
	if (honest && honest < m->class_count)
		return 0;
	return refusal_set(why, "--classes: %s class has the role pass; at least one needs it and one another",
			  honest ? "every" : "no");
}

int classes_set(struct model *m, const char *text, struct refusal *why)
{
	__u32 class = 0;
	int err = 0;

	if (m->class_count == 1)
		return text ? refusal_set(why, "--classes: this model tells two classes apart by one score") : 0;
	if (!text) {
		for (; class < m->class_count; class++) {
			snprintf(m->class_name[class], MODEL_CLASS_NAME, "class%u", class);
			m->class_role[class] = class ? CLASS_ATTACK : CLASS_HONEST;
		}
		return 0;
	}
	for (const char *p = text; !err; p += strcspn(p, ",") + 1) {
		if (class == m->class_count)
			return refusal_set(why, "--classes: more names than the %u classes", m->class_count);
		err = class_set(m, class++, p, strcspn(p, ","), why);
		if (!p[strcspn(p, ",")])
			break;
	}
	if (!err && class < m->class_count)
		err = refusal_set(why, "--classes: %u names for %u classes", class, m->class_count);
	return err ? err : roles_check(m, why);
}
