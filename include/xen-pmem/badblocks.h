/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxenpmem, chapter 11: blocks of NVDIMMs that cannot be read. Included by xenpmem.h, where the
 * rules for all functions are.
 */
#ifndef XEN_PMEM_BADBLOCKS_H
#define XEN_PMEM_BADBLOCKS_H

#include "xenpmem.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * 11  Media errors
 *
 * Sources: the extension's lists (command.h), and dom0's kernel by the driver (pin.h).
 */

/*
 * A page that could not be read since the range is served, or the reserved area in use; or (errors
 * is 0) that xenpmem_pages_take() named.
 */
struct xenpmem_media_error {
	uint64_t spa;			/* of the last error there, a byte */
	uint32_t domid;			/* who had the page; XEN_PMEM_MEDIA_NOBODY */
	uint64_t errors;		/* in this page */
	uint64_t lost;			/* in pages that Xen's list has no room for */
	enum xen_pmem_media_outcome outcome;
};

/* A chunk of the reserved area that has a bad block. */
struct xenpmem_retired {
	struct xenpmem_range chunk;
	enum xen_pmem_chunk_state state;
	struct xenpmem_range about;	/* what its metadata are about; length 0: it is idle */
};

/* The index counts from 0. -ENOENT: past the last one. _retired: -EOPNOTSUPP too. */
int xenpmem_query_retired(xenpmem_handle *h, uint32_t index, struct xenpmem_retired *retired);
int xenpmem_query_media(xenpmem_handle *h, uint32_t index, struct xenpmem_media_error *error);

/*
 * These bytes of the reserved area cannot be read: Xen puts nothing there from now on. -EOPNOTSUPP:
 * the extension is of a version that cannot.
 */
int xenpmem_retire(xenpmem_handle *h, const struct xenpmem_range *bytes);

/*
 * dom0 knows a bad block in these pages, or has cleared it: XEN_PMEM_OP_TAKE and _RESTORE of
 * command.h, with their errors, until all is done. Whole pages of one range. -EOPNOTSUPP: the
 * extension is of a version that cannot.
 */
int xenpmem_pages_take(xenpmem_handle *h, uint64_t spa, uint64_t size);
int xenpmem_pages_restore(xenpmem_handle *h, uint64_t spa, uint64_t size);

/*
 * Tells dom0's kernel of bytes that cannot be read, by the driver (pin.h): its lists of bad blocks
 * have them then. 0: now; 1: it knew them. -ENOENT: no namespace for Xen has them.
 */
int xenpmem_bad_add(xenpmem_handle *h, uint64_t spa, uint64_t length);

#ifdef __cplusplus
}
#endif

#endif
