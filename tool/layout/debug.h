/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types, functions and variables by name, of the DWARF in a PE file. libdw reads the DWARF; it
 * knows ELF alone, so it is given the PE file's sections as those of an ELF in memory.
 */
#ifndef XEN_PMEM_TOOL_DEBUG_H
#define XEN_PMEM_TOOL_DEBUG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pe.h"

struct debug;

/* For debug_close(). NULL: *why says why. */
struct debug *debug_open(const struct pe *pe, const char **why);
void debug_close(struct debug *debug);

/* What is there, or why that is not known; `wrong` is NULL or a text for people. */
struct debug_place {
	const char *wrong;
	uint64_t at, size;
};

/*
 * A member of a structure: "arch.p2m". A structure or union without a name is looked into. path "":
 * the structure itself.
 */
struct debug_place debug_member(struct debug *debug, const char *type, const char *path);
struct debug_place debug_variable(struct debug *debug, const char *name);

/*
 * Kinds of what the function returns and takes, as in layout/expected.h: "int32 (int64, pointer)".
 * NULL, or what is wrong. A structure with one member is of that member's kind: it is passed so.
 */
#define DEBUG_CALL_MAX	160u
const char *debug_function(struct debug *debug, const char *name, char call[DEBUG_CALL_MAX]);

#endif
