// SPDX-License-Identifier: GPL-2.0-only
/* Reads the specification of a vNVDIMM: its text becomes a struct in which all is well-formed. */
#include "host/spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ui/ui.h"

#define PAGE	4096ull
#define GIB	(1ull << 30)

enum key { KEY_BACKEND, KEY_RO, KEY_NODE, KEY_GPA, KEY_LABEL, KEY_SIZE, KEY_OFFSET, KEY_BAD,
	   KEYS };

static const char *const names[KEYS] = {
	"backend", "ro", "node", "gpa", "label", "size", "offset", "badblocks",
};

struct parser {
	struct vnvdimm_spec *spec;
	const char *what;		/* that the text is about */
	const char *keys;		/* that it may have, in words */
	bool seen[KEYS];
	char *why;
	size_t len;
};

static bool __attribute__((format(printf, 3, 4)))
key_refuse(struct parser *p, const char *key, const char *format, ...)
{
	va_list args;
	int at = snprintf(p->why, p->len, "%.40s: ", key);

	va_start(args, format);
	if (at >= 0 && (size_t)at < p->len)
		vsnprintf(p->why + at, p->len - at, format, args);
	va_end(args);
	return false;
}

/* The nearest multiple of a unit. */
static uint64_t unit_nearest(uint64_t n, uint64_t unit)
{
	uint64_t down = n / unit * unit;

	return n - down < unit / 2 || down > UINT64_MAX - unit ? down : down + unit;
}

/* A size is not 0. */
static uint64_t page_nearest(enum key key, uint64_t n)
{
	return key == KEY_SIZE && n < PAGE ? PAGE : unit_nearest(n, PAGE);
}

static bool pages_take(struct parser *p, enum key key, const char *value, uint64_t *to)
{
	const char *name = names[key];
	unsigned long long near;
	struct size_buf text;
	uint64_t n;

	if (!size_parse(value, &n))
		return key_refuse(p, name, "\"%.40s\" is not %s", value,
				  key == KEY_GPA ? "an address" : "a size (as 512M or 64G)");
	near = page_nearest(key, n);
	if (n % PAGE && key == KEY_GPA)
		return key_refuse(p, name, "%#llx is not a multiple of 4096; the nearest one is "
				  "%#llx", (unsigned long long)n, near);
	if (n % PAGE)
		return key_refuse(p, name, "%llu is not a multiple of 4096; the nearest one is "
				  "%llu (%s)", (unsigned long long)n, near,
				  size_text(near, &text));
	if (!n && key == KEY_SIZE)
		return key_refuse(p, name, "must not be 0");
	*to = n;
	return true;
}

/* RAM on NVDIMMs comes in whole slots. */
static bool ram_size_take(struct parser *p, const char *value)
{
	struct size_buf is, near;
	uint64_t n;

	if (!size_parse(value, &n))
		return key_refuse(p, "size", "\"%.40s\" is not a size (as 1G or 64G)", value);
	if (!n)
		return key_refuse(p, "size", "must not be 0");
	if (n % GIB)
		return key_refuse(p, "size", "%s is not a multiple of 1G; the nearest one is %s",
				  size_text(n, &is),
				  size_text(n < GIB ? GIB : unit_nearest(n, GIB), &near));
	p->spec->size = n;
	return true;
}

static bool node_take(struct parser *p, const char *value)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(value, &end, 0);
	if (value[0] < '0' || value[0] > '9' || *end)
		return key_refuse(p, "node", "\"%.40s\" is not a number", value);
	if (errno || n >= XENPMEM_NO_NODE)
		return key_refuse(p, "node", "%.40s is out of range: 0 to %u are possible", value,
				  XENPMEM_NO_NODE - 1);
	p->spec->node = n;
	return true;
}

/* RAM on NVDIMMs is a node of its own, or the DRAM's. */
static bool ram_node_take(struct parser *p, const char *value)
{
	if (strcmp(value, "own") && strcmp(value, "0"))
		return key_refuse(p, "node", "must be own or 0, not \"%.40s\"", value);
	p->spec->own_node = !strcmp(value, "own");
	return true;
}

static bool label_take(struct parser *p, const char *value)
{
	if (strcmp(value, "on") && strcmp(value, "off"))
		return key_refuse(p, "label", "must be on or off, not \"%.40s\"", value);
	p->spec->label = strcmp(value, "on") ? LABEL_OFF : LABEL_ON;
	return true;
}

