/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The text of a layouts file: one stanza for each build of Xen, of lines "NAME VALUE".
 *
 *   # a remark
 *   xen 4.20.4+63-g7abfd2bce2-0+deb13u1     begins the stanza; Xen's version as Debian names it
 *   build-id 576c...                        of Xen's ELF, 20 bytes
 *   build-id 57ab...                        of xen.efi, 16 bytes; one of both is enough
 *   refcnt 0x20c                            each member of struct xen_pmem_layout once
 *   ...
 *
 * A file that is wrong anywhere is not used at all.
 */
#ifndef XEN_PMEM_CORE_LAYOUTS_H
#define XEN_PMEM_CORE_LAYOUTS_H

#include "env.h"
#include "xen-pmem/payload.h"

#define LAYOUT_FIELDS	19u
#define LAYOUT_OFFSET_MAX	(4096u - 8)	/* each structure is within a page */

/* The fields in their order; the name is that of the member. */
struct layout_field {
	const char *name;
	uint8_t at;			/* in struct xen_pmem_layout */
	uint8_t size;			/* of what Xen has there; the offset is a multiple */
};
extern const struct layout_field layout_fields[LAYOUT_FIELDS];

struct layouts {
	const char *at, *end;
	unsigned int line;		/* that was read last */
	const char *wrong;		/* after -1: what is wrong there */
};

void layouts_open(struct layouts *l, const char *text, size_t len);

/* 1: the next stanza is in *out. 0: there is no other. -1: the text is wrong. */
int layouts_next(struct layouts *l, struct xen_pmem_layout *out);

/* Is one of its build-ids this one? */
bool layout_has_id(const struct xen_pmem_layout *layout, const uint8_t *id, size_t len);

/* 4, a dot, two digits, and what Debian adds. false: it is not like that. */
bool layout_version_parse(const char *text, size_t len, char version[64]);

/* The minor number of "4.20.4": 20. -1: it is another version. */
int layout_minor(const struct xen_pmem_layout *layout);

/* Hexadecimal digits. false: not of 20 or 16 bytes. */
bool build_id_parse(const char *text, size_t len, struct xen_pmem_build_id *id);

#endif
