/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Adds tables to the ACPI tables of a guest that is built but has not run: checks the guest's RSDP
 * and XSDT, which are not trusted, lays out a new XSDT followed by the new tables, and points the
 * RSDP to it. (ACPI 6.2, sections 5.2.5.3 RSDP and 5.2.8 XSDT.)
 *
 * Steps of the caller: copy the RSDP out; acpi_rsdp_read; copy a table header from the XSDT's
 * address, then as many bytes as acpi_xsdt_length returns; acpi_layout into a buffer, write it to
 * fresh guest pages at area->gpa; acpi_rsdp_point; write the RSDP back last.
 */
#ifndef XEN_PMEM_CORE_ACPI_H
#define XEN_PMEM_CORE_ACPI_H

#include "env.h"
#include "xen-pmem/nfit.h"

#define ACPI_RSDP_SIZE	36u
#define ACPI_XSDT_MAX	4096u	/* bytes; a guest's own XSDT is far smaller */
#define ACPI_ADDED_MAX	5u	/* tables that an area may have beside its XSDT */

enum acpi_reason {
	ACPI_OK = 0,
	ACPI_TRUNCATED,		/* fewer bytes than the structure needs or claims */
	ACPI_BAD_SIGNATURE,
	ACPI_BAD_LENGTH,	/* a length that no such structure has */
	ACPI_BAD_CHECKSUM,
	ACPI_NO_XSDT,		/* RSDP before ACPI 2.0, or its XSDT address is 0 */
	ACPI_BAD_CPUS,		/* a MADT with too many CPUs, without one, or with a bad entry */
	ACPI_BAD_ADDRESS,	/* the area's address is misaligned or wraps */
	ACPI_NO_SPACE,		/* the buffer is too small */
	ACPI_REASONS		/* how many there are; keep last */
};

/* A table that is ready, with its checksum. */
struct acpi_added {
	const void *bytes;
	size_t len;
};

/* The contents of the new area. */
struct acpi_area {
	const void *xsdt;		/* the guest's own, xsdt_len bytes */
	size_t xsdt_len;
	struct acpi_added tables[ACPI_ADDED_MAX];
	unsigned int nr;
	uint64_t gpa;			/* guest address of the area; a multiple of 64 */
};

/*
 * Reads the length in bytes of a table with this signature from its first 36 bytes. It must be 36
 * to max.
 */
enum acpi_reason acpi_table_length(const void *table, size_t len, const char *signature,
				   size_t max, size_t *length);

/* The same, of a table that is here as a whole: its checksum must be right. */
enum acpi_reason acpi_table_check(const void *table, size_t len, const char *signature, size_t max,
				  size_t *length);

/* Checks signature, length and both checksums; *xsdt is then the XSDT's guest address. */
enum acpi_reason acpi_rsdp_read(const void *rsdp, size_t len, uint64_t *xsdt);

/*
 * Puts another XSDT address into an RSDP that acpi_rsdp_read accepts, and sets both checksums. The
 * RSDT's address stays: a system that knows the XSDT does not use the RSDT.
 */
enum acpi_reason acpi_rsdp_point(void *rsdp, size_t len, uint64_t xsdt);

/*
 * Reads the XSDT's length in bytes from its first 36 bytes. The length must be plausible: whole
 * entries, at most ACPI_XSDT_MAX.
 */
enum acpi_reason acpi_xsdt_length(const void *xsdt, size_t len, size_t *length);

/*
 * Checks an XSDT and writes a copy of it with nr more entries and a right checksum. *size is the
 * new length in bytes, set once the old XSDT is accepted, also with ACPI_NO_SPACE; so (NULL, 0)
 * asks for it.
 */
enum acpi_reason acpi_xsdt_extend(const void *xsdt, size_t xsdt_len, const uint64_t *tables,
				  size_t nr, void *buf, size_t len, size_t *size);

/*
 * Writes the new XSDT, then the tables in their order, each at a multiple of 64 bytes. The new
 * XSDT's address is thus area->gpa. *size is as in acpi_xsdt_extend. Bytes of buf after *size are
 * not written. ACPI_BAD_LENGTH also if there are more tables than ACPI_ADDED_MAX.
 */
enum acpi_reason acpi_layout(const struct acpi_area *area, void *buf, size_t len, size_t *size);

/* One line for a person, without a stop or newline, never NULL. */
const char *acpi_reason_text(enum acpi_reason reason);

#endif
