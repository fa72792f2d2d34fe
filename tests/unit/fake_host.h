/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host of test_enable.c: Xen, dom0's driver and the NVDIMM as variables. It counts the
 * library's calls, lets chosen ones fail, and asserts after each of them what a kill must leave.
 */
#ifndef XEN_PMEM_FAKE_HOST_H
#define XEN_PMEM_FAKE_HOST_H

#include "xen-pmem/xenpmem.h"

#define SERVED	XEN_PMEM_RANGE_SERVED
#define HOST	XEN_PMEM_RANGE_HOST
#define HALF	XEN_PMEM_RANGE_CHECKING

/*
 * The namespace's row in the record. DATA, HALF, KEPT, RESIZED: of a guest, with a label slot.
 * CLEAN, DIRTY: a pool. HALF: the first half of it is erased. GROWN, RESIZED: the namespace had
 * another length when it was recorded, or kept.
 */
enum row {
	NO_ROW, ROW, ROW_CLEAN, ROW_DIRTY, ROW_DATA, ROW_HALF, ROW_GROWN, ROW_KEPT, ROW_RESIZED,
};

/* How a command fails: Xen did nothing; half of it; all of it; all, and it answers no more. */
enum how { HOW_CLEAN, HOW_HALF, HOW_WHOLE, HOW_SILENT, HOWS };

struct world {
	bool held, area_held;		/* the driver's marks */
	int state;			/* the namespace's in Xen; 0: Xen does not have it */
	bool area, labels;		/* Xen uses the reserved area, serves the label area */
	bool area_elsewhere;		/* Xen uses another reserved area */
	bool area_bad;			/* dom0 knows of a bad block in the reserved area */
	bool pages;			/* a guest has pages */
	enum row row;			/* at first; see fake_row() */
};

extern struct fake {
	struct world now, at_first;
	struct xen_pmem_record stored;
	struct xenpmem_namespace reserved, ns;
	unsigned int nr_calls;
	unsigned int fail_at[2];	/* the calls that fail, counted from 0 */
	enum how how;
	bool silent;			/* Xen does not answer any more */
	bool unsure;			/* a question or an undoing has failed */
	char steps[256];		/* the calls that change something */
} fake;

/* Begins anew. role: of the namespace. bound: the driver holds it. kernels: the kernel's does. */
void fake_make(const struct world *world, enum xen_pmem_role role, bool bound, bool kernels);

/* The namespace's row in the record as it is stored. */
enum row fake_row(void);

#endif
