/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * A guest's NVDIMM devices: the root device (ACPI 6.2, section 9.20.2) with one child for each vNVDIMM (9.20.3), whose _ADR is the handle that the
 * NFIT gives it. The C preprocessor makes a table of it for each NR from 1 to 16. It must stand on its own: a PVH guest's DSDT
 * has hardly more than processors.
 */
#define CHILD(name, handle) \
	Device (name) { \
		Name (_ADR, handle) \
	}

DefinitionBlock ("", "SSDT", 2, "XNPMEM", "vNVDIMMs", 1)
{
	Scope (\_SB) {
		Device (NVDR) {
			Name (_HID, "ACPI0012")
			Name (_STA, 0x0F)
			CHILD (NV01, 1)
#if NR >= 2
			CHILD (NV02, 2)
#endif
#if NR >= 3
			CHILD (NV03, 3)
#endif
#if NR >= 4
			CHILD (NV04, 4)
#endif
#if NR >= 5
			CHILD (NV05, 5)
#endif
#if NR >= 6
			CHILD (NV06, 6)
#endif
#if NR >= 7
			CHILD (NV07, 7)
#endif
#if NR >= 8
			CHILD (NV08, 8)
#endif
#if NR >= 9
			CHILD (NV09, 9)
#endif
#if NR >= 10
			CHILD (NV10, 10)
#endif
#if NR >= 11
			CHILD (NV11, 11)
#endif
#if NR >= 12
			CHILD (NV12, 12)
#endif
#if NR >= 13
			CHILD (NV13, 13)
#endif
#if NR >= 14
			CHILD (NV14, 14)
#endif
#if NR >= 15
			CHILD (NV15, 15)
#endif
#if NR >= 16
			CHILD (NV16, 16)
#endif
		}
	}
}
