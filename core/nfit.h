/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Builds the NFIT of a guest from a list of its vNVDIMMs.
 *
 * vNVDIMM i (from 0) has handle i + 1, which is the _ADR of its device in the SSDT (acpi/), and SPA range and control region of index i + 1.
 * Its serial number comes from the backing alone, from its UUID and of a part also from where it lies in there, and everything else that goes into Linux'
 * interleave-set cookie (vendor, region offset, manufacturing fields) is fixed: the guest's labels stay valid when the vNVDIMM moves to another
 * address or place in the list.
 */
#ifndef XEN_PMEM_CORE_NFIT_H
#define XEN_PMEM_CORE_NFIT_H

#include "env.h"
#include "xen-pmem/nfit.h"

#define VNVDIMMS_MAX	16u
#define VNVDIMM_NO_NODE	UINT32_MAX
#define VNVDIMM_NOT_ARMED	1u	/* read-only */

#define NFIT_MAX	4096u	/* bytes; no table of this builder is larger */
#define NFIT_VENDOR_ID	0x5853u	/* "XS"; of even parity, so not an id that JEDEC gives to a maker of modules */
#define NFIT_DEVICE_ID	0x0001u

#define VNVDIMM_LABEL_SIZE	0x20000u	/* bytes of a label area; a slot of the record's (xen-pmem/record.h) */

struct vnvdimm {
	uint64_t gpa;		/* guest physical address; a multiple of 4096 */
	uint64_t length;	/* bytes; a multiple of 4096, not 0 */
	uint64_t label_gpa;	/* VNVDIMM_LABEL_SIZE bytes; a multiple of 4096, apart from the range; 0: no labels */
	uint8_t uuid[16];	/* of the backing */
	uint64_t part_offset;	/* of a part of the backing: where it begins, in bytes; a multiple of 4096 */
	uint64_t part_length;	/* `length` for a part, which has no labels; 0, with part_offset 0, for all of the backing */
	uint32_t node;		/* proximity domain, or VNVDIMM_NO_NODE */
	uint32_t flags;		/* VNVDIMM_NOT_ARMED or 0 */
};

/* As the fields' comments ask. */
bool vnvdimm_ok(const struct vnvdimm *v);

/* The host's persistence domain, as its own NFIT states it; 0 in `bits` leaves the structure out. */
struct nfit_capabilities {
	uint32_t bits;		/* NFIT_CAP_* */
	uint8_t highest_valid;	/* number of the highest bit that is meaningful, 0..31 */
};

/*
 * CRC-32C of the UUID, and of a part's also of part_offset and part_length (16 + 8 + 8 bytes). Never 0 and never all ones, which some readers take for
 * "no serial number".
 */
uint32_t vnvdimm_serial(const struct vnvdimm *v);

/*
 * Writes the table, checksum and all, to buf if its size is at most len; touches nothing if not. Returns the table's size in bytes, so (NULL, 0) asks
 * for it; 0 if nr is not 1..VNVDIMMS_MAX or a vNVDIMM is not vnvdimm_ok. caps may be NULL.
 */
size_t nfit_build(const struct vnvdimm *v, unsigned int nr, const struct nfit_capabilities *caps, void *buf, size_t len);

#endif
