/* SPDX-License-Identifier: GPL-2.0-only */
/* What GRUB starts by default, as far as its configuration says it by itself. */
#ifndef XEN_PMEM_TOOL_GRUB_H
#define XEN_PMEM_TOOL_GRUB_H

#include <stdbool.h>

#define GRUB_NAME_MAX	256

struct grub_default {
	char xen[GRUB_NAME_MAX];	/* "xen-4.17-amd64.gz"; "": it starts no Xen */
	char kernel[GRUB_NAME_MAX];	/* "6.1.0-57-amd64"; "": not known */
};

/*
 * Reads ROOT/boot/grub/grub.cfg and grubenv. NULL, or why the default is not known: an entry of a
 * submenu, one that GRUB computes, one that is not there. A key that somebody presses in the menu,
 * and another loader than GRUB, no file tells.
 */
const char *grub_default_read(const char *root, struct grub_default *found);

#endif
