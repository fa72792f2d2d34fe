// SPDX-License-Identifier: GPL-2.0-only
/* Reads the DWARF of a PE file. */
#define _GNU_SOURCE
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout/debug.h"
#include "layout/elf.h"

#define DEEP_MAX	32u		/* typedefs of typedefs, structures in structures */
#define STEPS_MAX	(64u << 20)	/* entries that are looked at: a circle ends */

static const char damaged[] = "its DWARF is damaged";
static const char twice[] = "several different ones of this name";

/* What has a name at the top of a compilation unit. */
struct named {
	int tag;		/* DW_TAG_structure_type, DW_TAG_subprogram, DW_TAG_variable */
	const char *name;
	Dwarf_Die die;
	bool twice;		/* another structure of this name has another size */
};

struct debug {
	char *image;		/* the ELF */
	Elf *elf;
	Dwarf *dwarf;
	void *names;		/* a tree of struct named */
	uint32_t steps;
};

static int named_compare(const void *a, const void *b)
{
	const struct named *left = a, *right = b;
	const int order = left->tag - right->tag;

	return order ? order : strcmp(left->name, right->name);
}

static bool step(struct debug *debug)
{
	return debug->steps++ < STEPS_MAX;
}

/* The first child, and the next one after it. false: there is no other. */
static bool child_first(struct debug *debug, Dwarf_Die *of, Dwarf_Die *child)
{
	return step(debug) && !dwarf_child(of, child);
}

static bool child_next(struct debug *debug, Dwarf_Die *child)
{
	Dwarf_Die next;

	if (!step(debug) || dwarf_siblingof(child, &next))
		return false;
	*child = next;
	return true;
}

/* ---- the tree of names ---- */

static bool flag(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;
	bool set;

	return dwarf_attr_integrate(die, name, &attr) && !dwarf_formflag(&attr, &set) && set;
}

/* A definition, that others can call: not a declaration, not a static function. */
static bool is_wanted(Dwarf_Die *die, int tag)
{
	if (tag != DW_TAG_structure_type && tag != DW_TAG_subprogram && tag != DW_TAG_variable)
		return false;
	if (dwarf_hasattr(die, DW_AT_declaration))
		return false;
	return tag == DW_TAG_structure_type || flag(die, DW_AT_external);
}

/* false: no memory */
static bool name_add(struct debug *debug, Dwarf_Die *die, int tag, const char *name)
{
	struct named *new = malloc(sizeof(*new)), **there;

	if (!new)
		return false;
	*new = (struct named){ .tag = tag, .name = name, .die = *die };
	there = tsearch(new, &debug->names, named_compare);
	if (there && *there == new)
		return true;
	free(new);
	if (there && tag == DW_TAG_structure_type &&
	    dwarf_bytesize(&(*there)->die) != dwarf_bytesize(die))
		(*there)->twice = true;
	return there != NULL;
}

static const char *unit_read(struct debug *debug, Dwarf_Die *unit)
{
	const char *name;
	Dwarf_Die die;
	int tag;

	if (!child_first(debug, unit, &die))
		return NULL;
	do {
		tag = dwarf_tag(&die);
		if (!is_wanted(&die, tag))
			continue;
		name = dwarf_diename(&die);
		if (name && !name_add(debug, &die, tag, name))
			return "no memory";
	} while (child_next(debug, &die));
	return debug->steps < STEPS_MAX ? NULL : damaged;
}

static const char *units_read(struct debug *debug)
{
	Dwarf_Off at = 0, next;
	const char *why = NULL;
	Dwarf_Die unit;
	size_t header;
	int rc;

	while (!why && !(rc = dwarf_nextcu(debug->dwarf, at, &next, &header, NULL, NULL, NULL))) {
		if (!dwarf_offdie(debug->dwarf, at + header, &unit))
			return damaged;
		why = unit_read(debug, &unit);
		at = next;
	}
	return !why && rc < 0 ? damaged : why;
}

/* ---- types ---- */

