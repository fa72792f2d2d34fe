/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reserved area in chunks of 2 MiB: room for the frame tables of groups and the M2P of GiBs,
 * one chunk each.
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

uint64_t chunk_mfn(uint32_t chunk);
bool chunk_holds_m2p(uint32_t chunk);
uint64_t chunks_total(void);
uint64_t chunks_used(void);

/* Chunks that the reserved area, all ranges and these frames need at worst. */
uint64_t chunks_needed(struct frames f);

#pragma GCC visibility pop

#endif
