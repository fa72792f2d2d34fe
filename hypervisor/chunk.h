/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reserved area in chunks of 2 MiB: room for the frame tables of groups and the M2P of GiBs,
 * one chunk each.
 *
 * A chunk of which a block cannot be read is retired: it is not handed out again before the area
 * is dom0's again. In use, it stays where it is. What is in it would be read to copy it, and it
 * cannot be made anew: each group and GiB that has metadata has them because of pages whose state
 * they alone know (group.h).
 */
#ifndef XEN_PMEM_HYPERVISOR_CHUNK_H
#define XEN_PMEM_HYPERVISOR_CHUNK_H

#include "range.h"

#pragma GCC visibility push(hidden)

#define CHUNK_FRAMES	512u
#define CHUNKS		65536u	/* at most: a reserved area of 128 GiB */

/* A chunk's number, from 0. ENOSPC: the reserved area is full. */
int chunk_take(bool m2p);
void chunk_give(uint32_t chunk);

/*
 * Retires the chunk that this frame lies in. False: it was retired, or the frame is not in the
 * area. The handler of machine checks calls it, while another CPU may be in a command.
 */
bool chunk_retire(uint64_t mfn);
bool chunk_is_retired(uint32_t chunk);
int chunk_nth_retired(uint32_t n);	/* from 0; -1: there are not so many */
void chunks_restore(void);		/* the area is dom0's again: none is retired */

uint64_t chunk_mfn(uint32_t chunk);
bool chunk_holds_m2p(uint32_t chunk);
bool chunk_is_taken(uint32_t chunk);
uint64_t chunks_total(void);
uint64_t chunks_used(void);
uint64_t chunks_retired(void);
uint64_t chunks_room(void);		/* without those that are retired and not in use */

/* Chunks that the reserved area, all ranges and these frames need at worst. */
uint64_t chunks_needed(struct frames f);

#pragma GCC visibility pop

#endif
