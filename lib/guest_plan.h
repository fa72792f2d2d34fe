/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The plan of a guest's vNVDIMMs: addresses, the list for its ACPI tables, and the new entries of
 * its memory map. Pure: accesses neither guest nor Xen.
 */
#ifndef XEN_PMEM_LIB_GUEST_PLAN_H
#define XEN_PMEM_LIB_GUEST_PLAN_H

#include "core/memmap.h"
#include "core/nfit.h"
#include "core/place.h"
#include "internal.h"

#define PLAN_ENTRIES_MAX	(XENPMEM_VNVDIMMS_MAX + 1u)

struct plan {
	struct vnvdimm tables[XENPMEM_VNVDIMMS_MAX];
	unsigned int nr;
	struct nfit_capabilities caps;		/* the weakest persistence domain of all */
	/* New ones of the memory map: the vNVDIMMs, then all their label slots as one. */
	struct memmap_entry entries[PLAN_ENTRIES_MAX];
	size_t nr_entries;
};

/*
 * Writes *plan, and the addresses into v[]. Returns 0 or -errno with the error line written; *fault
 * is the index of the vNVDIMM at fault, or -1. -EINVAL: an impossible address.
 */
int plan_make(xenpmem_handle *h, const struct place_guest *guest, struct xenpmem_vnvdimm *v,
	      unsigned int nr, struct plan *plan, int *fault);

#endif
