/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The sections of a PE file for amd64, as GNU ld writes it: a name of more than 8 bytes is "/" and
 * its place in the string table, in decimal digits. (Microsoft, "PE Format"; GNU's long names.) The
 * file is not trusted.
 */
#ifndef XEN_PMEM_CORE_PE_H
#define XEN_PMEM_CORE_PE_H

#include "image.h"

struct pe {
	struct image file;
	uint64_t sections;		/* where their headers begin */
	uint32_t nr;
	uint64_t strings;		/* where the string table begins; 0: it has none */
};

struct pe_section {
	const uint8_t *bytes;		/* of the file */
	size_t len;
};

/* Checks that all of it is there. NULL, or what is wrong: then *pe is not to be used. */
const char *pe_open(struct pe *pe, const uint8_t *file, size_t len);

/* The first section of this name that has bytes in the file. false: there is no such section. */
bool pe_section_find(const struct pe *pe, const char *name, struct pe_section *section);

#endif
