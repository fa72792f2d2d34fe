/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * How a guest learns of bad blocks: the _DSM of the NVDIMM root device (ACPI 6.2, section 9.20.7)
 * with Address Range Scrub. A scrub finds what dom0 has written into the guest's scrub page
 * (core/scrub.h), and is complete as soon as it has begun. A bad block is cleared by dom0, which
 * the mailbox of that page asks for it.
 */
#include "marks.h"
#define SCRUB_HEAD	0x40	/* bytes before the two copies */
#define SCRUB_ROOM	0x7E0	/* of a copy; 16 for each place */
#define SCRUB_ROOM_BITS	0x3F00
#define TRIES		0x20
#define MAILBOX		0x10
#define MAILBOX_SIZE	0x28
#define WAIT_MS		50
#define WAITS		200	/* 10 s */

#define RECORD		24	/* bytes that the answer has for each place */
#define RECORDS_AT	48
/* RECORDS_AT + SCRUB_ROOM / 16 * RECORD, and what a clear would take at once. */
#define ANSWER_MAX	0x00, 0x0C, 0x00, 0x00
#define CLEAR_UNIT	0x00, 0x10, 0x00, 0x00

#define SUCCESS		0
#define INVALID		2
#define UNSUPPORTED	1
#define RETRY		4
#define PERSISTENT	2
#define NO_SCRUB	0x0000003000020000	/* its 48 bytes; none was started */

