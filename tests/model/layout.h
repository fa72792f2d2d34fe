/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process has to have otherwise than Xen: where its virtual areas are, and a snprintf() of
 * its own. Included before all else.
 */
#ifndef XEN_PMEM_MODEL_LAYOUT_H
#define XEN_PMEM_MODEL_LAYOUT_H

#define RO_M2P_START		0x200000000000ul
#define RW_M2P_START		0x210000000000ul
#define FRAMETABLE_START	0x280000000000ul
#define DIRECTMAP_START		0x300000000000ul
#define UPPER_HALF		RO_M2P_START

/* The processor that the model is of. */
#define cpuid model_cpuid
#define cr3_read model_cr3_read
#define lines_flush model_lines_flush

/* Xen's is hidden (see xen.h), the C library's cannot be. */
#define snprintf model_snprintf

#endif
