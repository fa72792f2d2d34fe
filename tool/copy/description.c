// SPDX-License-Identifier: GPL-2.0-only
/* Parses the description of an image, which any program may have written, and prints it. */
#define _GNU_SOURCE
#include "copy/description.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "ui/json.h"
#include "copy/crc32c_fast.h"

#define VERSION		2		/* the newest; 1 has no bad blocks */
#define DEPTH_MAX	3		/* json-c counts the object's members as a level */
#define SIZE_MAX_BYTES	(1ull << 62)
#define PAGE		4096u

struct parse {
	struct description *d;
	uint32_t labels_crc;
	char *why;
	size_t why_len;
};

static bool __attribute__((format(printf, 2, 3)))
parse_refuse(struct parse *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, p->why_len, format, args);
	va_end(args);
	return false;
}

static bool number_take(struct parse *p, const char *key, json_object *value, uint64_t *to)
{
	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return parse_refuse(p, "%s is not a number", key);
	*to = json_object_get_uint64(value);
	return *to <= SIZE_MAX_BYTES || parse_refuse(p, "%s is too large", key);
}

/* A text without a NUL in it; NULL: it is not. */
static const char *text_of(struct parse *p, const char *key, json_object *value)
{
	const char *text = NULL;

	if (json_object_is_type(value, json_type_string))
		text = json_object_get_string(value);
	if (text && strlen(text) == (size_t)json_object_get_string_len(value))
		return text;
	parse_refuse(p, "%s is not a text", key);
	return NULL;
}

