/* SPDX-License-Identifier: GPL-2.0-only */
/* The document of --json: names that are not UTF-8 come back, and arrays are sorted. */
#include "suite.h"

#include <unistd.h>

#include "tool/ui/json.h"

/* A name and how it is escaped; NULL: as it is. */
static const struct name_row {
	const char *name, *bytes, *text;
} names[] = {
	{ "empty", "", NULL },
	{ "ASCII", "xen-a /dev/pmem0.1 \"q\" \x01\n\x7f", NULL },
	{ "backslash", "a\\b\\\\", "a\\\\b\\\\\\\\" },
	{ "what looks escaped", "\\xe9", "\\\\xe9" },
	{ "Latin-1", "xen-caf\xe9", "xen-caf\\xe9" },
	{ "Latin-1 in the middle", "caf\xe9s", "caf\\xe9s" },
	{ "two bytes, the first", "\xc2\x80", NULL },
	{ "two bytes, the last", "\xdf\xbf", NULL },
	{ "two bytes, too long for what it is", "\xc1\xbf", "\\xc1\\xbf" },
	{ "two bytes, cut off", "\xc3", "\\xc3" },
	{ "a tail alone", "\x80\xbf", "\\x80\\xbf" },
	{ "three bytes, the first", "\xe0\xa0\x80", NULL },
	{ "three bytes, too long for what it is", "\xe0\x9f\xbf", "\\xe0\\x9f\\xbf" },
	{ "three bytes, cut off", "\xe2\x82", "\\xe2\\x82" },
	{ "three bytes, cut off by a letter", "\xe2\x82z", "\\xe2\\x82z" },
	{ "the last before the surrogates", "\xed\x9f\xbf", NULL },
	{ "the first surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "the first behind the surrogates", "\xee\x80\x80", NULL },
	{ "three bytes, the last", "\xef\xbf\xbf", NULL },
	{ "four bytes, the first", "\xf0\x90\x80\x80", NULL },
	{ "four bytes, too long for what it is", "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf" },
	{ "four bytes, the last", "\xf4\x8f\xbf\xbf", NULL },
	{ "beyond the last", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "no lead", "\xf5\x80\x80\x80\xfe\xff", "\\xf5\\x80\\x80\\x80\\xfe\\xff" },
	{ "both kinds", "\xc3\xa9\xe9\xe2\x82\xac", "\xc3\xa9\\xe9\xe2\x82\xac" },
};

static void name_comes_back(void **state)
{
	const struct name_row *row = *state;
	char *text = json_name_escape(row->bytes);

	assert_string_equal(text, row->text ? row->text : row->bytes);
	assert_true(json_name_unescape(text));
	assert_string_equal(text, row->bytes);
	free(text);
}

/* What people, or earlier versions, may have written. */
static const struct text_row {
	const char *name, *text, *bytes;	/* NULL: refused */
} texts[] = {
	{ "a backslash alone", "a\\b", "a\\b" },
	{ "a backslash at the end", "a\\", "a\\" },
	{ "one digit", "\\xe", "\\xe" },
	{ "no digits", "\\xzz", "\\xzz" },
	{ "capitals", "\\xE9", "\\xE9" },
	{ "bytes that are not escaped", "caf\xe9", "caf\xe9" },
	{ "a letter", "\\x41", "A" },
	{ "NUL", "a\\x00b", NULL },
};

static void text_unescapes(void **state)
{
	const struct text_row *row = *state;
	char text[32];

	strcpy(text, row->text);
	assert_true(json_name_unescape(text) == !!row->bytes);
	if (row->bytes)
		assert_string_equal(text, row->bytes);
}

static bool is_utf8(const char *text)
{
	json_tokener *tokener = json_tokener_new();
	json_object *parsed;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	parsed = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
	json_tokener_free(tokener);
	json_object_put(parsed);
	return parsed;
}

/* json-c is the judge of what is UTF-8. */
static void random_bytes(void **state)
{
	uint64_t random = 7;
	char bytes[12] = "", *text;
	json_object *object;
	int i, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		for (k = 0; k < 11; k++)
			bytes[k] =
				(char)(random_next(&random) % 3 ? 0x80 | random_next(&random)
								: 1 + random_next(&random) % 127);
		object = json_object_new_object();
		json_name(object, "name", bytes);
		assert_true(is_utf8(json_object_to_json_string(object)));
		text = strdup(json_object_get_string(json_object_object_get(object, "name")));
		assert_true(json_name_unescape(text));
		assert_string_equal(text, bytes);
		free(text);
		json_object_put(object);
	}
}

