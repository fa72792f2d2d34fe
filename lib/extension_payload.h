/* SPDX-License-Identifier: LGPL-2.1-only */
/* A live-patch payload, which is an ELF file, in memory. The file is not trusted. */
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

/* Reads the file, checks its seal and removes the seal from p. false: *why is the reason. */
bool payload_read(const char *path, struct payload *p, const char **why);
void payload_free(struct payload *p);

/*
 * The build-id in a note section (".livepatch.xen_depends"), in place. NULL: no such section, or
 * another note.
 */
uint8_t *payload_build_id(const struct payload *p, const char *section);

/* The series of Xen, {4, 17}, that it is for. false: it does not say. */
bool payload_series(const struct payload *p, int32_t series[2]);

/*
 * Makes it a payload for this build, which the extension then accepts untested. false: it has no
 * such switch.
 */
bool payload_restamp(struct payload *p, const uint8_t id[BUILD_ID_SIZE]);

#endif