static bool bad_take(struct parser *p, const char *value)
{
	if (strcmp(value, "list") && strcmp(value, "refuse"))
		return key_refuse(p, "badblocks", "must be list or refuse, not \"%.40s\"", value);
	p->spec->badblocks = strcmp(value, "list") ? BAD_REFUSE : BAD_LIST;
	return true;
}

static bool name_take(struct parser *p, const char *value)
{
	if (strlen(value) >= sizeof(p->spec->name))
		return key_refuse(p, "backend", "its name is too long");
	strcpy(p->spec->name, value);
	return true;
}

static bool value_take(struct parser *p, enum key key, const char *value)
{
	switch (key) {
	case KEY_BACKEND:
		return name_take(p, value);
	case KEY_NODE:
		return p->spec->ram ? ram_node_take(p, value) : node_take(p, value);
	case KEY_GPA:
		return pages_take(p, key, value, &p->spec->gpa);
	case KEY_LABEL:
		return label_take(p, value);
	case KEY_BAD:
		return bad_take(p, value);
	case KEY_SIZE:
		return p->spec->ram ? ram_size_take(p, value) :
				      pages_take(p, key, value, &p->spec->size);
	case KEY_OFFSET:
		return pages_take(p, key, value, &p->spec->offset);
	default:
		return key_refuse(p, names[key], "takes no value");
	}
}

/* Of a pool come whole slots, where there is room. */
static bool key_is_for_ram(enum key key)
{
	return key == KEY_BACKEND || key == KEY_NODE || key == KEY_SIZE;
}

static enum key key_find(const struct parser *p, const char *name)
{
	enum key key = 0;

	while (key < KEYS && (strcmp(name, names[key]) ||
	       (p->spec->ram && !key_is_for_ram(key))))
		key++;
	return key;
}

/* An option without a '=' is "ro", or the backend's name. */
static bool option_take(struct parser *p, char *option)
{
	char *value = strchr(option, '=');
	enum key key;

	if (!option[0])
		return key_refuse(p, p->what, "an option is empty: a comma too many");
	if (value)
		*value++ = '\0';
	key = key_find(p, option);
	if (key == KEYS && value)
		return key_refuse(p, option[0] ? option : "\"\"",
				  "no such key (the keys are %s)", p->keys);
	if (key == KEYS) {
		key = KEY_BACKEND;
		value = option;
	}
	if (p->seen[key])
		return key_refuse(p, names[key], "given twice");
	p->seen[key] = true;
	if (!value && key == KEY_RO)
		return p->spec->ro = true;
	if (key != KEY_RO && (!value || !value[0]))
		return key_refuse(p, names[key], "needs a value");
	return value_take(p, key, value);
}

static char *trimmed(char *text)
{
	char *end;

	text += strspn(text, " \t");
	for (end = text + strlen(text); end > text && strchr(" \t", end[-1]); end--)
		end[-1] = '\0';
	return text;
}

static bool text_take(struct parser *p, const char *text)
{
	char copy[SPEC_TEXT_MAX], *option, *rest = copy;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return key_refuse(p, p->what, "too long");
	while ((option = strsep(&rest, ",")))
		if (!option_take(p, trimmed(option)))
			return false;
	return true;
}

bool spec_parse(const char *text, struct vnvdimm_spec *spec, char *why, size_t len)
{
	struct parser p = { .spec = spec, .what = "vNVDIMM", .keys = SPEC_KEYS, .why = why,
			    .len = len };

	*spec = (struct vnvdimm_spec){ .gpa = XENPMEM_ANYWHERE, .node = XENPMEM_NO_NODE };
	if (!text_take(&p, text))
		return false;
	if (!p.seen[KEY_BACKEND])
		return key_refuse(&p, "backend", "is missing");
	if (spec->label == LABEL_ON && (p.seen[KEY_SIZE] || p.seen[KEY_OFFSET]))
		return key_refuse(&p, "label", "on needs the whole namespace, and %s asks for a "
				  "part of it", p.seen[KEY_SIZE] ? "size" : "offset");
	return true;
}

bool spec_parse_ram(const char *text, struct vnvdimm_spec *spec, char *why, size_t len)
{
	struct parser p = { .spec = spec, .what = "RAM", .keys = SPEC_RAM_KEYS, .why = why,
			    .len = len };

	*spec = (struct vnvdimm_spec){ .gpa = XENPMEM_ANYWHERE, .node = XENPMEM_NO_NODE,
				       .ram = true, .own_node = true };
	if (!text_take(&p, text))
		return false;
	return p.seen[KEY_SIZE] || key_refuse(&p, "size", "is missing (as size=64G)");
}
