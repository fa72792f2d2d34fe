/* SPDX-License-Identifier: LGPL-2.1-only */
/* A live-patch payload, which is an ELF file, in memory. The file is not trusted. */
#ifndef XEN_PMEM_LIB_EXTENSION_PAYLOAD_H
#define XEN_PMEM_LIB_EXTENSION_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xen-pmem/payload.h"

struct payload {
	uint8_t *bytes;
	size_t len;
};

/* Reads the file, checks its seal and removes the seal from p. false: *why is the reason. */
bool payload_read(const char *path, struct payload *p, const char **why);
void payload_free(struct payload *p);

/* The build-id in the note that says on which Xen it depends. false: it has no such note. */
bool payload_build_id(const struct payload *p, struct xen_pmem_build_id *id);

/* Which Xen it is for. false: it does not say. */
bool payload_series(const struct payload *p, struct xen_pmem_series *series);

/* Are layouts and notes still to be filled in? */
bool payload_is_empty(const struct payload *p);

/* false: it has no room for that. */
bool payload_fill(struct payload *p, const struct xen_pmem_build_id *id,
		  const struct xen_pmem_layout *list, unsigned int nr);

/* The extension then accepts a build by any of the layouts. false: it has no such switch. */
bool payload_accept_set(struct payload *p);

#endif
