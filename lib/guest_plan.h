/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The plan of a guest's vNVDIMMs and RAM on NVDIMMs: addresses, the lists for its ACPI tables, and
 * the new entries of its memory map. Pure: accesses neither guest nor Xen.
 */
#ifndef XEN_PMEM_LIB_GUEST_PLAN_H
#define XEN_PMEM_LIB_GUEST_PLAN_H

#include "core/memmap.h"
#include "core/nfit.h"
#include "core/numa.h"
#include "core/place.h"
#include "core/scrub.h"
#include "internal.h"

#define PLAN_ENTRIES_MAX	(XENPMEM_VNVDIMMS_MAX + 2u)

struct plan {
	struct vnvdimm tables[XENPMEM_VNVDIMMS_MAX];	/* of the NFIT; without RAM */
	unsigned int nr;
	struct numa_range ram[XENPMEM_VNVDIMMS_MAX];	/* on NVDIMMs */
	unsigned int nr_ram;
	uint32_t own;				/* node of RAM with own_node; 0: no RAM has it */
	struct nfit_capabilities caps;		/* the weakest persistence domain of all */
	struct scrub_place bad[SCRUB_PLACES];	/* where vNVDIMMs lack pages */
	unsigned int nr_bad;
	/*
	 * New ones of the memory map: vNVDIMMs and RAM, then all label slots as one; a PVH guest's
	 * scrub page is added later.
	 */
	struct memmap_entry entries[PLAN_ENTRIES_MAX];
	size_t nr_entries;
};

/*
 * May the guest have this RAM? nodes: as many as its virtual NUMA has. Returns 0 or -errno with the
 * error line written; *fault is the index of the RAM at fault, or -1. -EPERM: an HVM guest, or
 * virtual NUMA. -EINVAL: RAM with labels, with a path, or read-only.
 */
int plan_ram_check(xenpmem_handle *h, bool hvm, unsigned int nodes,
		   const struct xenpmem_vnvdimm *v, unsigned int nr, int *fault);

/*
 * Writes *plan, and the addresses into v[]. Returns 0 or -errno with the error line written; *fault
 * is the index of the vNVDIMM at fault, or -1. -EINVAL: an impossible address. -ENOSPC: pages are
 * missing at too many places.
 */
int plan_make(xenpmem_handle *h, const struct place_guest *guest, struct xenpmem_vnvdimm *v,
	      unsigned int nr, struct plan *plan, int *fault);

/* Where this vNVDIMM lacks pages, for the scrub page. -ENOSPC: there is no room. */
int plan_bad_add(xenpmem_handle *h, const struct xenpmem_vnvdimm *v, struct plan *plan);

#endif
