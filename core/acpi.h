/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Adds tables to the ACPI tables of a guest that is built but has not run: checks the guest's RSDP and XSDT, of which nothing is trusted, lays out a new
 * XSDT with the NFIT and SSDT behind it, and points the RSDP there. (ACPI 6.2, sections 5.2.5.3 RSDP and 5.2.8 XSDT.)
 *
 * Steps of the caller: copy the RSDP out; acpi_rsdp_read; copy a table header from xsdt, then as many bytes as acpi_xsdt_length says;
 * acpi_layout into a buffer, write it to fresh guest pages at area->gpa; acpi_rsdp_point; write the RSDP back last.
 */
#ifndef XEN_PMEM_CORE_ACPI_H
#define XEN_PMEM_CORE_ACPI_H

#include "env.h"
#include "nfit.h"

#define ACPI_RSDP_SIZE	36u
#define ACPI_XSDT_MAX	4096u	/* bytes; no guest's XSDT comes near */

enum acpi_reason {
	ACPI_OK = 0,
	ACPI_TRUNCATED,		/* fewer bytes than the structure says or needs */
	ACPI_BAD_SIGNATURE,
	ACPI_BAD_LENGTH,	/* a length that no such structure has */
	ACPI_BAD_CHECKSUM,
	ACPI_NO_XSDT,		/* RSDP before ACPI 2.0, or its XSDT address is 0 */
	ACPI_BAD_VNVDIMM,	/* nfit_build refused */
	ACPI_BAD_ADDRESS,	/* the area's address is misaligned or wraps */
	ACPI_NO_SPACE,		/* the buffer is too small */
	ACPI_REASONS		/* how many there are; keep last */
};

/* What is to stand in the new area. */
struct acpi_area {
	const void *xsdt;			/* the guest's own, xsdt_len bytes */
	size_t xsdt_len;
	const struct vnvdimm *vnvdimms;
	unsigned int nr_vnvdimms;
	const struct nfit_capabilities *caps;	/* may be NULL */
	const void *ssdt;			/* as ssdt_build made it of the same list */
	size_t ssdt_len;
	uint64_t gpa;				/* where the area will stand; a multiple of 64 */
};

/* Checks signature, length and both checksums, and tells the XSDT's guest address. */
enum acpi_reason acpi_rsdp_read(const void *rsdp, size_t len, uint64_t *xsdt);

/*
 * Puts another XSDT address into an RSDP that acpi_rsdp_read accepts, and sets both checksums. The RSDT's address stays: whoever knows the XSDT
 * does not use the RSDT.
 */
enum acpi_reason acpi_rsdp_point(void *rsdp, size_t len, uint64_t xsdt);

/* From the first 36 bytes at least: the whole XSDT's length in bytes, once it is plausible (whole entries, at most ACPI_XSDT_MAX). */
enum acpi_reason acpi_xsdt_length(const void *xsdt, size_t len, size_t *length);

/*
 * Writes a copy of an XSDT, checked, with nr more entries and a right checksum. *size is the new length in bytes as soon as the old XSDT is accepted,
 * also with ACPI_NO_SPACE, so (NULL, 0) asks for it.
 */
enum acpi_reason acpi_xsdt_extend(const void *xsdt, size_t xsdt_len, const uint64_t *tables, size_t nr, void *buf, size_t len, size_t *size);

/*
 * Writes [XSDT][NFIT][SSDT], each at a multiple of 64 bytes, the XSDT first: so the new XSDT's address is area->gpa. *size as in acpi_xsdt_extend.
 * Bytes of buf behind *size stay untouched.
 */
enum acpi_reason acpi_layout(const struct acpi_area *area, void *buf, size_t len, size_t *size);

/* One line for a person, without a stop or newline, never NULL. */
const char *acpi_reason_text(enum acpi_reason reason);

#endif
