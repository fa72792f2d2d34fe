/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The direct map's slots of top-level page tables, 512 GiB each: fills those that Xen has left
 * empty, so that an NVDIMM can be mapped there.
 *
 * Xen fills at boot the slots that hold RAM, and those where the firmware announces memory that can
 * be hot-plugged. Each top-level table that Xen runs on has a copy of all slots, as they were when
 * it was made. An access of Xen through a copy that lacks the slot kills the host. The copies are
 *
 *   idle_pg_table         the original: idle CPUs, and what each new table is copied from
 *   HVM monitor tables    one for each vCPU of HVM and PVH guests
 *   EFI's table           while Xen calls the firmware
 *   PV top-level tables   two for each process of dom0 and of PV guests: pages of theirs
 *
 * The first three get an empty table in each empty slot at load, while every CPU is stopped: no
 * copy is being made then, and no table freed. From then on each new table has all slots. What is
 * left are PV tables that are older. RESERVE and SERVE pass over all of them (scan.h) before they
 * map anything.
 *
 * Nothing is flushed: no CPU remembers that an entry was not there. Nothing is undone: an empty
 * table maps nothing, and the next payload finds the slots filled.
 */
#ifndef XEN_PMEM_HYPERVISOR_SLOTS_H
#define XEN_PMEM_HYPERVISOR_SLOTS_H

#include "xen.h"

#pragma GCC visibility push(hidden)

/* Whether the frame is a top-level table that Xen has made, and its slots do not differ. */
bool slots_table_ok(uint64_t mfn);

/*
 * Makes an empty table for each empty slot, in Xen's heap; in normal context. -ENOMEM: none is
 * left. If the next step does not come, the tables wait for the next try.
 */
int slots_prepare(void);

/*
 * Fills the slots; every CPU is stopped. If a table is not as expected, or Xen runs a PV domain on
 * tables of its own (shadow mode), no slot is filled, and ranges there are refused.
 */
void slots_fill(void);

/* Fills those of a page of type PGT_l4_table, if it is one still. EINVAL: it is not as expected. */
int slots_fill_pv(struct page_info *pg, uint64_t mfn);

/* Bit n: slot n is empty. */
uint32_t slots_empty(void);

/* How many slots this payload has filled, and how many PV tables had to be. */
unsigned int slots_filled(void);
unsigned long slots_pv_filled(void);

#pragma GCC visibility pop

#endif