/* What json_end() prints. */
static json_object *document_end(void)
{
	char path[] = "/tmp/test_json.XXXXXX";
	int out = dup(STDOUT_FILENO), file = mkstemp(path);
	json_object *document;

	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	json_end();
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(file);
	document = json_object_from_file(path);
	unlink(path);
	assert_non_null(document);
	return document;
}

static void document_is(const char *text)
{
	json_object *is = document_end(), *wanted = json_tokener_parse(text);

	assert_non_null(wanted);
	if (!json_object_equal(is, wanted))
		assert_string_equal(json_object_to_json_string(is),
				    json_object_to_json_string(wanted));
	json_object_put(is);
	json_object_put(wanted);
}

static void no_document(void **state)
{
	static const uint8_t uuid[16] = { 1 };

	(void)state;
	assert_false(json_is_wanted());
	assert_null(json_item("files"));
	assert_null(json_object_at("extension"));
	assert_null(json_array(NULL, "vnvdimms"));
	assert_null(json_array_item(NULL));
	json_name(NULL, "a", "b");
	json_number(NULL, "a", 1);
	json_flag(NULL, "a", true);
	json_uuid(NULL, "a", uuid);
	json_changed();
	json_message("errors", "subject", "text");
	json_end();
}

static void empty_document(void **state)
{
	(void)state;
	json_begin("enable", "namespaces files", true);
	assert_true(json_is_wanted());
	document_is("{\"version\":1,\"verb\":\"enable\",\"changed\":false,\"namespaces\":[],"
		    "\"files\":[],\"warnings\":[],\"errors\":[]}");
	assert_false(json_is_wanted());
}

static void sorted_document(void **state)
{
	static const char *const devices[] = { "namespace0.10", "namespace0.2", "namespace1.0",
					       "namespace0.1" };
	size_t i;

	(void)state;
	json_begin("list", "namespaces guests", false);
	for (i = 0; i < NR(devices); i++)
		json_name(json_item("namespaces"), "device", devices[i]);
	for (i = 0; i < 3; i++)
		json_number(json_item("guests"), "domain", "\5\x0b\4"[i]);
	json_message("errors", "z", "first");
	json_message("errors", NULL, "second");
	document_is("{\"version\":1,\"verb\":\"list\",\"namespaces\":[{\"device\":\"namespace0.1\"}"
		    ",{\"device\":\"namespace0.2\"},"
		    "{\"device\":\"namespace0.10\"},{\"device\":\"namespace1.0\"}],\"guests\":[{"
		    "\"domain\":4},{\"domain\":5},{\"domain\":11}],"
		    "\"warnings\":[],\"errors\":[{\"subject\":\"z\",\"text\":\"first\"},{\"text\":"
		    "\"second\"}]}");
}

static void sorted_inside(void **state)
{
	static const uint64_t places[] = { 1ull << 63, 3, 1ull << 40 };
	json_object *guest, *list;
	size_t i;

	(void)state;
	json_begin("status", "guests", false);
	guest = json_item("guests");
	json_number(guest, "domain", 1);
	list = json_array(guest, "vnvdimms");
	for (i = 0; i < NR(places); i++)
		json_number(json_array_item(list), "gpa", places[i]);
	json_name(json_object_at("extension"), "name", "a\xff");
	document_is("{\"version\":1,\"verb\":\"status\",\"guests\":[{\"domain\":1,\"vnvdimms\":[{"
		    "\"gpa\":3},{\"gpa\":1099511627776},"
		    "{\"gpa\":9223372036854775808}]}],\"warnings\":[],\"errors\":[],\"extension\":{"
		    "\"name\":\"a\\\\xff\"}}");
}

/* For wrong usage that a verb finds: the document goes unprinted. */
static void dropped_document(void **state)
{
	(void)state;
	json_begin("attach", "guests", true);
	json_drop();
	assert_false(json_is_wanted());
	json_drop();
	json_end();
}

int main(void)
{
	suite_add_rows(name_comes_back, names);
	suite_add_rows(text_unescapes, texts);
	suite_add("random bytes are UTF-8 when escaped, and come back", random_bytes);
	suite_add("without --json there is no document", no_document);
	suite_add("an empty document", empty_document);
	suite_add("arrays are sorted, messages are not", sorted_document);
	suite_add("arrays in items are sorted", sorted_inside);
	suite_add("a dropped document", dropped_document);
	return suite_run("json");
}