DefinitionBlock ("", "SSDT", 2, "XNPMEM", "vNVDIMMs", 1)
{
	External (\_SB.XPQR, DeviceObj)
	Scope (\_SB.XPQR) {
		Name (SADR, MARK_SCRUB)
		Name (SFRM, 0)		/* the range of the last scrub */
		Name (SLEN, 0)		/* 0: there was none */

		/* The word that says which copy is good; it changes with each change. */
		Method (SWRD, 0, Serialized) {
			OperationRegion (AREA, SystemMemory, SADR, 4)
			Field (AREA, DWordAcc, NoLock, Preserve) {
				WORD, 32
			}
			Return (WORD)
		}

		/* The copy that the word Arg0 leads to. */
		Method (SCPY, 1, Serialized) {
			Local0 = ((Arg0 >> 16) & 1) * SCRUB_ROOM + SCRUB_HEAD
			OperationRegion (AREA, SystemMemory, SADR + Local0, SCRUB_ROOM)
			Field (AREA, QWordAcc, NoLock, Preserve) {
				VIEW, SCRUB_ROOM_BITS
			}
			Local1 = VIEW
			Return (Mid (Local1, 0, Arg0 & 0xFFFF))
		}

		/* Of the buffer Arg0, the 64-bit integer at offset Arg1. */
		Method (SNUM, 2, Serialized) {
			CreateQWordField (Arg0, Arg1, WORD)
			Return (WORD)
		}

		/* Two 64-bit integers as a buffer. */
		Method (SPUT, 2) {
			Return (Concatenate (Mid (ToBuffer (Arg0), 0, 8),
					     Mid (ToBuffer (Arg1), 0, 8)))
		}

		/* Function 1, what a scrub can do; 8 bytes of Arg0: the status. */
		Method (SCAP, 1) {
			Return (Concatenate (Mid (ToBuffer (Arg0), 0, 4),
				Buffer () { ANSWER_MAX, CLEAR_UNIT, 0x00, 0x00, 0x00, 0x00 }))
		}

		/* Function 2, start a scrub: address Arg0, length Arg1, type Arg2. */
		Method (SBEG, 3) {
			If ((Arg2 & 0xFFFF) != PERSISTENT) {
				Return (INVALID)
			}
			SFRM = Arg0
			SLEN = Arg1
			Return (SUCCESS)
		}

		/* The records of the places in the copy Arg0, as far as the last scrub reached. */
		Method (SREC, 1) {
			Local0 = Mid (Buffer (1) { 0x00 }, 0, 0)
			Local1 = 0
			While (Local1 < SizeOf (Arg0)) {
				Local2 = SNUM (Arg0, Local1)
				Local3 = Local2 + SNUM (Arg0, Local1 + 8)
				If (Local2 < SFRM) {
					Local2 = SFRM
				}
				If (Local3 > SFRM + SLEN) {
					Local3 = SFRM + SLEN
				}
				If (Local2 < Local3) {
					Local4 = Concatenate (Mid (ToBuffer (0), 0, 8),
							      SPUT (Local2, Local3 - Local2))
					Local0 = Concatenate (Local0, Local4)
				}
				Local1 += 16
			}
			Return (Local0)
		}

		/* Function 3, what the last scrub found. */
		Method (SSTA, 0, Serialized) {
			If (SLEN == 0) {
				Local0 = SPUT (NO_SCRUB, 0)
				Return (Concatenate (Concatenate (Local0, SPUT (0, 0)),
						     SPUT (0, 0)))
			}
			Local0 = 0
			Local1 = SWRD ()
			Local2 = SCPY (Local1)
			While (Local1 != SWRD () && Local0 < TRIES) {
				Local1 = SWRD ()
				Local2 = SCPY (Local1)
				Local0++
			}
			Local2 = SREC (Local2)
			Local3 = SizeOf (Local2)
			Local4 = SPUT ((Local3 + RECORDS_AT) << 32, SFRM)
			Local4 = Concatenate (Local4, SPUT (SLEN, 0))
			Local4 = Concatenate (Local4,
				SPUT (0, PERSISTENT | ((Local3 / RECORD) << 32)))
			Return (Concatenate (Local4, Local2))
		}

		/*
		 * Function 4, clear what is bad from the address Arg0 on, Arg1 bytes. dom0 does it
		 * within a second, if it is there.
		 */
		Method (SCLR, 2, Serialized) {
			OperationRegion (AREA, SystemMemory, SADR + MAILBOX, MAILBOX_SIZE)
			Field (AREA, DWordAcc, NoLock, Preserve) {
				MASK, 32, MLST, 32, MGPA, 64, MLEN, 64,
				MANS, 32, MSTA, 32, MCLR, 64
			}
			MASK = 0
			Local0 = (MLST + 1) & 0xFFFFFFFF
			If (Local0 == 0) {
				Local0 = 1
			}
			MLST = Local0
			MGPA = Arg0
			MLEN = Arg1
			MASK = Local0
			Local1 = 0
			While (MANS != Local0 && Local1 < WAITS) {
				Sleep (WAIT_MS)
				Local1++
			}
			If (MANS != Local0) {
				MASK = 0
				Return (SPUT (RETRY, 0))
			}
			Return (SPUT (MSTA, MCLR))
		}

		Method (_DSM, 4, Serialized) {
			If (Arg0 != ToUUID ("2f10e7a4-9e91-11e4-89d3-123b93f75cba") || Arg1 != 1) {
				Return (Buffer (1) { 0x00 })
			}
			If (Arg2 == 0) {
				Return (Buffer (1) { 0x1F })
			}
			If (Arg2 == 3) {
				Return (SSTA ())
			}
			If (Arg2 > 4) {
				Return (Buffer (4) { UNSUPPORTED, 0x00, 0x00, 0x00 })
			}
			Local1 = INVALID
			Local2 = 0
			If (ObjectType (Arg3) == 4) {
				If (SizeOf (Arg3) > 0) {
					Local0 = DerefOf (Arg3 [0])
					If (ObjectType (Local0) == 3) {
						Local2 = SizeOf (Local0)
					}
				}
			}
			If (Local2 >= 16) {
				Local3 = SNUM (Local0, 0)
				Local4 = SNUM (Local0, 8)
				If (Local4 > 0 && Local3 <= 0xFFFFFFFFFFFFFFFF - Local4) {
					Local1 = SUCCESS
				}
			}
			If (Arg2 == 1) {
				If (Local1 == SUCCESS) {
					Return (SCAP (PERSISTENT << 16))
				}
				Return (SCAP (INVALID))
			}
			If (Arg2 == 4) {
				If (Local1 == SUCCESS) {
					Return (SCLR (Local3, Local4))
				}
				Return (SPUT (INVALID, 0))
			}
			If (Local1 == SUCCESS) {
				If (Local2 >= 24) {
					Local1 = SBEG (Local3, Local4, SNUM (Local0, 16))
				} Else {
					Local1 = INVALID
				}
			}
			Return (Mid (ToBuffer (Local1), 0, 8))
		}
	}
}
