/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The payload in Xen, by Xen's own live-patch operations. Functions return 0 or -errno, with the
 * error line written; the extension's own reasons are read from Xen's console ring.
 */
#ifndef XEN_PMEM_LIB_EXTENSION_PATCH_H
#define XEN_PMEM_LIB_EXTENSION_PATCH_H

#include "extension_payload.h"
#include "internal.h"

enum patch_state { PATCH_NONE, PATCH_CHECKED, PATCH_APPLIED };

int patch_state_read(xenpmem_handle *h, enum patch_state *state);

/* Uploads and applies. After an error Xen has no payload of ours. */
int patch_load(xenpmem_handle *h, const struct payload *p);

/* Reverts if applied, and unloads. -EBUSY: the extension is in use. */
int patch_unload(xenpmem_handle *h);

#endif