/* The type of a thing, without typedef, const and volatile. false: void, or damaged. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;
	unsigned int deep;
	int tag;

	*type = *die;
	for (deep = 0; deep < DEEP_MAX; deep++) {
		if (!dwarf_attr_integrate(type, DW_AT_type, &attr) ||
		    !dwarf_formref_die(&attr, type))
			return false;
		tag = dwarf_tag(type);
		if (tag != DW_TAG_typedef && tag != DW_TAG_const_type &&
		    tag != DW_TAG_volatile_type && tag != DW_TAG_restrict_type)
			return true;
	}
	return false;
}

static bool number_of(Dwarf_Die *die, unsigned int name, Dwarf_Word *value)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, name, &attr) && !dwarf_formudata(&attr, value);
}

/* How many elements an array has. */
static bool array_length(struct debug *debug, Dwarf_Die *array, uint64_t *length)
{
	Dwarf_Word n;
	Dwarf_Die range;

	*length = 1;
	if (!child_first(debug, array, &range))
		return false;
	do {
		if (dwarf_tag(&range) != DW_TAG_subrange_type)
			continue;
		if (!number_of(&range, DW_AT_count, &n)) {
			if (!number_of(&range, DW_AT_upper_bound, &n))
				return false;
			n++;
		}
		if (__builtin_mul_overflow(*length, n, length))
			return false;
	} while (child_next(debug, &range));
	return true;
}

static bool size_of(struct debug *debug, Dwarf_Die *type, uint64_t *size)
{
	Dwarf_Die at = *type, element;
	uint64_t all = 1, length;
	unsigned int deep;
	Dwarf_Word own;

	for (deep = 0; deep < DEEP_MAX; deep++) {
		if (number_of(&at, DW_AT_byte_size, &own))
			return !__builtin_mul_overflow(all, own, size);
		if (dwarf_tag(&at) != DW_TAG_array_type || !array_length(debug, &at, &length) ||
		    __builtin_mul_overflow(all, length, &all) || !type_of(&at, &element))
			return false;
		at = element;
	}
	return false;
}

/* ---- members ---- */

