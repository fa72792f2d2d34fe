/* SPDX-License-Identifier: LGPL-2.1-only */
/* A live-patch payload as an ELF file in memory. Nothing of the file is trusted. */
#ifndef XEN_PMEM_LIB_EXTENSION_PAYLOAD_H
#define XEN_PMEM_LIB_EXTENSION_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUILD_ID_SIZE	20

struct payload {
	uint8_t *bytes;
	size_t len;
};

/* Reads the file, which must be as it was built, and leaves its seal behind; *why is set on failure. */
bool payload_read(const char *path, struct payload *p, const char **why);
void payload_free(struct payload *p);

/* The build-id that a note section (".livepatch.xen_depends") names, in place; NULL: no such section, or not such a note. */
uint8_t *payload_build_id(const struct payload *p, const char *section);

/* Makes the payload one for this build, accepted without being tested on it. false: the payload has no such switch. */
bool payload_restamp(struct payload *p, const uint8_t id[BUILD_ID_SIZE]);

#endif