static bool uuid_take(struct parse *p, const char *key, json_object *value, uint8_t to[16])
{
	const char *text = text_of(p, key, value);

	if (!text)
		return false;
	if (!uuid_parse(text, to) && !uuid_is_null(to))
		return true;
	return parse_refuse(p, "%s is not a UUID", key);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* At most max bytes of two digits each; the rest is zeros. */
static bool hex_take(struct parse *p, const char *key, json_object *value, uint8_t *to, size_t max)
{
	const char *text = text_of(p, key, value);
	size_t len = text ? strlen(text) : 0, i;

	if (!text)
		return false;
	if (len % 2 || len / 2 > max)
		return parse_refuse(p, "%s has %zu digits", key, len);
	memset(to, 0, max);
	for (i = 0; i < len; i++) {
		if (digit(text[i]) < 0)
			return parse_refuse(p, "%s is not made of hexadecimal digits", key);
		to[i / 2] = (uint8_t)(to[i / 2] << 4 | digit(text[i]));
	}
	return true;
}

static bool crc_take(struct parse *p, const char *key, json_object *value, uint32_t *to)
{
	const char *text = text_of(p, key, value);
	uint8_t bytes[4];

	if (!text)
		return false;
	if (strlen(text) != 2 * sizeof(bytes))
		return parse_refuse(p, "%s is not eight digits", key);
	if (!hex_take(p, key, value, bytes, sizeof(bytes)))
		return false;
	*to = (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
	return true;
}

static bool backing_take(struct parse *p, const char *key, json_object *value)
{
	const char *text = text_of(p, key, value);
	char bytes[4 * sizeof(p->d->backing)];

	if (!text)
		return false;
	if (!text[0] || strlen(text) >= sizeof(bytes))
		return parse_refuse(p, "%s is empty or too long", key);
	strcpy(bytes, text);
	if (!json_name_unescape(bytes))
		return parse_refuse(p, "%s has a NUL byte in it", key);
	if (strlen(bytes) >= sizeof(p->d->backing))
		return parse_refuse(p, "%s is empty or too long", key);
	strcpy(p->d->backing, bytes);
	return true;
}

static bool bool_take(struct parse *p, const char *key, json_object *value, bool *to)
{
	if (!json_object_is_type(value, json_type_boolean))
		return parse_refuse(p, "%s is not true or false", key);
	*to = json_object_get_boolean(value);
	return true;
}

/* Pairs of numbers; whole_check() says how they must be. */
static bool bad_take(struct parse *p, const char *key, json_object *value)
{
	struct description *d = p->d;
	size_t nr = json_object_is_type(value, json_type_array) ? json_object_array_length(value) :
								  1;
	size_t i;

	if (nr % 2 || nr / 2 > DESCRIPTION_BAD_MAX)
		return parse_refuse(p, "%s is not a list of pairs, %u at most", key,
				    DESCRIPTION_BAD_MAX);
	for (i = 0; i < nr; i++)
		if (!number_take(p, key, json_object_array_get_idx(value, i),
				 i % 2 ? &d->bad[i / 2].length : &d->bad[i / 2].offset))
			return false;
	d->nr_bad = nr / 2;
	return true;
}

enum member {
	VERSION_IS, BACKING, UUID, SIZE, GUEST, LABELS, LABELS_CRC, BAD, DONE, CRC, FINISHED,
	MEMBERS,
};

static const char *const names[MEMBERS] = {
	[VERSION_IS] = "xen-pmem-image", [BACKING] = "backing", [UUID] = "uuid", [SIZE] = "size",
	[GUEST] = "guest", [LABELS] = "labels", [LABELS_CRC] = "labels_crc32c",
	[BAD] = "bad_blocks", [DONE] = "done",
	[CRC] = "crc32c", [FINISHED] = "finished",
};

static bool member_take(struct parse *p, enum member member, const char *key, json_object *value)
{
	struct description *d = p->d;

	switch (member) {
	case VERSION_IS:
		return true;	/* version_check() came first */
	case BACKING:
		return backing_take(p, key, value);
	case UUID:
		return uuid_take(p, key, value, d->uuid);
	case SIZE:
		return number_take(p, key, value, &d->size);
	case GUEST:
		return uuid_take(p, key, value, d->guest);
	case LABELS:
		d->has_labels = true;
		return hex_take(p, key, value, d->labels, sizeof(d->labels));
	case LABELS_CRC:
		return crc_take(p, key, value, &p->labels_crc);
	case BAD:
		return bad_take(p, key, value);
	case DONE:
		return number_take(p, key, value, &d->done);
	case CRC:
		return crc_take(p, key, value, &d->crc);
	case FINISHED:
		return bool_take(p, key, value, &d->finished);
	default:
		return parse_refuse(p, "%.40s is not known to this version", key);
	}
}

static bool member_is_there(json_object *object, enum member member)
{
	return json_object_object_get_ex(object, names[member], NULL);
}

static bool bad_check(struct parse *p)
{
	const struct description *d = p->d;
	uint64_t from = 0, end;
	unsigned int i;

	for (i = 0; i < d->nr_bad; i++) {
		end = d->bad[i].offset + d->bad[i].length;
		if (d->bad[i].offset < from || d->bad[i].offset % PAGE || !d->bad[i].length ||
		    end > d->done || (end % PAGE && end != d->size))
			return parse_refuse(p, "%s: the pairs are not pages in order", names[BAD]);
		from = end + 1;
	}
	return true;
}

/* What one member alone does not show. */
static bool whole_check(struct parse *p, json_object *object)
{
	static const enum member needed[] = { BACKING, SIZE, DONE, CRC, FINISHED };
	const struct description *d = p->d;
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!member_is_there(object, needed[i]))
			return parse_refuse(p, "%s is missing", names[needed[i]]);
	if (d->has_labels != member_is_there(object, LABELS_CRC))
		return parse_refuse(p, "%s is missing", names[d->has_labels ? LABELS_CRC : LABELS]);
	if (d->has_labels && crc32c_fast(0, d->labels, sizeof(d->labels)) != p->labels_crc)
		return parse_refuse(p, "labels are damaged (their CRC does not fit)");
	if (d->has_labels && uuid_is_null(d->uuid))
		return parse_refuse(p, "labels without a uuid");
	if (!d->size)
		return parse_refuse(p, "size is 0");
	if (d->done > d->size || (d->done % PAGE && d->done != d->size))
		return parse_refuse(p, "done is not a multiple of 4096 up to size");
	if (d->finished && d->done != d->size)
		return parse_refuse(p, "finished, but not all is done");
	return bad_check(p);
}

static bool version_check(struct parse *p, json_object *object)
{
	json_object *value;
	uint64_t version;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, names[VERSION_IS], &value))
		return parse_refuse(p, DESCRIPTION_NOT_OURS);
	if (!number_take(p, names[VERSION_IS], value, &version))
		return false;
	if (!version || version > VERSION)
		return parse_refuse(p, "made by another version of xen-pmem (its format is %llu, "
				    "this one's %d)", (unsigned long long)version, VERSION);
	if ((version == 2) != member_is_there(object, BAD))
		return parse_refuse(p, version == 2 ? "%s is missing" :
						      "%s is not known to version 1", names[BAD]);
	return true;
}

