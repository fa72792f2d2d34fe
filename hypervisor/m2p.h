/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The M2P (which guest frame a machine frame is) of one GiB of frames, in one chunk of the reserved
 * area.
 *
 * dom0 may map the M2P read-only, as `xl save` of a PV guest does. The pages of such a chunk
 * therefore need page_info themselves: their group, the chunk's home, is live as long as the chunk
 * holds M2P, and they are in state M2P.
 *
 * Memory hot-add, too, adds M2P to a GiB that lacks it. Hot-add holds xenpf_lock, and so does each
 * look here that decides about a change of the mapping.
 */
#ifndef XEN_PMEM_HYPERVISOR_M2P_H
#define XEN_PMEM_HYPERVISOR_M2P_H

#include "env.h"

#pragma GCC visibility push(hidden)

/* Makes the M2P of a GiB that lacks it, and holds the chunk's home. ENOMEM, ENOSPC. */
int m2p_prepare(uint64_t gib);

/* Whether the GiB's M2P is in a chunk of ours; only then may the functions below be called. */
bool m2p_is_ours(uint64_t gib);

/* The group that the chunk lies in, and whether that group's page_infos can be read. */
uint64_t m2p_home(uint64_t gib);
bool m2p_home_is_good(uint64_t gib);

/* Whether the chunk is retired, and where it is. */
bool m2p_is_retired(uint64_t gib);
uint64_t m2p_frame(uint64_t gib);

/* Whether a group of the GiB has page_info, ours or of RAM that was hot-added. */
bool m2p_is_needed(uint64_t gib);

/*
 * Brings the chunk's pages into state M2P, or all of them out of it. False: dom0 maps one, or the
 * home is not good; and nothing has changed.
 */
void m2p_share(uint64_t gib);
bool m2p_unshare(uint64_t gib);

/* Says that these frames are the guest's frames from gfn on. */
void m2p_write(uint64_t mfn, uint64_t count, uint64_t gfn);

/* Unmaps the M2P and gives its chunk back. EBUSY: it is needed after all. ENOMEM. */
int m2p_unmap(uint64_t gib);

#pragma GCC visibility pop

#endif
