/* SPDX-License-Identifier: GPL-2.0-only */
/* The payload in Xen: loads it, unloads it, and tells what it said on Xen's console meanwhile. Failures are refused with one line. */
#ifndef XEN_PMEM_TOOL_LIVEPATCH_H
#define XEN_PMEM_TOOL_LIVEPATCH_H

#include <xenctrl.h>

#include "lib/extension_payload.h"

enum patch_state { PATCH_NONE, PATCH_CHECKED, PATCH_APPLIED, PATCH_UNKNOWN };

struct xen_build {
	uint8_t id[BUILD_ID_SIZE];
	char id_text[2 * BUILD_ID_SIZE + 1];
	char version[80];		/* "4.17.5-pre" and the like, with Debian's own text where there is one */
	int major, minor;
};

void build_id_text(const uint8_t id[BUILD_ID_SIZE], char text[2 * BUILD_ID_SIZE + 1]);
int xen_build_read(xc_interface *xc, struct xen_build *build);

enum patch_state patch_state(xc_interface *xc);
int patch_load(xc_interface *xc, const struct payload *p);	/* upload and apply; nothing is left in Xen on failure */
int patch_unload(xc_interface *xc);				/* revert where applied, and unload */

#endif
