/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Builds the NFIT of a guest from a list of its vNVDIMMs.
 *
 * vNVDIMM i (from 0) has handle i + 1, which is the _ADR of its device in the SSDT (acpi/). Its SPA
 * range and control region have index i + 1.
 *
 * The serial number depends on the backing alone: on its UUID and, for a part, on the part's offset
 * and length. All other inputs of Linux' interleave-set cookie (vendor, region offset,
 * manufacturing fields) are fixed. So the guest's labels stay valid when the vNVDIMM gets another
 * address or place in the list.
 */
#ifndef XEN_PMEM_CORE_NFIT_H
#define XEN_PMEM_CORE_NFIT_H

#include "env.h"
#include "xen-pmem/nfit.h"

#define VNVDIMMS_MAX	16u
#define VNVDIMM_NO_NODE	UINT32_MAX
#define VNVDIMM_NOT_ARMED	1u	/* read-only */

#define NFIT_MAX	4096u	/* bytes of the largest table */
#define NFIT_VENDOR_ID	0x5853u	/* "XS"; has even parity,
	so JEDEC gives this id to no maker of modules */
#define NFIT_DEVICE_ID	0x0001u

/* bytes of a label area, a slot of the record's (xen-pmem/record.h) */
#define VNVDIMM_LABEL_SIZE	0x20000u

struct vnvdimm {
	uint64_t gpa;		/* guest physical address; a multiple of 4096 */
	uint64_t length;	/* bytes; a multiple of 4096, not 0 */
	uint64_t label_gpa;	/* a multiple of 4096, outside of the range; 0: no labels */
	uint8_t uuid[16];	/* of the backing */
	/* of a part of the backing: bytes to its start; a multiple of 4096 */
	uint64_t part_offset;
	/* of a part, which has no labels: `length`; 0: all of the backing */
	uint64_t part_length;
	uint32_t node;		/* proximity domain, or VNVDIMM_NO_NODE */
	uint32_t flags;		/* VNVDIMM_NOT_ARMED or 0 */
};

/* Are the fields as their comments require? */
bool vnvdimm_ok(const struct vnvdimm *v);

/*
 * The host's persistence domain, as its own NFIT states it; `bits` of 0 leaves the structure out.
 */
struct nfit_capabilities {
	uint32_t bits;		/* NFIT_CAP_* */
	uint8_t highest_valid;	/* number of the highest bit that is meaningful, 0..31 */
};

/*
 * CRC-32C of the UUID and, for a part, of part_offset and part_length (16 + 8 + 8 bytes). Never 0
 * and never all ones, which some readers take for "no serial number".
 */
uint32_t vnvdimm_serial(const struct vnvdimm *v);

/*
 * Writes the table, with its checksum, to buf if its size is at most len. Returns the table's size
 * in bytes, so (NULL, 0) asks for it. Returns 0 if nr is not 1..VNVDIMMS_MAX or vnvdimm_ok refuses
 * a vNVDIMM. caps may be NULL.
 */
size_t nfit_build(const struct vnvdimm *v, unsigned int nr, const struct nfit_capabilities *caps,
		  void *buf, size_t len);

#endif
