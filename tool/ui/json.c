// SPDX-License-Identifier: GPL-2.0-only
/* Makes the document that --json prints, and puts names into it that need not be UTF-8. */
#define _GNU_SOURCE
#include "ui/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

/*
 * Arrays of objects that are sorted by their first member; others are in the order in which things
 * happened.
 */
static const char *const sorted[] = { "namespaces", "files", "guests", "ranges", "vnvdimms",
	"regions" };

#define LINE_FLAGS	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

static json_object *document;
static const char *document_verb, *document_arrays;

static int tail_count(unsigned char lead)
{
	return lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 :
	       (lead & 0xf0) == 0xe0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : -1;
}

/* Bytes of the character in UTF-8 that begins here (RFC 3629, section 4); 0: it is not UTF-8. */
static int character_size(const unsigned char *at)
{
	int i, tail = tail_count(at[0]);

	for (i = 1; i <= tail; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than need be, half of a UTF-16 pair, beyond the last character. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return tail + 1;
}

char *json_name_escape(const char *name)
{
	const unsigned char *at = (const unsigned char *)name;
	char *text = malloc(4 * strlen(name) + 1), *to = text;
	int size;

	for (; text && *at; at += size ? size : 1) {
		size = character_size(at);
		if (!size)
			to += sprintf(to, "\\x%02x", *at);
		else if (*at == '\\')
			to = stpcpy(to, "\\\\");
		else
			to = mempcpy(to, at, size);
	}
	if (text)
		*to = '\0';
	return text;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool json_name_unescape(char *text)
{
	char *to = text;
	bool whole = true;

	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' && digit(text[2]) >= 0 &&
		    digit(text[3]) >= 0) {
			*to = (char)(digit(text[2]) << 4 | digit(text[3]));
			whole &= *to++ != '\0';
			text += 4;
		} else {
			text += text[0] == '\\' && text[1] == '\\';
			*to++ = *text++;
		}
	}
	*to = '\0';
	return whole;
}

void json_name(json_object *to, const char *key, const char *name)
{
	char *text = to && name ? json_name_escape(name) : NULL;

	if (text)
		json_object_object_add(to, key, json_object_new_string(text));
	free(text);
}

void json_number(json_object *to, const char *key, uint64_t number)
{
	if (to)
		json_object_object_add(to, key, json_object_new_uint64(number));
}

void json_flag(json_object *to, const char *key, bool value)
{
	if (to)
		json_object_object_add(to, key, json_object_new_boolean(value));
}

void json_uuid(json_object *to, const char *key, const uint8_t uuid[16])
{
	char text[37];

	if (!to || uuid_is_null(uuid))
		return;
	uuid_unparse_lower(uuid, text);
	json_object_object_add(to, key, json_object_new_string(text));
}

json_object *json_array(json_object *to, const char *key)
{
	json_object *array = to ? json_object_new_array() : NULL;

	if (array)
		json_object_object_add(to, key, array);
	return array;
}

json_object *json_object_in(json_object *to, const char *key)
{
	json_object *object = to ? json_object_new_object() : NULL;

	if (object)
		json_object_object_add(to, key, object);
	return object;
}

json_object *json_array_item(json_object *array)
{
	json_object *item = array ? json_object_new_object() : NULL;

	if (item)
		json_object_array_add(array, item);
	return item;
}

void json_begin(const char *verb, const char *arrays, bool changes)
{
	char key[32];
	size_t len;

	document_verb = verb;
	document_arrays = arrays;
	document = json_object_new_object();
	json_number(document, "version", JSON_VERSION);
	json_name(document, "verb", verb);
	if (changes)
		json_flag(document, "changed", false);
	for (; *arrays; arrays += len + (arrays[len] == ' ')) {
		len = strcspn(arrays, " ");
		snprintf(key, sizeof(key), "%.*s", (int)len, arrays);
		json_array(document, key);
	}
	json_array(document, "warnings");
	json_array(document, "errors");
}

bool json_is_wanted(void)
{
	return document;
}

json_object *json_item(const char *array)
{
	return document ? json_array_item(json_object_object_get(document, array)) : NULL;
}

json_object *json_object_at(const char *key)
{
	return json_object_in(document, key);
}

void json_changed(void)
{
	json_flag(document, "changed", true);
}

void json_dry_run(void)
{
	json_flag(document, "dry_run", true);
}

void json_message(const char *array, const char *subject, const char *text)
{
	json_object *message = json_item(array);

	json_name(message, "subject", subject);
	json_name(message, "text", text);
}

static json_object *first_member(json_object *object)
{
	struct json_object_iterator at = json_object_iter_begin(object);

	return json_object_iter_peek_value(&at);
}

static int first_compare(const void *left, const void *right)
{
	json_object *a = first_member(*(json_object *const *)left),
		    *b = first_member(*(json_object *const *)right);
	uint64_t x, y;

	if (json_object_is_type(a, json_type_string) && json_object_is_type(b, json_type_string))
		return strverscmp(json_object_get_string(a), json_object_get_string(b));
	x = json_object_get_uint64(a);
	y = json_object_get_uint64(b);
	return (x > y) - (x < y);
}

static void arrays_sort(json_object *object)
{
	json_object *array;
	size_t i, k;

	for (i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
		if (!json_object_object_get_ex(object, sorted[i], &array))
			continue;
		for (k = 0; k < json_object_array_length(array); k++)
			arrays_sort(json_object_array_get_idx(array, k));
		json_object_array_sort(array, first_compare);
	}
}

void json_drop(void)
{
	json_object_put(document);
	document = NULL;
}

void json_end(void)
{
	if (!document)
		return;
	arrays_sort(document);
	puts(json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY |
							      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_drop();
}

/* Whether an array of it has an item. */
static bool document_says(void)
{
	json_object_object_foreach(document, key, value) {
		(void)key;
		if (json_object_is_type(value, json_type_array) && json_object_array_length(value))
			return true;
	}
	return false;
}

void json_round_end(void)
{
	const bool changes = json_object_object_get_ex(document, "changed", NULL);

	if (document && document_says()) {
		arrays_sort(document);
		puts(json_object_to_json_string_ext(document, LINE_FLAGS));
		json_drop();
		json_begin(document_verb, document_arrays, changes);
	}
	fflush(stdout);
}
