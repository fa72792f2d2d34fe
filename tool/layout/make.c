// SPDX-License-Identifier: GPL-2.0-only
/* Compares a build of Xen with what the extension expects, and notes the offsets. */
#include <stdio.h>
#include <string.h>

#include "core/layouts.h"
#include "layout/debug.h"
#include "layout/expected.h"
#include "layout/make.h"
#include "ui/ui.h"

static char *member_text(const char *type, const char *path, char *text, size_t len)
{
	snprintf(text, len, "struct %s%s%s", type, path[0] ? ": " : "", path);
	return text;
}

static unsigned int field_find(struct debug *debug, const struct expected_field *row,
			       uint16_t *offset)
{
	const struct debug_place place = debug_member(debug, row->type, row->path);
	char what[128];

	member_text(row->type, row->path, what, sizeof(what));
	if (place.wrong)
		warn(what, "expected %u bytes, found %s", row->size, place.wrong);
	else if (place.size != row->size)
		warn(what, "expected %u bytes, found %llu", row->size,
		     (unsigned long long)place.size);
	else if (place.at > LAYOUT_OFFSET_MAX)
		warn(what, "expected below 0x%x, found at 0x%llx", LAYOUT_OFFSET_MAX + 1,
		     (unsigned long long)place.at);
	else {
		*offset = (uint16_t)place.at;
		return 0;
	}
	return 1;
}

/* A field of struct xen_pmem_layout that has no row is a difference of ours. */
static unsigned int fields_find(struct debug *debug, struct xen_pmem_layout *layout)
{
	const struct expected_field *row;
	unsigned int i, wrong = 0;
	uint16_t offset = 0;

	for (i = 0; i < LAYOUT_FIELDS; i++) {
		for (row = expected_fields; row->name; row++)
			if (!strcmp(row->name, layout_fields[i].name))
				break;
		if (row->name)
			wrong += field_find(debug, row, &offset);
		else
			wrong++;
		memcpy((char *)layout + layout_fields[i].at, &offset, sizeof(offset));
	}
	return wrong;
}

static unsigned int members_check(struct debug *debug)
{
	const struct expected_member *row;
	struct debug_place place;
	unsigned int wrong = 0;
	char what[128];

	for (row = expected_members; row->type; row++) {
		place = debug_member(debug, row->type, row->path);
		if (!place.wrong && place.at == row->at && place.size == row->size)
			continue;
		wrong++;
		member_text(row->type, row->path, what, sizeof(what));
		if (place.wrong)
			warn(what, "expected %u bytes at 0x%x, found %s", row->size, row->at,
			     place.wrong);
		else
			warn(what, "expected %u bytes at 0x%x, found %llu at 0x%llx", row->size,
			     row->at, (unsigned long long)place.size,
			     (unsigned long long)place.at);
	}
	return wrong;
}

static unsigned int variables_check(struct debug *debug)
{
	const struct expected_variable *row;
	struct debug_place place;
	unsigned int wrong = 0;

	for (row = expected_variables; row->name; row++) {
		place = debug_variable(debug, row->name);
		if (!place.wrong && place.size == row->size)
			continue;
		wrong++;
		if (place.wrong)
			warn(row->name, "expected a variable of %u bytes, found %s", row->size,
			     place.wrong);
		else
			warn(row->name, "expected a variable of %u bytes, found one of %llu",
			     row->size, (unsigned long long)place.size);
	}
	return wrong;
}

static void call_text(const struct expected_function *row, char call[DEBUG_CALL_MAX])
{
	size_t len = (size_t)snprintf(call, DEBUG_CALL_MAX, "%s (", row->kinds[0]);
	unsigned int i;

	for (i = 1; i < EXPECTED_KINDS && row->kinds[i]; i++)
		len += (size_t)snprintf(call + len, DEBUG_CALL_MAX - len, "%s%s",
					i > 1 ? ", " : "", row->kinds[i]);
	snprintf(call + len, DEBUG_CALL_MAX - len, ")");
}

static unsigned int functions_check(struct debug *debug)
{
	char expected[DEBUG_CALL_MAX], found[DEBUG_CALL_MAX], what[64];
	const struct expected_function *row;
	unsigned int wrong = 0;
	const char *why;

	for (row = expected_functions; row->name; row++) {
		call_text(row, expected);
		why = debug_function(debug, row->name, found);
		if (!why && !strcmp(expected, found))
			continue;
		wrong++;
		snprintf(what, sizeof(what), "%s()", row->name);
		warn(what, "expected %s, found %s", expected, why ? why : found);
	}
	return wrong;
}

int layout_make(const struct pe *pe, const char *subject, struct xen_pmem_layout *layout)
{
	struct debug *debug;
	unsigned int wrong;
	const char *why;

	debug = debug_open(pe, &why);
	if (!debug)
		return refuse(subject, "%s", why);
	wrong = fields_find(debug, layout) + members_check(debug) + variables_check(debug) +
		functions_check(debug);
	debug_close(debug);
	if (!wrong)
		return EXIT_DONE;
	return refuse(subject, "this Xen differs from what the extension relies on in %u place%s: "
		      "no layout; look for a newer xen-pmem", wrong, wrong == 1 ? "" : "s");
}
