/* SPDX-License-Identifier: GPL-2.0-only */
/* A file of Xen's in /boot, in memory. */
#ifndef XEN_PMEM_TOOL_XENFILE_H
#define XEN_PMEM_TOOL_XENFILE_H

#include "core/xenimage.h"

struct xenfile {
	uint8_t *bytes;			/* uncompressed */
	size_t len;
	struct xen_pmem_build_id id;
	char version[XEN_VERSION_LEN];	/* "": it has none */
};

/* For xenfile_free(), also after it fails. NULL, or why it is not read. */
const char *xenfile_read(struct xenfile *file, const char *path);
void xenfile_free(struct xenfile *file);

/* Both are files of one build, as far as their versions say. */
bool xenfile_is_same_build(const struct xenfile *a, const struct xenfile *b);

/* Has it what a layout is made of? */
bool xenfile_has_dwarf(const struct xenfile *file);

/* The name with this ending instead of its own (".gz", ".efi"). false: it has no such ending. */
bool xenfile_beside(const char *path, const char *end, char *beside, size_t len);

#define XENFILE_ID_TEXT		41u
const char *xenfile_id_text(const struct xen_pmem_build_id *id, char text[XENFILE_ID_TEXT]);

#endif
