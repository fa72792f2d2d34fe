/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Builds the SSDT of a guest from the same list of vNVDIMMs as its NFIT: the NVDIMM root device
 * \_SB.XPQR (ACPI 6.2, section 9.20.2), a child NV01, NV02, ... for each vNVDIMM (9.20.3) whose
 * _ADR is the handle that the NFIT gives it, with label methods if it has labels, without any that
 * writes them if it is read-only. Outside of the root device each vNVDIMM has a PNP0C02 device
 * XQ01, XQ02, ... whose _CRS covers its addresses, so that the guest's system uses them for no
 * other device. All names in \_SB are unlikely ones, because other tables (firmware.h) may name
 * devices there.
 *
 * A guest that can get more while it runs has as many children of the root device as it can have
 * vNVDIMMs, an event device, _FIT, and one more PNP0C02 device for the addresses of later vNVDIMMs.
 *
 * With a scrub page (scrub.h) the root device has a _DSM that tells of bad blocks.
 *
 * The AML comes from acpi/, compiled by iasl at build time; names, _ADR and addresses are put in
 * here.
 */
#ifndef XEN_PMEM_CORE_SSDT_H
#define XEN_PMEM_CORE_SSDT_H

#include "env.h"
#include "nfit.h"

#define SSDT_MAX	16384u	/* bytes of the largest table */

#define SSDT_PLUG_INTERRUPT	7u	/* acpi/marks.h's */

struct ssdt_plug {
	uint64_t fit_gpa;		/* of the FIT pages (fit.h); a multiple of 4096 */
	uint64_t window_gpa;		/* whole pages, for later vNVDIMMs */
	uint64_t window_length;
};

/*
 * Writes the table, with its checksum, to buf if its size is at most len. Returns the table's size
 * in bytes, so (NULL, 0) asks for it. Returns 0 if nr is not 1..VNVDIMMS_MAX or vnvdimm_ok refuses
 * a vNVDIMM. plug NULL: the guest gets no vNVDIMM while it runs. scrub_gpa: of the scrub page; 0:
 * there is none.
 */
size_t ssdt_build(const struct vnvdimm *v, unsigned int nr, const struct ssdt_plug *plug,
		  uint64_t scrub_gpa, void *buf, size_t len);

#endif
