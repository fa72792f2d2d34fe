// SPDX-License-Identifier: GPL-2.0-only
/* Replaces names in texts by placeholders. */
#define _GNU_SOURCE
#include "report/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/json.h"
#include "xen-pmem/nfit.h"
#include "xen-pmem/driver.h"

static const char *const kind_words[NAME_KINDS] = {
	[NAME_HOST] = "HOST", [NAME_GUEST] = "GUEST", [NAME_LABEL] = "LABEL", [NAME_PATH] = "PATH",
	[NAME_SERIAL] = "SERIAL", [NAME_UUID] = "UUID", [NAME_MAC] = "MAC",
};

/* What is a name by its form: `shape`, in which x is a hexadecimal digit, or what follows `key`. */
static const struct form {
	enum name_kind kind;
	const char *shape, *key;
} forms[] = {
	{ NAME_UUID, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", NULL },
	{ NAME_UUID, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL },
	{ NAME_MAC, "xx:xx:xx:xx:xx:xx", NULL },
	{ NAME_UUID, NULL, "UUID=" },
	{ NAME_SERIAL, NULL, "SerialNumber: " },
};

static void *memory_need(void *memory)
{
	if (memory)
		return memory;
	fputs("xen-pmem: no memory\n", stderr);
	exit(EXIT_FAILURE);
}

static const struct name *name_find(const struct names *names, const char *text)
{
	size_t i;

	for (i = 0; i < names->nr; i++)
		if (!strcmp(names->list[i].text, text))
			return &names->list[i];
	return NULL;
}

/* text: for free(), by names_free() or here. */
static void name_store(struct names *names, enum name_kind kind, char *text,
		       const char *placeholder)
{
	memory_need(text);
	if (name_find(names, text)) {
		free(text);
		return;
	}
	names->list = memory_need(reallocarray(names->list, names->nr + 1, sizeof(struct name)));
	names->list[names->nr++] = (struct name){
		.kind = kind, .text = text, .placeholder = memory_need(strdup(placeholder)),
	};
}

/* A text as it is inside of a string in JSON. */
static char *json_text(const char *text)
{
	json_object *string = memory_need(json_object_new_string(text));
	const char *json = json_object_to_json_string_ext(string, JSON_C_TO_STRING_NOSLASHESCAPE);
	char *inside = strndup(json + 1, strlen(json) - 2);

	json_object_put(string);
	return inside;
}

static bool name_tells_nothing(const char *name)
{
	return name[strspn(name, "0123456789")] == '\0' || !strcmp(name, "Domain-0") ||
	       !strcmp(name, XEN_PMEM_LABEL_RESERVED) || !strcmp(name, "localhost");
}

void names_add(struct names *names, enum name_kind kind, const char *name)
{
	bool for_xen = kind == NAME_LABEL && !strncmp(name, "xen-", 4);
	char placeholder[32], *escaped;

	if (name_tells_nothing(name) || name_find(names, name))
		return;
	snprintf(placeholder, sizeof(placeholder), "%s%s%u", for_xen ? "xen-" : "",
		 kind_words[kind], ++names->count[kind]);
	escaped = memory_need(json_name_escape(name));
	name_store(names, kind, strdup(name), placeholder);
	name_store(names, kind, json_text(name), placeholder);
	name_store(names, kind, json_text(escaped), placeholder);
	name_store(names, kind, escaped, placeholder);
}

/* Linux writes a serial number in the first two ways, a set cookie in the third; ndctl in all. */
unsigned int names_add_serial(struct names *names, uint64_t serial)
{
	static const char *const formats[] = { "0x%08llx", "%08llx", "0x%llx", "%llu", "%lld" };
	const size_t nr = sizeof(formats) / sizeof(formats[0]);
	char text[32], placeholder[32];
	const struct name *known;
	size_t i;

	if (!serial)
		return 0;
	snprintf(text, sizeof(text), formats[0], (unsigned long long)serial);
	known = name_find(names, text);
	if (known)
		return strtoul(known->placeholder + strlen(kind_words[NAME_SERIAL]), NULL, 10);
	snprintf(placeholder, sizeof(placeholder), "%s%u", kind_words[NAME_SERIAL],
		 ++names->count[NAME_SERIAL]);
	/* A decimal number of 32 bits could be anything. */
	for (i = 0; i < (serial >> 32 ? nr : 3); i++) {
		snprintf(text, sizeof(text), formats[i], (unsigned long long)serial);
		name_store(names, NAME_SERIAL, strdup(text), placeholder);
	}
	return names->count[NAME_SERIAL];
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Does a word end before `at`, or begin there? There is a NUL at the end of the text. */
static bool is_edge(const char *text, const char *at)
{
	return at == text || !is_word(at[-1]) || !is_word(*at);
}

static size_t shape_length(const char *shape, const char *at)
{
	size_t i;

	for (i = 0; shape[i]; i++)
		if (shape[i] == 'x' ? !isxdigit((unsigned char)at[i]) : at[i] != shape[i])
			return 0;
	return is_word(at[i]) ? 0 : i;
}

static size_t form_length(const struct form *form, const char *text, const char *at)
{
	size_t key = form->key ? strlen(form->key) : 0;

	if (form->shape)
		return shape_length(form->shape, at);
	if ((size_t)(at - text) < key || memcmp(at - key, form->key, key))
		return 0;
	return strcspn(at, " \t\r\n\",;\\");
}

/* The placeholder of what has this form; letters and hyphens make no difference. */
static const char *form_placeholder(struct names *names, enum name_kind kind, const char *at,
				    size_t len)
{
	char *text = memory_need(calloc(1, len + 1)), *to = text, placeholder[32];
	const struct name *known;

	for (; len--; at++)
		if (*at != '-')
			*to++ = (char)tolower((unsigned char)*at);
	known = name_find(names, text);
	if (known) {
		free(text);
		return known->placeholder;
	}
	snprintf(placeholder, sizeof(placeholder), "%s%u", kind_words[kind], ++names->count[kind]);
	name_store(names, kind, text, placeholder);
	return names->list[names->nr - 1].placeholder;
}

static size_t domain_length(const char *at)
{
	size_t len = 0;

	while (at[len] == '.' && isalnum((unsigned char)at[len + 1]))
		do
			len++;
		while (isalnum((unsigned char)at[len]) || at[len] == '-');
	return len;
}

/* The longest name that is here; *len: all that it stands for. */
static const char *known_placeholder(const struct names *names, const char *text, const char *at,
				     size_t *len)
{
	const struct name *each, *found = NULL;
	size_t longest = 0, size;

	for (each = names->list; each < names->list + names->nr; each++) {
		size = strlen(each->text);
		if (size <= longest || strncmp(at, each->text, size) || !is_edge(text, at + size))
			continue;
		longest = size;
		found = each;
	}
	if (!found)
		return NULL;
	*len = longest + (found->kind == NAME_HOST ? domain_length(at + longest) : 0);
	return found->placeholder;
}

/* NULL: no name begins here. Forms come first: a guest's name may be a part of a UUID. */
static const char *placeholder_here(struct names *names, const char *text, const char *at,
				    size_t *len)
{
	size_t i;

	if (!is_edge(text, at))
		return NULL;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		*len = form_length(&forms[i], text, at);
		if (*len)
			return form_placeholder(names, forms[i].kind, at, *len);
	}
	return known_placeholder(names, text, at, len);
}

/* Bytes of 0 in a text are copied: no name goes over one. */
char *names_replace(struct names *names, const char *text, size_t size, size_t *new_size)
{
	char *replaced = NULL;
	FILE *to = memory_need(open_memstream(&replaced, new_size));
	const char *at, *placeholder;
	size_t len;

	for (at = text; at < text + size; at += len) {
		len = 1;
		placeholder = placeholder_here(names, text, at, &len);
		if (placeholder)
			fputs(placeholder, to);
		else
			fputc(*at, to), len = 1;
	}
	if (fclose(to))
		memory_need(NULL);
	return replaced;
}

/* It stays as right, or as wrong, as it was. */
static void checksum_fit(uint8_t *table, size_t at, uint8_t to)
{
	table[offsetof(struct acpi_table, checksum)] += table[at] - to;
	table[at] = to;
}

static void serial_replace(struct names *names, uint8_t *table, size_t at)
{
	uint32_t serial = 0, i;

	for (i = 0; i < 4; i++)
		serial = serial << 8 | table[at + i];
	serial = names_add_serial(names, serial);
	for (i = 0; i < 4; i++)
		checksum_fit(table, at + i, (uint8_t)(serial >> (24 - 8 * i)));
}

void names_replace_nfit(struct names *names, uint8_t *table, size_t size)
{
	const size_t serial = offsetof(struct nfit_control_region, serial_number);
	size_t at, length;

	for (at = sizeof(struct nfit_table); at + 4 <= size; at += length) {
		length = table[at + 2] | table[at + 3] << 8;
		if (length < 4 || length > size - at)
			return;
		if ((table[at] | table[at + 1] << 8) == NFIT_CONTROL_REGION && length >= serial + 4)
			serial_replace(names, table, at + serial);
	}
}

void names_free(struct names *names)
{
	size_t i;

	for (i = 0; i < names->nr; i++) {
		free(names->list[i].text);
		free(names->list[i].placeholder);
	}
	free(names->list);
}
