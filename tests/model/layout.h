/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a process has room for Xen's virtual areas; included before all else when the extension is compiled for the model. */
#ifndef XEN_PMEM_MODEL_LAYOUT_H
#define XEN_PMEM_MODEL_LAYOUT_H

#define RO_M2P_START		0x200000000000ul
#define RW_M2P_START		0x210000000000ul
#define FRAMETABLE_START	0x280000000000ul
#define DIRECTMAP_START		0x300000000000ul

#endif
