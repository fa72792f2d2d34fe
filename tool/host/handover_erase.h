/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Erases namespaces for the verbs: under the right locks, and not while their guest wants them. All
 * of it is called under host_lock(). An erase drops that lock for each step and takes it again, and
 * then reads the inventory again. Functions say why they refuse and return EXIT_REFUSED, or
 * EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_HANDOVER_ERASE_H
#define XEN_PMEM_TOOL_HANDOVER_ERASE_H

#include "host/inventory.h"

/*
 * Refuses a namespace whose last guest will want it in a moment, because it is being built or
 * between two of its lives. guest: the one that is to get it, which may be that guest; or NULL.
 */
int handover_check_settled(const struct inventory *inv, const struct xen_pmem_backing *backing,
			   const uint8_t *guest);

/* Refuses to erase a namespace that dom0 uses as well. */
int host_erase_refuse(const struct xenpmem_namespace *ns);

/* Refuses what an erase refuses before the record says that it began; but for other erases. */
int handover_erase_check(struct inventory *inv, const uint8_t uuid[16]);

/*
 * Writes zeros over an enabled namespace without guest, and over its labels, from where an
 * interrupted run came to; then the record names no guest. _locked: the caller owns its lock.
 */
int handover_erase(struct inventory *inv, const uint8_t uuid[16]);
int handover_erase_locked(struct inventory *inv, const uint8_t uuid[16]);

/*
 * The data of other guests that a hand-over would give away. _check refuses those that must not be
 * erased now; _erase erases them, and *erased says whether there were any: all that was resolved is
 * old then.
 */
int handover_others_check(const struct inventory *inv, const struct xenpmem_handover *ho);
int handover_others_erase(struct inventory *inv, const struct xenpmem_handover *ho, bool *erased);

#endif