static bool object_take(struct parse *p, json_object *object)
{
	if (!version_check(p, object))
		return false;
	json_object_object_foreach(object, key, value) {
		enum member member = 0;

		while (member < MEMBERS && strcmp(key, names[member]))
			member++;
		if (!member_take(p, member, key, value))
			return false;
	}
	return whole_check(p, object);
}

static bool text_parse(struct parse *p, json_tokener *tokener, const char *text, size_t len)
{
	json_object *object;
	bool good;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	object = json_tokener_parse_ex(tokener, text, (int)len);
	if (!object)
		good = parse_refuse(p, "not JSON: %s",
			     json_tokener_error_desc(json_tokener_get_error(tokener)));
	else if (json_tokener_get_error(tokener) != json_tokener_success)
		good = parse_refuse(p, "not JSON: something follows its end");
	else
		good = object_take(p, object);
	json_object_put(object);
	return good;
}

bool description_parse(const char *text, size_t len, struct description *d, char *why,
		       size_t why_len)
{
	struct parse p = { .d = d, .why = why, .why_len = why_len };
	json_tokener *tokener;
	bool good;

	memset(d, 0, sizeof(*d));
	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	if (len > DESCRIPTION_TEXT_MAX || memchr(text, 0, len))
		return parse_refuse(&p, DESCRIPTION_NOT_OURS);
	tokener = json_tokener_new_ex(DEPTH_MAX);
	if (!tokener)
		return parse_refuse(&p, "no memory");
	good = text_parse(&p, tokener, text, len);
	json_tokener_free(tokener);
	return good;
}

bool description_bad_at(const struct description *d, uint64_t offset)
{
	unsigned int i;

	for (i = 0; i < d->nr_bad; i++)
		if (offset - d->bad[i].offset < d->bad[i].length)
			return true;
	return false;
}

bool description_bad_add(struct description *d, uint64_t offset, uint64_t length)
{
	struct description_bad *last = d->nr_bad ? &d->bad[d->nr_bad - 1] : NULL;

	if (description_bad_at(d, offset))
		return true;
	if (last && last->offset + last->length == offset) {
		last->length += length;
		return true;
	}
	if (d->nr_bad == DESCRIPTION_BAD_MAX)
		return false;
	d->bad[d->nr_bad++] = (struct description_bad){ offset, length };
	return true;
}

static void bad_add(json_object *object, const struct description *d)
{
	json_object *list = d->nr_bad ? json_array(object, names[BAD]) : NULL;
	unsigned int i;

	for (i = 0; list && i < d->nr_bad; i++) {
		json_object_array_add(list, json_object_new_uint64(d->bad[i].offset));
		json_object_array_add(list, json_object_new_uint64(d->bad[i].length));
	}
}

static void crc_add(json_object *object, enum member member, uint32_t crc)
{
	char text[9];

	snprintf(text, sizeof(text), "%08x", crc);
	json_object_object_add(object, names[member], json_object_new_string(text));
}

static bool labels_add(json_object *object, const uint8_t *labels)
{
	size_t len = XEN_PMEM_LABEL_SIZE, i;
	char *text;

	while (len && !labels[len - 1])
		len--;
	text = malloc(2 * len + 1);
	if (!text)
		return false;
	text[0] = '\0';
	for (i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", labels[i]);
	json_object_object_add(object, names[LABELS], json_object_new_string(text));
	crc_add(object, LABELS_CRC, crc32c_fast(0, labels, XEN_PMEM_LABEL_SIZE));
	free(text);
	return true;
}

char *description_print(const struct description *d)
{
	json_object *object = json_object_new_object();
	const char *text;
	char *copy = NULL;

	json_object_object_add(object, names[VERSION_IS], json_object_new_int(d->nr_bad ? 2 : 1));
	json_name(object, names[BACKING], d->backing);
	json_uuid(object, names[UUID], d->uuid);
	json_number(object, names[SIZE], d->size);
	json_uuid(object, names[GUEST], d->guest);
	if (!d->has_labels || labels_add(object, d->labels)) {
		bad_add(object, d);
		json_number(object, names[DONE], d->done);
		crc_add(object, CRC, d->crc);
		json_flag(object, names[FINISHED], d->finished);
		text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
		if (text && asprintf(&copy, "%s\n", text) < 0)
			copy = NULL;
	}
	json_object_put(object);
	return copy;
}
