/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gates: they keep block I/O from hidden pages, for which nd_pmem would fault. Each disk of nd_pmem
 * with memory that a pin may hide has a gate: operations in front of the disk's own, which let I/O
 * to hidden pages fail (EIO). A program that reads the whole disk beside its filesystem does such
 * I/O. Gates look at dom0's page tables, so they keep no account of what is hidden.
 *
 * No lock of a gate is held while somebody waits for I/O other than nd_pmem's, which is a copy.
 */
#ifndef XEN_PMEM_GATE_H
#define XEN_PMEM_GATE_H

#include <linux/device.h>

#include "compat.h"

int gates_init(void);
void gates_exit(void);

/* Gates stay until the last caller of gates_get() has called gates_put(). */
void gates_get(void);
void gates_put(void);

/*
 * Sees that the disk with page @pfn has a gate; between gates_get() and gates_put(). @class is that
 * of block devices. Not between gates_shut() and gates_open().
 *   -EOPNOTSUPP  the page is not an NVDIMM's
 *   -ENXIO       what is written there does not persist
 *   -EIO         the disk gives no access to its first page
 *   -ENOMEM
 */
int gate_find(block_class_t *class, unsigned long pfn, char *reason);

/* From gates_shut() to gates_open() no I/O of a disk with a gate is under way. */
void gates_shut(void);
void gates_open(void);

/* Whether the disk with page @pfn has a gate; between gates_shut() and gates_open(). */
bool gate_has(unsigned long pfn);

#endif
