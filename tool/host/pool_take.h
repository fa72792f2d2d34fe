/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slots of pools for a guest: what an item of its pmem_ram becomes, and whose the slots are from
 * then on. Under host_lock(). Functions say why they refuse and return EXIT_REFUSED, or EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_POOL_TAKE_H
#define XEN_PMEM_TOOL_POOL_TAKE_H

#include "host/backend.h"

/*
 * Adds the vNVDIMMs of backend i, an item of pmem_ram. Stores nothing but, if b->change, that slots
 * are nobody's which the guest had and does not get again.
 */
int pool_take(struct inventory *inv, struct backends *b, unsigned int i);

/*
 * The slots are this guest's. What others left in them is erased, with host_lock() dropped
 * meanwhile: what was resolved is old then, *old. Nothing is done, nor old, if the guest has no RAM
 * on NVDIMMs.
 */
int slots_own(struct inventory *inv, struct backends *b, bool *old);

/* The guest gets their pages in a moment. */
int slots_give(const struct backends *b);

/*
 * The guest has ended: its slots are nobody's, and are erased later. Slots in pools of which a dead
 * domain of it still has pages stay the guest's until xen-pmem release.
 */
int slots_leave(const uint8_t guest[16]);

#endif
