// SPDX-License-Identifier: GPL-2.0-only
/* Reads one vNVDIMM's options: takes their text, hands on a struct in which everything is well-formed. */
#include "host/spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ui/ui.h"

#define PAGE	4096ull

enum key { KEY_BACKEND, KEY_RO, KEY_NODE, KEY_GPA, KEY_LABEL, KEY_SIZE, KEY_OFFSET, KEYS };

static const char *const names[KEYS] = { "backend", "ro", "node", "gpa", "label", "size", "offset" };

struct parser {
	struct vnvdimm_spec *spec;
	bool seen[KEYS];
	char *why;
	size_t len;
};

static bool wrong(struct parser *p, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool wrong(struct parser *p, const char *key, const char *format, ...)
{
	va_list args;
	int at = snprintf(p->why, p->len, "%.40s: ", key);

	va_start(args, format);
	if (at >= 0 && (size_t)at < p->len)
		vsnprintf(p->why + at, p->len - at, format, args);
	va_end(args);
	return false;
}

/* The nearest multiple of a page that there is; of a size, that is not 0. */
static uint64_t nearest(enum key key, uint64_t n)
{
	uint64_t down = n / PAGE * PAGE;

	if (!down && key == KEY_SIZE)
		return PAGE;
	return n - down < PAGE / 2 || down > UINT64_MAX - PAGE ? down : down + PAGE;
}

static bool pages_take(struct parser *p, enum key key, const char *value, uint64_t *to)
{
	struct size_buf near;
	uint64_t n;

	if (!size_parse(value, &n))
		return wrong(p, names[key], "\"%.40s\" is no %s", value, key == KEY_GPA ? "address" : "size");
	if (n % PAGE && key == KEY_GPA)
		return wrong(p, names[key], "%#llx is not a multiple of 4096; the nearest one is %#llx", (unsigned long long)n,
			     (unsigned long long)nearest(key, n));
	if (n % PAGE)
		return wrong(p, names[key], "%llu is not a multiple of 4096; the nearest one is %llu (%s)", (unsigned long long)n,
			     (unsigned long long)nearest(key, n), size_text(nearest(key, n), &near));
	if (!n && key == KEY_SIZE)
		return wrong(p, names[key], "0 is nothing");
	*to = n;
	return true;
}

static bool node_take(struct parser *p, const char *value)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(value, &end, 0);
	if (value[0] < '0' || value[0] > '9' || *end)
		return wrong(p, "node", "\"%.40s\" is no number", value);
	if (errno || n >= XENPMEM_NO_NODE)
		return wrong(p, "node", "%.40s is out of range: 0 to %u are possible", value, XENPMEM_NO_NODE - 1);
	p->spec->node = n;
	return true;
}

static bool label_take(struct parser *p, const char *value)
{
	if (strcmp(value, "on") && strcmp(value, "off"))
		return wrong(p, "label", "on or off, not \"%.40s\"", value);
	p->spec->label = strcmp(value, "on") ? LABEL_OFF : LABEL_ON;
	return true;
}

static bool name_take(struct parser *p, const char *value)
{
	if (strlen(value) >= sizeof(p->spec->name))
		return wrong(p, "backend", "no namespace has so long a name");
	strcpy(p->spec->name, value);
	return true;
}

static bool value_take(struct parser *p, enum key key, const char *value)
{
	switch (key) {
	case KEY_BACKEND:
		return name_take(p, value);
	case KEY_NODE:
		return node_take(p, value);
	case KEY_GPA:
		return pages_take(p, key, value, &p->spec->gpa);
	case KEY_LABEL:
		return label_take(p, value);
	case KEY_SIZE:
		return pages_take(p, key, value, &p->spec->size);
	case KEY_OFFSET:
		return pages_take(p, key, value, &p->spec->offset);
	default:
		return wrong(p, names[key], "takes no value");
	}
}

static enum key key_find(const char *name)
{
	enum key key = 0;

	while (key < KEYS && strcmp(name, names[key]))
		key++;
	return key;
}

/* What stands alone, without a '=': "ro", or the backend's name. */
static bool option_take(struct parser *p, char *option)
{
	char *value = strchr(option, '=');
	enum key key;

	if (!option[0])
		return wrong(p, "vNVDIMM", "an option is empty: a comma too many");
	if (value)
		*value++ = '\0';
	key = key_find(option);
	if (key == KEYS && value)
		return wrong(p, option[0] ? option : "\"\"", "no such key (there are " SPEC_KEYS ")");
	if (key == KEYS) {
		key = KEY_BACKEND;
		value = option;
	}
	if (p->seen[key])
		return wrong(p, names[key], "given twice");
	p->seen[key] = true;
	if (!value && key == KEY_RO)
		return p->spec->ro = true;
	if (key != KEY_RO && (!value || !value[0]))
		return wrong(p, names[key], "wants a value");
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

bool spec_parse(const char *text, struct vnvdimm_spec *spec, char *why, size_t len)
{
	struct parser p = { .spec = spec, .why = why, .len = len };
	char copy[SPEC_TEXT_MAX], *option, *rest = copy;

	*spec = (struct vnvdimm_spec){ .gpa = XENPMEM_ANYWHERE, .node = XENPMEM_NO_NODE };
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return wrong(&p, "vNVDIMM", "too long");
	while ((option = strsep(&rest, ",")))
		if (!option_take(&p, trimmed(option)))
			return false;
	if (!p.seen[KEY_BACKEND])
		return wrong(&p, "backend", "is missing");
	if (spec->label == LABEL_ON && (p.seen[KEY_SIZE] || p.seen[KEY_OFFSET]))
		return wrong(&p, "label", "on is for a whole namespace, and %s asks for a part of one", p.seen[KEY_SIZE] ? "size" : "offset");
	return true;
}
