/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the metadata of a group say when it becomes live: all in its final state before Xen can see
 * it. Nothing is written twice, but where ranges begin or end inside of the group.
 */
#ifndef XEN_PMEM_HYPERVISOR_NEWGROUP_H
#define XEN_PMEM_HYPERVISOR_NEWGROUP_H

#include "page.h"

#pragma GCC visibility push(hidden)

/*
 * The first pages of a group, to be a guest's and unmapped from the moment when the group is live.
 * They are in a range that is proven; a group without metadata has no page that is anyone's.
 */
struct tenant {
	const struct domain *domain;
	uint64_t pages, gfn;	/* gfn: of the first */
	enum page_kind kind;
};

/*
 * Writes the group's frame table, which Xen cannot see yet. t->pages becomes how many pages the
 * tenant has got in it: fewer where the command would do too much, none where the group is not all
 * in one range.
 */
void newgroup_infos(uint64_t group, struct page_info *pages, struct tenant *t);

/*
 * Writes the tenant's entries of the M2P. The caller holds xenpf_lock, and has seen that no memory
 * was hot-added into the group: so they are nobody's.
 */
void newgroup_m2p(uint64_t group, const struct tenant *t);

#pragma GCC visibility pop

#endif
