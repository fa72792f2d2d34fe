/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of extents of ASSIGN_EXTENTS; an ASSIGN is a list of one. The list is in the caller's
 * memory and may change at any time: each extent is checked whenever it is read.
 */
#ifndef XEN_PMEM_HYPERVISOR_EXTENT_LIST_H
#define XEN_PMEM_HYPERVISOR_EXTENT_LIST_H

#include "tables.h"

#pragma GCC visibility push(hidden)

/* A place in the list. Start with zeros. */
struct cursor {
	uint32_t index;		/* an extent */
	uint64_t start;		/* bytes of the list before that extent */
	struct frames run;	/* what is left of it, and of the extents that adjoin it */
	struct range *range;	/* that the run lies in */
};

/* Forgets what was read of the list of an earlier command. */
void list_forget(void);

/* Checks all extents, before the first page is assigned. EINVAL, EFAULT. */
int list_check(const struct xen_pmem_command *c);

/* Makes the run that begins at the byte `at` of the list; c->length ends it. EINVAL, EFAULT. */
int list_run(const struct xen_pmem_command *c, struct cursor *cur, uint64_t at);

/* Takes pages off the run's start. */
void list_advance(struct cursor *cur, uint64_t pages);

#pragma GCC visibility pop

#endif
