/* SPDX-License-Identifier: LGPL-2.1-only */
/* The files that say where builds of Xen keep what the extension reads. */
#ifndef XEN_PMEM_LIB_EXTENSION_LAYOUTS_H
#define XEN_PMEM_LIB_EXTENSION_LAYOUTS_H

#include "core/layouts.h"
#include "internal.h"

/*
 * The build's layout, of the files below `root`. Returns enum xenpmem_layout, or -errno. The
 * owner's file is read only if the package's lacks the build.
 */
int layout_read(xenpmem_handle *h, const char *root, const struct xen_pmem_build_id *id,
		struct xen_pmem_layout *layout);

/* Of both files those of a payload's series of Xen, the first 16. Returns how many, or -errno. */
int layouts_read(xenpmem_handle *h, const struct xen_pmem_series *series,
		 struct xen_pmem_layout list[XEN_PMEM_LAYOUTS_MAX]);

#endif
