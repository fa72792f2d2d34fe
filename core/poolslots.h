/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Chooses slots of a pool for a guest: clean ones if they suffice, in as few runs as is easy. */
#ifndef XEN_PMEM_CORE_POOLSLOTS_H
#define XEN_PMEM_CORE_POOLSLOTS_H

#include "env.h"

enum slot_kind {
	SLOT_USED,		/* a guest's, or unusable */
	SLOT_OWN,		/* what the guest had before its reboot */
	SLOT_CLEAN,		/* no guest's, and zeros were written over it */
	SLOT_DIRTY,		/* no guest's */
};

struct slot_run {
	size_t first, nr;
};

/*
 * Chooses `wanted` slots (not 0) of nr. If there are as many SLOT_OWN, those. Otherwise clean ones,
 * and only if that fails, clean and dirty ones: the shortest run that suffices, or the longest
 * runs. Returns the number of runs; 0: there are not so many, or not in max_runs runs. *free: how
 * many are clean or dirty.
 */
size_t slots_choose(const uint8_t *kinds, size_t nr, size_t wanted, struct slot_run *runs,
		    size_t max_runs, size_t *free);

#endif
