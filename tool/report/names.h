/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replaces names in texts by placeholders, the same one for the same name: for --no-names. The
 * names must be known before the first text, but for UUIDs, MAC addresses, and what follows "UUID="
 * or "SerialNumber: ": these are found by their form. All functions end the tool if memory is
 * short.
 */
#ifndef XEN_PMEM_TOOL_NAMES_H
#define XEN_PMEM_TOOL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum name_kind {
	NAME_HOST,	/* HOST1; a domain after it goes with it */
	NAME_GUEST,	/* GUEST1 */
	NAME_LABEL,	/* LABEL1; xen-LABEL1 if it is meant for Xen */
	NAME_PATH,	/* PATH1 */
	NAME_SERIAL,	/* SERIAL1 */
	NAME_UUID,	/* UUID1 */
	NAME_MAC,	/* MAC1 */
	NAME_KINDS,
};

struct name {
	enum name_kind kind;
	char *text, *placeholder;
};

struct names {
	struct name *list;
	size_t nr;
	unsigned int count[NAME_KINDS];
};

/*
 * A name of this kind, and the ways to write it in JSON. Names that tell nothing are not replaced:
 * xen-pmem, Domain-0, localhost, and digits alone.
 */
void names_add(struct names *names, enum name_kind kind, const char *name);

/*
 * The serial number of an NVDIMM, or what was computed out of serial numbers; 0 is no number.
 * Returns the number in its placeholder.
 */
unsigned int names_add_serial(struct names *names, uint64_t serial);

/* The text with placeholders, for free(), with a NUL after it. Parts of words are no names. */
char *names_replace(struct names *names, const char *text, size_t size, size_t *new_size);

/* The serial numbers in an NFIT become 1, 2...: those of SERIAL1, SERIAL2... */
void names_replace_nfit(struct names *names, uint8_t *table, size_t size);

void names_free(struct names *names);

/* ---- names_host.c ---- */

/* Names of this host. is_dom0: Xen may be asked for its guests. */
void names_read_host(struct names *names, bool is_dom0);

#endif
