/* SPDX-License-Identifier: GPL-2.0-only */
/* XEN_PMEM_IOC_HIDE and XEN_PMEM_IOC_SHOW. */
#ifndef XEN_PMEM_HIDESHOW_H
#define XEN_PMEM_HIDESHOW_H

#include <xen-pmem/pin.h>

/*
 * Hides, or shows, what @arg says; the caller has checked its padding. 0 or -errno, with arg->done,
 * arg->used and arg->reason, all as in include/xen-pmem/pin.h. Reads arg->pieces and writes
 * arg->extents in the caller's memory, which may take long; no pin is worked on meanwhile.
 */
int hideshow_run(struct xen_pmem_pages *arg, bool hide);

#endif
