/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * What a payload file ends with: a seal, over every byte before it. The build puts it there
 * (hypervisor/seal), the tool checks it and takes it off before Xen sees the payload, for Xen runs
 * a damaged one and dies of it. Xen itself ignores what follows the sections.
 */
#ifndef XEN_PMEM_PAYLOAD_H
#define XEN_PMEM_PAYLOAD_H

#include <stdint.h>

#define XEN_PMEM_SEAL_MAGIC	"XenPMemSeal"	/* with its NUL */

struct xen_pmem_seal {
	char magic[12];
	uint32_t crc;		/* CRC-32C, little-endian as all of the payload */
};

#endif
