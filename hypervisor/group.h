/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metadata of groups, 256 MiB of frames each, made when the first page of a group is used, in
 * chunks of the reserved area: a frame table for each group, and M2P for each GiB. They go when the
 * last page is not used any more.
 *
 *   NONE -build-> LIVE -last page dropped-> CLOSING -reap-> WAITING -RCU-> GONE -reap-> NONE
 *                  ^-------------------------'---------------'-------------' (needed again)
 *
 * A CPU that looked at Xen's bit of the group before it was cleared may still read the page_infos
 * until the RCU grace period is over.
 */
#ifndef XEN_PMEM_HYPERVISOR_GROUP_H
#define XEN_PMEM_HYPERVISOR_GROUP_H

#include "newgroup.h"
#include "range.h"

#pragma GCC visibility push(hidden)

/*
 * Makes the metadata for the group of mfn. MORE: call again. EAGAIN: old ones are on their way out.
 * EBUSY: memory was hot-added into the group. EIO: metadata in use cannot be read. ENOMEM, ENOSPC.
 * A tenant (or NULL) is taken in if the group is built; with the answer 0, t->pages becomes how
 * many pages it has got, which the caller counts.
 */
int group_prepare(uint64_t mfn, struct tenant *t);

/*
 * Counts pages that use the metadata of mfn's group. When the last one is dropped the group closes.
 */
void group_hold(uint64_t mfn, uint64_t pages);
void group_drop(uint64_t mfn, uint64_t pages);

/* Counts the pages of mfn's group that guests hold; `pages` may be negative. */
void group_guests_add(uint64_t mfn, int64_t pages);
bool group_has_guests(uint64_t mfn);

/*
 * Moves the pages of a range that lie in groups already present from I/O to free (add), or back
 * (drop). EBUSY: a page is in use; EIO: page_infos cannot be read. Then no page has changed.
 */
int groups_add_range(struct frames f);
int groups_drop_range(struct frames f);

/* Whether a group that f touches is on its way out. */
bool groups_closing_in(struct frames f);

/* Goes on with groups on their way out, as far as RCU allows. Each command calls it. */
void groups_reap(void);

/*
 * Closes what no page uses: a second after the last groups_keep(), which an ASSIGN calls; or now.
 */
void groups_expire(void);
void groups_keep(void);
void groups_close_unused(void);

/*
 * Closes everything; no guest holds a page. MORE: call again. EBUSY: dom0, or memory that was
 * hot-added, uses some.
 */
int groups_close_all(void);

/* Whether no group is on its way out. */
bool groups_idle(void);

#pragma GCC visibility pop

#endif
