/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The seal at the end of a payload file, over every byte before it. The build adds it
 * (hypervisor/seal). The library checks it, and removes it before Xen sees the payload: Xen would
 * run a damaged payload and die of it. Xen itself ignores what follows the sections.
 */
#ifndef XEN_PMEM_PAYLOAD_H
#define XEN_PMEM_PAYLOAD_H

#include <stdint.h>

#define XEN_PMEM_SEAL_MAGIC	"XenPMemSeal"	/* 12 bytes with its NUL */

struct xen_pmem_seal {
	char magic[12];
	uint32_t crc;		/* CRC-32C of the bytes before, little-endian */
};

#endif
