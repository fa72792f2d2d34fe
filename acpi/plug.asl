/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * How a running guest learns of another vNVDIMM: dom0 pulses the interrupt of a Generic Event
 * Device (ACPI 6.2, section 5.6.9), and _FIT (6.5.9) of the root device reads what dom0 wrote into
 * the guest's FIT pages (core/fit.h). A further device reserves the addresses that such vNVDIMMs
 * get.
 */
#include "marks.h"
#define FIT_ROOM	0x900	/* bytes of a copy, of which some are used */
#define FIT_ROOM_BITS	0x4800

DefinitionBlock ("", "SSDT", 2, "XNPMEM", "vNVDIMMs", 1)
{
	External (\_SB.XPQR, DeviceObj)
	Scope (\_SB) {
		Device (XPQW) {
			Name (_HID, EisaId ("PNP0C02"))
			Name (_UID, "XPQW")
			Name (_CRS, ResourceTemplate () {
				QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed,
					Cacheable, ReadWrite, 0,
					MARK_RANGE_FIRST, MARK_RANGE_LAST, 0, MARK_RANGE_LENGTH)
			})
		}
		Device (XPQE) {
			Name (_HID, "ACPI0013")
			Name (_UID, "XPQE")
			Name (_CRS, ResourceTemplate () {
				Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) {
					PLUG_INTERRUPT
				}
			})
			Method (_EVT, 1) {
				Notify (\_SB.XPQR, 0x80)
			}
		}
	}
	Scope (\_SB.XPQR) {
		OperationRegion (HEAD, SystemMemory, MARK_FIT, 4)
		Field (HEAD, DWordAcc, NoLock, Preserve) {
			GOOD, 32
		}

		/* Of the FIT pages, Arg1 bytes from offset Arg0 on. */
		Method (FGET, 2, Serialized) {
			OperationRegion (AREA, SystemMemory, MARK_FIT + Arg0, FIT_ROOM)
			Field (AREA, QWordAcc, NoLock, Preserve) {
				VIEW, FIT_ROOM_BITS
			}
			Local0 = VIEW
			Return (Mid (Local0, 0, Arg1))
		}

		/*
		 * The first word says which copy is good, and dom0 never writes the same word
		 * twice. If the word is the same before and after the read, the copy was whole.
		 */
		Method (_FIT, 0, Serialized) {
			Local0 = 0
			Local1 = Buffer (1) { 0x00 }
			While (Local0 != GOOD) {
				Local0 = GOOD
				Local1 = FGET (Local0 >> 16, Local0 & 0xFFFF)
			}
			Return (Local1)
		}
	}
}
