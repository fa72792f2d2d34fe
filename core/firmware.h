/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The tables that an HVM guest's firmware (hvmloader) adds to its own: those that the guest's owner
 * gave it (xl's acpi_firmware), which are not trusted, followed by NFIT and SSDT. The tables follow
 * each other without a gap. The firmware walks them by their lengths and checks nothing.
 */
#ifndef XEN_PMEM_CORE_FIRMWARE_H
#define XEN_PMEM_CORE_FIRMWARE_H

#include "env.h"
#include "nfit.h"
#include "ssdt.h"

/*
 * hvmloader has room for this many beside the 8, at most, that it makes; it drops what does not
 * fit.
 */
#define FIRMWARE_TABLES_MAX	7u
#define FIRMWARE_OWN_TABLES_MAX	(FIRMWARE_TABLES_MAX - 2u)
/* Bytes of own tables: hvmloader stops the guest if all tables together exceed a MiB. */
#define FIRMWARE_OWN_MAX	KIB(512)

enum firmware_reason {
	FIRMWARE_OK = 0,
	FIRMWARE_TRUNCATED,	/* ends within a table */
	FIRMWARE_BAD_LENGTH,	/* a table shorter than a table's header */
	FIRMWARE_BAD_CHECKSUM,
	FIRMWARE_NFIT,		/* one of them is an NFIT */
	FIRMWARE_ROOT,		/* a table holds "ACPI0012", an NVDIMM root device's _HID */
	FIRMWARE_NAME,		/* a table holds a name that our SSDT has in \_SB (ssdt.h) */
	FIRMWARE_TOO_MANY,	/* more tables than FIRMWARE_OWN_TABLES_MAX */
	FIRMWARE_TOO_LARGE,	/* more than FIRMWARE_OWN_MAX */
	FIRMWARE_BAD_VNVDIMM,	/* nfit_build or ssdt_build refused */
	FIRMWARE_NO_SPACE,	/* the buffer is too small */
	FIRMWARE_REASONS	/* how many there are; keep last */
};

/* *at is the number, from 0, of the table at fault. len may be 0. */
enum firmware_reason firmware_check(const void *own, size_t len, unsigned int *at);

/*
 * Checks the own tables and writes them, the NFIT and the SSDT. *size is the length of all, also
 * with FIRMWARE_NO_SPACE. caps and plug may be NULL, and scrub_gpa 0.
 */
enum firmware_reason firmware_build(const void *own, size_t own_len, const struct vnvdimm *v,
				    unsigned int nr, const struct nfit_capabilities *caps,
				    const struct ssdt_plug *plug, uint64_t scrub_gpa, void *buf,
				    size_t len, size_t *size);

/* One line for a person, without a stop or newline, never NULL. */
const char *firmware_reason_text(enum firmware_reason reason);

#endif
