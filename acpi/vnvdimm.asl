/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * One vNVDIMM, without labels, or with LABELS, or with LABELS and WRITABLE: its child of the root
 * device (ACPI 6.2, section 9.20.3), and a device that reserves its addresses. The XX of names,
 * _ADR and the addresses are marks.
 */
#include "marks.h"

#define TAKEN(first, last, length) \
	QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite, 0, \
		first, last, 0, length)

/* Of the _DSM, one bit each: 0, 4, 5, and 6, which sets labels. */
#ifdef WRITABLE
#define FUNCTIONS	0x71
#else
#define FUNCTIONS	0x31
#endif

DefinitionBlock ("", "SSDT", 2, "XNPMEM", "vNVDIMMs", 1)
{
	External (\_SB.XPQR, DeviceObj)
	Scope (\_SB) {
		Device (XQXX) {
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, "NVXX")
			Name (_CRS, ResourceTemplate () {
				TAKEN (MARK_RANGE_FIRST, MARK_RANGE_LAST, MARK_RANGE_LENGTH)
#ifdef LABELS
				TAKEN (MARK_LABELS_FIRST, MARK_LABELS_LAST, MARK_LABELS_LENGTH)
#endif
			})
		}
	}
#ifdef LABELS
	External (\_SB.XPQR.LINF, MethodObj)
	External (\_SB.XPQR.LREA, MethodObj)
	External (\_SB.XPQR.LWRI, MethodObj)
	External (\_SB.XPQR.LDSM, MethodObj)
#endif
	Scope (\_SB.XPQR) {
		Device (NVXX) {
			Name (_ADR, MARK_ADR)
#ifdef LABELS
			Name (LADR, MARK_LABELS)
			Method (_LSI) {
				Return (LINF ())
			}
			Method (_LSR, 2) {
				Return (LREA (LADR, Arg0, Arg1))
			}
#ifdef WRITABLE
			Method (_LSW, 3) {
				Return (LWRI (LADR, Arg0, Arg1, Arg2))
			}
#endif
			Method (_DSM, 4) {
				Return (LDSM (LADR, Arg0, Arg1, Arg2, Arg3, FUNCTIONS))
			}
#endif
		}
	}
}
