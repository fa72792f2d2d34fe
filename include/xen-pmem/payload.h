/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * What a payload file has in it for the library: the layouts, which the library fills in, and the
 * seal at the end.
 */
#ifndef XEN_PMEM_PAYLOAD_H
#define XEN_PMEM_PAYLOAD_H

#include <stdint.h>

/*
 * The seal is over every byte before it. The build adds it (hypervisor/seal). The library checks
 * it, and removes it before Xen sees the payload: Xen would run a damaged payload and die of it.
 * Xen itself ignores what follows the sections.
 */
#define XEN_PMEM_SEAL_MAGIC	"XenPMemSeal"	/* 12 bytes with its NUL */

struct xen_pmem_seal {
	char magic[12];
	uint32_t crc;		/* CRC-32C of the bytes before, little-endian */
};

/*
 * Section ".xen_pmem.series": which Xen the payload is for, and which layouts it takes. It is not
 * loaded.
 */
#define XEN_PMEM_LAYOUT_VERSION	1u	/* of struct xen_pmem_layout */

struct xen_pmem_series {
	uint32_t major, minor_first, minor_last;
	uint32_t layout_version;
};

/*
 * Section ".xen_pmem.build": an array of XEN_PMEM_LAYOUTS_MAX. The build leaves it empty. The
 * library fills in the running build's layout or, where that is not known and the owner accepts
 * that, all that it knows of this payload's series, to be tried in this order.
 */
#define XEN_PMEM_LAYOUTS_MAX	16u

struct xen_pmem_build_id {
	uint8_t len;			/* 0: it has no second one */
	uint8_t bytes[20];
};

struct xen_pmem_layout {
	char version[64];		/* "4.20.4+63-g7abfd2bce2-0+deb13u1"; "": not used */
	struct xen_pmem_build_id id[2];	/* of Xen's ELF (20 bytes), of its xen.efi (16) */
	/* struct domain */
	uint16_t next_in_list;		/* struct domain * */
	uint16_t options;		/* u32, XEN_DOMCTL_CDF_* */
	uint16_t is_dying;		/* u32, DOMDYING_* */
	uint16_t creation_finished;	/* bool: was unpaused once */
	uint16_t iommu_ops;		/* struct iommu_ops *; NULL: without an IOMMU */
	uint16_t iommu_need_sync;	/* bool: Xen enters what is granted */
	uint16_t iomem_caps;		/* struct rangeset * */
	uint16_t ioport_caps;		/* struct rangeset *, in its struct arch_domain */
	uint16_t refcnt;		/* atomic_t */
	uint16_t p2m;			/* struct p2m_domain *; of use to HVM and PVH only */
	uint16_t max_vcpus;		/* u32, the length of the array that follows */
	uint16_t vcpus;			/* struct vcpu **, by number; NULL: not made yet */
	uint16_t paging_mode;		/* u32, PAGING_*, in its struct arch_domain */
	/* struct vcpu */
	uint16_t vcpu_domain;		/* struct domain *, back pointer */
	uint16_t vcpu_next;		/* struct vcpu *, the domain's next */
	uint16_t monitor_table;		/* u64, a frame; of HVM and PVH only; 0: none yet */
	/* struct p2m_domain */
	uint16_t p2m_domain;		/* struct domain *, back pointer */
	uint16_t p2m_access;		/* u32, default access */
	/* struct rangeset */
	uint16_t rangeset_domain;	/* struct domain *, back pointer */
};
_Static_assert(sizeof(struct xen_pmem_layout) == 64 + 2 * 21 + 19 * 2, "no padding");

#endif
