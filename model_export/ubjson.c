// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "ubjson.h"

#define NESTING_MAX 32 /* XGBoost's models need 7 */

struct decoder {
	const unsigned char *data;
	size_t size, at;
	int nesting;
	char *why;
	size_t why_size;
	bool refused; /* the first reason stands */
};

static json_t *value_decode(struct decoder *d, unsigned char type);

static void __attribute__((format(printf, 2, 3))) decode_refuse(struct decoder *d, const char *format, ...)
{
	va_list args;
	int n;

	if (d->refused)
		return;
	d->refused = true;
	n = snprintf(d->why, d->why_size, "UBJSON, byte %zu: ", d->at);
	if (n < 0 || (size_t)n >= d->why_size)
		return;
	va_start(args, format);
	vsnprintf(d->why + n, d->why_size - n, format, args);
	va_end(args);
}

/* The next `count` bytes, or NULL. */
static const unsigned char *bytes_take(struct decoder *d, uint64_t count)
{
	const unsigned char *p = d->data + d->at;

	if (count > d->size - d->at) {
		decode_refuse(d, "truncated: %llu more bytes needed, %zu left", (unsigned long long)count,
			      d->size - d->at);
		return NULL;
	}
	d->at += count;
	return p;
}

/* The next type mark or bracket; 0 at the end, which is no type. */
static unsigned char mark_take(struct decoder *d)
{
	const unsigned char *p = bytes_take(d, 1);

	return p ? *p : 0;
}

static bool mark_follows(const struct decoder *d, unsigned char mark)
{
	return d->at < d->size && d->data[d->at] == mark;
}

/* Bytes of a number of this type; 0 when it is no number. */
static int number_bytes(unsigned char type)
{
	switch (type) {
	case 'i':
	case 'U':
		return 1;
	case 'I':
		return 2;
	case 'l':
	case 'd':
		return 4;
	case 'L':
	case 'D':
		return 8;
	default:
		return 0;
	}
}

static uint64_t big_endian(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

static int64_t integer_of(unsigned char type, uint64_t bits)
{
	switch (type) {
	case 'i':
		return (int8_t)bits;
	case 'I':
		return (int16_t)bits;
	case 'l':
		return (int32_t)bits;
	default: /* 'U' and 'L' */
		return (int64_t)bits;
	}
}

static json_t *number_decode(struct decoder *d, unsigned char type)
{
	const unsigned char *p = bytes_take(d, number_bytes(type));
	double real;
	uint64_t bits;

	if (!p)
		return NULL;
	bits = big_endian(p, number_bytes(type));
	if (type == 'd') {
		uint32_t bits32 = bits;
		float f;

		memcpy(&f, &bits32, sizeof(f));
		real = f;
	} else if (type == 'D') {
		memcpy(&real, &bits, sizeof(real));
	} else {
		return json_integer(integer_of(type, bits));
	}
	return isfinite(real) ? json_real(real) : json_null();
}

static bool length_take(struct decoder *d, uint64_t *length)
{
	unsigned char type = mark_take(d);
	int bytes = number_bytes(type);
	const unsigned char *p;
	int64_t v;

	if (!bytes || type == 'd' || type == 'D') {
		decode_refuse(d, "a length of type 0x%02x, an integer is needed", type);
		return false;
	}
	p = bytes_take(d, bytes);
	if (!p)
		return false;
	v = integer_of(type, big_endian(p, bytes));
	if (v < 0) {
		decode_refuse(d, "a negative length, %lld", (long long)v);
		return false;
	}
	*length = v;
	return true;
}

static json_t *string_decode(struct decoder *d)
{
	uint64_t length;
	const unsigned char *p;
	json_t *text;

	if (!length_take(d, &length))
		return NULL;
	p = bytes_take(d, length);
	if (!p)
		return NULL;
	text = json_stringn((const char *)p, length);
	if (!text)
		decode_refuse(d, "a string that is not UTF-8");
	return text;
}

/* [$type#count, then bare numbers, with nothing to close it */
static json_t *typed_array_decode(struct decoder *d)
{
	unsigned char type = mark_take(d);
	json_t *array = json_array();
	uint64_t count;

	if (!number_bytes(type) || mark_take(d) != '#') {
		decode_refuse(d, "an array typed 0x%02x; typed arrays hold numbers and have a count", type);
		goto fail;
	}
	if (!length_take(d, &count))
		goto fail;
	if (count > (d->size - d->at) / number_bytes(type)) {
		decode_refuse(d, "truncated: an array of %llu numbers, %zu bytes left", (unsigned long long)count,
			      d->size - d->at);
		goto fail;
	}
	while (count--)
		if (json_array_append_new(array, number_decode(d, type)))
			goto fail;
	return array;
fail:
	json_decref(array);
	return NULL;
}

static json_t *array_decode(struct decoder *d)
{
	json_t *array;
	uint64_t count = UINT64_MAX;
	bool counted = mark_follows(d, '#');

	if (mark_follows(d, '$')) {
		d->at++;
		return typed_array_decode(d);
	}
	if (counted) {
		d->at++;
		if (!length_take(d, &count))
			return NULL;
	}
	array = json_array();
	for (; count; count--) {
		unsigned char type = mark_take(d);

		if (!counted && type == ']')
			break;
		if (json_array_append_new(array, value_decode(d, type))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *object_decode(struct decoder *d)
{
	json_t *object = json_object();

	while (!mark_follows(d, '}')) {
		json_t *key = string_decode(d), *value = NULL;
		const char *name = json_string_value(key);

		if (name && strlen(name) != json_string_length(key))
			decode_refuse(d, "a key with a zero byte");
		else if (name && json_object_get(object, name))
			decode_refuse(d, "the key '%.60s' for the second time", name);
		else if (name)
			value = value_decode(d, mark_take(d));
		if (!value || json_object_set_new(object, name, value)) {
			json_decref(key);
			json_decref(object);
			return NULL;
		}
		json_decref(key);
	}
	d->at++;
	return object;
}

static json_t *nested_decode(struct decoder *d, json_t *(*decode)(struct decoder *))
{
	json_t *value;

	if (d->nesting == NESTING_MAX) {
		decode_refuse(d, "nested deeper than %d", NESTING_MAX);
		return NULL;
	}
	d->nesting++;
	value = decode(d);
	d->nesting--;
	return value;
}

/* NULL, with the reason told, when there is no value of this type here. */
static json_t *value_decode(struct decoder *d, unsigned char type)
{
	if (number_bytes(type))
		return number_decode(d, type);
	switch (type) {
	case '{':
		return nested_decode(d, object_decode);
	case '[':
		return nested_decode(d, array_decode);
	case 'S':
		return string_decode(d);
	case 'T':
		return json_true();
	case 'F':
		return json_false();
	case 'Z':
		return json_null();
	default:
		decode_refuse(d, "a value of unknown type 0x%02x", type);
		return NULL;
	}
}

json_t *ubjson_decode(const void *data, size_t size, char *why, size_t why_size)
{
	struct decoder d = { .data = data, .size = size, .why = why, .why_size = why_size };
	json_t *value = value_decode(&d, mark_take(&d));

	if (value && d.at != size) {
		decode_refuse(&d, "%zu bytes behind the end", size - d.at);
		json_decref(value);
		return NULL;
	}
	if (!value)
		decode_refuse(&d, "no memory"); /* unless a reason was told */
	return value;
}
