/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages in which dom0's kernel lists a bad block: the operations TAKE, for such a page whoever has
 * it, and RESTORE, when dom0 has cleared it. A page of a range is, for this,
 *
 *   whole   not noted
 *   noted   noted; a guest may have it, and even map it (it has not run yet, or it had no room)
 *   gone    noted, and out of the map of a guest that has it: a hole after TAKE, or, after a
 *           machine check on Intel, a broken entry
 *
 * and goes on like this:
 *
 *   whole  TAKE               gone, if a guest that is alive maps it; else noted
 *          machine check      gone, if a guest that runs maps it and was told; else noted
 *   noted  TAKE               gone, if a guest that is alive maps it
 *          machine check      as whole
 *          RESTORE            whole; who maps it goes on
 *   gone   TAKE               gone
 *          machine check      gone: nobody can be told by it, but for dom0
 *          RESTORE            whole, and in the map again, if the guest is alive and has nothing
 *                             else there; ENOMEM: gone
 *          RELEASE            noted, also if the page stays the guest's, as another domain maps it
 *          the guest's death  gone; RESTORE: whole, and in no map
 *   each   UNSERVE            whole: it is dom0's
 *          ASSIGN             refused
 *
 * What has gone is the guest's still, and the M2P has its address. The guest can put something else
 * there; it cannot reach the page. TAKE cuts a leaf of 1 GiB or 2 MiB; nothing puts it together
 * again before the guest's pages are released.
 *
 * A machine check may come in the middle, on another CPU. It changes the guest's map under the p2m
 * lock only. RESTORE holds that until the note has gone, so that a new error makes a new note.
 */
#ifndef XEN_PMEM_HYPERVISOR_TAKE_H
#define XEN_PMEM_HYPERVISOR_TAKE_H

#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

int pages_take(struct xen_pmem_command *c);
int pages_restore(struct xen_pmem_command *c);

#pragma GCC visibility pop

#endif