static bool is_record(Dwarf_Die *type)
{
	const int tag = dwarf_tag(type);

	return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

/* Of a union's members, none says where it is. */
static bool member_at(Dwarf_Die *member, uint64_t *at)
{
	Dwarf_Word value = 0;

	if (dwarf_hasattr(member, DW_AT_data_member_location) &&
	    !number_of(member, DW_AT_data_member_location, &value))
		return false;
	return !__builtin_add_overflow(*at, value, at);
}

/* Finds it in `type`, also in members without a name; adds its place to *at. */
static bool member_find(struct debug *debug, Dwarf_Die *type, const char *name, size_t len,
			unsigned int deep, Dwarf_Die *member, uint64_t *at)
{
	const uint64_t before = *at;
	Dwarf_Die each, inner;
	const char *found;

	if (deep > DEEP_MAX || !is_record(type) || !child_first(debug, type, &each))
		return false;
	do {
		if (dwarf_tag(&each) != DW_TAG_member)
			continue;
		found = dwarf_diename(&each);
		*at = before;
		if (found && strlen(found) == len && !memcmp(found, name, len)) {
			*member = each;
			return member_at(&each, at);
		}
		if (!found && member_at(&each, at) && type_of(&each, &inner) &&
		    member_find(debug, &inner, name, len, deep + 1, member, at))
			return true;
	} while (child_next(debug, &each));
	return false;
}

static const char *name_find(struct debug *debug, int tag, const char *name, Dwarf_Die *die)
{
	const struct named wanted = { .tag = tag, .name = name };
	struct named **found = tfind(&wanted, &debug->names, named_compare);

	if (!found)
		return "none";
	*die = (*found)->die;
	return (*found)->twice ? twice : NULL;
}

struct debug_place debug_member(struct debug *debug, const char *type, const char *path)
{
	struct debug_place place = { 0 };
	Dwarf_Die at, member;
	size_t len;

	place.wrong = name_find(debug, DW_TAG_structure_type, type, &at);
	for (; !place.wrong && *path; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		if (!member_find(debug, &at, path, len, 0, &member, &place.at))
			place.wrong = "none";
		else if (dwarf_hasattr(&member, DW_AT_bit_size))
			place.wrong = "a bit-field";
		else if (!type_of(&member, &at))
			place.wrong = damaged;
	}
	if (!place.wrong && !size_of(debug, &at, &place.size))
		place.wrong = "one of unknown size";
	return place;
}

struct debug_place debug_variable(struct debug *debug, const char *name)
{
	struct debug_place place = { 0 };
	Dwarf_Die die, type;

	place.wrong = name_find(debug, DW_TAG_variable, name, &die);
	if (!place.wrong && (!type_of(&die, &type) || !size_of(debug, &type, &place.size)))
		place.wrong = "one of unknown size";
	return place;
}

/* ---- functions ---- */

/* A structure with one member: to that member's type. */
static void unwrap(struct debug *debug, Dwarf_Die *type)
{
	Dwarf_Die member, other, inner;
	unsigned int deep;

	for (deep = 0; deep < DEEP_MAX && dwarf_tag(type) == DW_TAG_structure_type; deep++) {
		if (!child_first(debug, type, &member) || dwarf_tag(&member) != DW_TAG_member)
			return;
		other = member;
		if (child_next(debug, &other) || !type_of(&member, &inner))
			return;
		*type = inner;
	}
}

static const char *number_kind(struct debug *debug, Dwarf_Die *type)
{
	static const char *const kinds[] = { [1] = "int8", [2] = "int16", [4] = "int32",
					     [8] = "int64" };
	Dwarf_Word encoding = 0;
	uint64_t size;

	if (!size_of(debug, type, &size) || size > 8 || !kinds[size])
		return "other";
	if (dwarf_tag(type) == DW_TAG_base_type &&
	    !number_of(type, DW_AT_encoding, &encoding))
		return "other";
	if (encoding == DW_ATE_float || encoding == DW_ATE_complex_float)
		return "float";
	return encoding == DW_ATE_boolean ? "bool" : kinds[size];
}

/* Of what `die` returns, or of the parameter that it is. */
static const char *kind_of(struct debug *debug, Dwarf_Die *die)
{
	Dwarf_Die type;

	if (!type_of(die, &type))
		return "void";
	unwrap(debug, &type);
	switch (dwarf_tag(&type)) {
	case DW_TAG_pointer_type:
		return "pointer";
	case DW_TAG_structure_type:
		return "structure";
	case DW_TAG_union_type:
		return "union";
	case DW_TAG_base_type:
	case DW_TAG_enumeration_type:
		return number_kind(debug, &type);
	default:
		return "other";
	}
}

const char *debug_function(struct debug *debug, const char *name, char call[DEBUG_CALL_MAX])
{
	Dwarf_Die die, each;
	const char *wrong = name_find(debug, DW_TAG_subprogram, name, &die), *kind;
	bool any = false;
	size_t len;
	int tag;

	if (wrong)
		return wrong;
	len = (size_t)snprintf(call, DEBUG_CALL_MAX, "%s (", kind_of(debug, &die));
	if (child_first(debug, &die, &each)) {
		do {
			tag = dwarf_tag(&each);
			if (tag != DW_TAG_formal_parameter && tag != DW_TAG_unspecified_parameters)
				continue;
			kind = tag == DW_TAG_formal_parameter ? kind_of(debug, &each) : "...";
			if (len < DEBUG_CALL_MAX)
				len += (size_t)snprintf(call + len, DEBUG_CALL_MAX - len, "%s%s",
							any ? ", " : "", kind);
			any = true;
		} while (child_next(debug, &each));
	}
	if (len < DEBUG_CALL_MAX)
		snprintf(call + len, DEBUG_CALL_MAX - len, "%s)", any ? "" : "void");
	return NULL;
}

/* ---- open and close ---- */

struct debug *debug_open(const struct pe *pe, const char **why)
{
	struct debug *debug = calloc(1, sizeof(*debug));
	size_t len;

	*why = "no memory";
	if (!debug)
		return NULL;
	*why = elf_make(pe, &debug->image, &len);
	if (!*why) {
		elf_version(EV_CURRENT);
		debug->elf = elf_memory(debug->image, len);
		debug->dwarf = debug->elf ? dwarf_begin_elf(debug->elf, DWARF_C_READ, NULL) : NULL;
		*why = debug->dwarf ? units_read(debug) : damaged;
	}
	if (!*why)
		return debug;
	debug_close(debug);
	return NULL;
}

void debug_close(struct debug *debug)
{
	if (!debug)
		return;
	tdestroy(debug->names, free);
	dwarf_end(debug->dwarf);
	elf_end(debug->elf);
	free(debug->image);
	free(debug);
}
