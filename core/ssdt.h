/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Builds the SSDT of a guest from the same list of vNVDIMMs as its NFIT: the NVDIMM root device
 * \_SB.XPQR (ACPI 6.2, section 9.20.2), a child NV01, NV02, ... for each vNVDIMM (9.20.3) whose _ADR is
 * the handle that the NFIT gives it, with label methods if it has labels, without any that writes them if
 * it is read-only; and outside of the root device, for each one, a PNP0C02 device XQ01, XQ02, ... whose
 * _CRS covers its addresses, so that the guest's system takes them for nothing else. All names in \_SB
 * are unlikely ones, as others' tables (firmware.h) may name their own devices there.
 *
 * For a guest that can be given more while it runs, there are as many children of the root device as there
 * can be vNVDIMMs, an event device, _FIT, and one more PNP0C02 device for the addresses of those to come.
 *
 * The AML comes from acpi/: iasl compiled it when this was built, and only names, _ADR and addresses are put in.
 */
#ifndef XEN_PMEM_CORE_SSDT_H
#define XEN_PMEM_CORE_SSDT_H

#include "env.h"
#include "nfit.h"

#define SSDT_MAX	16384u	/* bytes; none is larger */

#define SSDT_PLUG_INTERRUPT	7u	/* acpi/marks.h's */

struct ssdt_plug {
	uint64_t fit_gpa;		/* of the FIT pages (fit.h); a multiple of 4096 */
	uint64_t window_gpa;		/* whole pages, where vNVDIMMs to come are put */
	uint64_t window_length;
};

/*
 * Writes the table, checksum and all, to buf if its size is at most len; touches nothing if not. Returns the table's size in bytes, so (NULL, 0) asks
 * for it; 0 if nr is not 1..VNVDIMMS_MAX or a vNVDIMM is not vnvdimm_ok. plug NULL: it is given no others while it runs.
 */
size_t ssdt_build(const struct vnvdimm *v, unsigned int nr, const struct ssdt_plug *plug, void *buf, size_t len);

#endif
