/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes the layout of a build of Xen out of its DWARF. */
#ifndef XEN_PMEM_TOOL_LAYOUT_MAKE_H
#define XEN_PMEM_TOOL_LAYOUT_MAKE_H

#include "core/pe.h"
#include "xen-pmem/payload.h"

/*
 * Sets the offsets of *layout. Where the build is not as the extension expects, each difference is
 * a warning, and the file (`subject`) is refused. EXIT_DONE or EXIT_REFUSED.
 */
int layout_make(const struct pe *pe, const char *subject, struct xen_pmem_layout *layout);

#endif
