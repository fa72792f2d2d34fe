/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* A file of Xen's in /boot, uncompressed: which build it is. The file is not trusted. */
#ifndef XEN_PMEM_CORE_XENIMAGE_H
#define XEN_PMEM_CORE_XENIMAGE_H

#include "env.h"
#include "xen-pmem/payload.h"

/*
 * The build-id that this Xen will report when it runs: of an ELF, the GNU note in a segment of
 * notes; of xen.efi, the CodeView record in its section .buildid. false: it has none, or it is
 * neither.
 */
bool xen_image_id(const uint8_t *file, size_t len, struct xen_pmem_build_id *id);

/*
 * Xen's version as Debian names it, which Xen has in it as a text, such as
 * "4.20.4+63-g7abfd2bce2-0+deb13u1". false: it has none, or several.
 */
#define XEN_VERSION_LEN		64u
bool xen_image_version(const uint8_t *file, size_t len, char version[XEN_VERSION_LEN]);

#endif
