/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What --json prints: one document for a run of the tool. docs/json.md says what is in it. Without
 * --json there is no document: json_item() and json_object_at() return NULL then, and the other
 * functions do nothing with NULL.
 */
#ifndef XEN_PMEM_TOOL_JSON_H
#define XEN_PMEM_TOOL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <json-c/json.h>

#define JSON_VERSION	1

/*
 * Names are bytes, and JSON is UTF-8: each byte that is not part of a character in UTF-8 becomes
 * \xHH, and a backslash becomes \\ (before JSON escapes it in turn). For free(); NULL: no memory.
 */
char *json_name_escape(const char *name);

/*
 * The bytes again, in place. A backslash that begins neither stands for itself. false: there is a
 * NUL byte in it.
 */
bool json_name_unescape(char *text);

/* Members of an object. A name is escaped. A UUID of zeros and a text of NULL are left out. */
void json_name(json_object *to, const char *key, const char *name);
void json_number(json_object *to, const char *key, uint64_t number);
void json_flag(json_object *to, const char *key, bool value);
void json_uuid(json_object *to, const char *key, const uint8_t uuid[16]);
json_object *json_array(json_object *to, const char *key);
json_object *json_object_in(json_object *to, const char *key);
json_object *json_array_item(json_object *array);

/* arrays: names, separated by spaces. changes: the document has "changed". */
void json_begin(const char *verb, const char *arrays, bool changes);
bool json_is_wanted(void);
json_object *json_item(const char *array); /* a new object in this array of the document */
json_object *json_object_at(const char *key);		/* a new object in the document */
void json_changed(void);
void json_dry_run(void);	/* nothing is changed, and the document says why */
void json_message(const char *array, const char *subject, const char *text);

/*
 * For a verb that goes on: prints the document on one line, if it has anything to say, and begins
 * the next. A document that says nothing stays.
 */
void json_round_end(void);

/* Sorts and prints the document; or drops it. Without one they do nothing. */
void json_end(void);
void json_drop(void);

#endif
