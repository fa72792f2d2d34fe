/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * The NVDIMM root device (ACPI 6.2, section 9.20.2), with the code that the label methods of its
 * children share. The children pass the address of their label area, LABEL_SIZE bytes of ordinary
 * memory; everything else happens here, without a device model. The table must not need another
 * one: a PVH guest's DSDT holds hardly more than processors.
 *
 * Reads take a window of the area into a buffer at once, and cut out of it what was asked for.
 * Writes change a granule at a time and read it back: where the memory is uncached, a read waits
 * for the writes before it (see docs/design.md).
 */
#define LABEL_SIZE	0x20000
#define TRANSFER_MAX	0x1000
#define WINDOW		0x1008	/* TRANSFER_MAX bytes from anywhere in a word on */
#define WINDOW_BITS	0x8040
#define GRANULE		0x100
#define GRANULE_BITS	0x800

/* Of _LSI, _LSR and _LSW: ACPI 6.2, section 6.5.10. */
#define LS_SUCCESS	0
#define LS_INVALID	2
#define LS_HARDWARE	4

/* Of the _DSM for Intel's family, "NVDIMM DSM Interface". */
#define DSM_SUCCESS	Buffer (4) { 0x00, 0x00, 0x00, 0x00 }
#define DSM_UNSUPPORTED	Buffer (4) { 0x01, 0x00, 0x00, 0x00 }
#define DSM_INVALID	Buffer (4) { 0x03, 0x00, 0x00, 0x00 }
#define DSM_HARDWARE	Buffer (4) { 0x04, 0x00, 0x00, 0x00 }
#define DSM_NONE	Buffer (1) { 0x00 }

DefinitionBlock ("", "SSDT", 2, "XNPMEM", "vNVDIMMs", 1)
{
	Scope (\_SB) {
		Device (XPQR) {
			Name (_HID, "ACPI0012")
			Name (_STA, 0x0F)

			/* Of the area at Arg0, Arg2 bytes from offset Arg1 on; LOUT allowed it. */
			Method (LGET, 3, Serialized) {
				Local0 = Arg1 & 0xFFFFFFFFFFFFFFF8
				If (Local0 > LABEL_SIZE - WINDOW) {
					Local0 = LABEL_SIZE - WINDOW
				}
				OperationRegion (AREA, SystemMemory, Arg0 + Local0, WINDOW)
				Field (AREA, QWordAcc, NoLock, Preserve) {
					VIEW, WINDOW_BITS
				}
				Local1 = VIEW
				Return (Mid (Local1, Arg1 - Local0, Arg2))
			}

			/*
			 * Puts the bytes of the buffer Arg2 into the granule at address Arg0, from
			 * offset Arg1 on. Returns whether they are there.
			 */
			Method (LPUT, 3, Serialized) {
				OperationRegion (AREA, SystemMemory, Arg0, GRANULE)
				Field (AREA, QWordAcc, NoLock, Preserve) {
					VIEW, GRANULE_BITS
				}
				Local0 = VIEW
				CreateField (Local0, Arg1 * 8, SizeOf (Arg2) * 8, PART)
				PART = Arg2
				VIEW = Local0
				Local1 = VIEW
				Return (Local0 == Local1)
			}

			/* Whether Arg1 bytes at offset Arg0 are 0, too many, or leave the area. */
			Method (LOUT, 2) {
				Return (Arg1 == 0 || Arg1 > TRANSFER_MAX ||
					Arg0 > LABEL_SIZE || Arg1 > LABEL_SIZE - Arg0)
			}

			/* For _LSI. */
			Method (LINF, 0) {
				Return (Package () { LS_SUCCESS, LABEL_SIZE, TRANSFER_MAX })
			}

			/* For _LSR: area Arg0, offset Arg1, length Arg2. */
			Method (LREA, 3) {
				Local0 = Package () { LS_SUCCESS, 0 }
				If (LOUT (Arg1, Arg2)) {
					Local0 [0] = LS_INVALID
					Local0 [1] = Mid (DSM_NONE, 0, 0)
				} Else {
					Local0 [1] = LGET (Arg0, Arg1, Arg2)
				}
				Return (Local0)
			}

			/* For _LSW: area Arg0, offset Arg1, length Arg2, data Arg3. */
			Method (LWRI, 4) {
				If (LOUT (Arg1, Arg2) || ObjectType (Arg3) != 3) {
					Return (LS_INVALID)
				}
				If (SizeOf (Arg3) < Arg2) {
					Return (LS_INVALID)
				}
				Local0 = 0
				While (Local0 < Arg2) {
					Local1 = (Arg1 + Local0) & (GRANULE - 1)
					Local2 = GRANULE - Local1
					If (Local2 > Arg2 - Local0) {
						Local2 = Arg2 - Local0
					}
					If (!LPUT (Arg0 + Arg1 + Local0 - Local1, Local1,
						   Mid (Arg3, Local0, Local2))) {
						Return (LS_HARDWARE)
					}
					Local0 += Local2
				}
				Return (LS_SUCCESS)
			}

			/*
			 * The buffer Arg1 of functions 5 and 6 begins with two 32-bit integers,
			 * offset and length. Returns the one of index Arg0.
			 */
			Method (LARG, 2, Serialized) {
				CreateDWordField (Arg1, Arg0 * 4, WORD)
				Return (WORD)
			}

			/*
			 * Functions 5, get namespace label data, and 6, set it: area Arg0, function
			 * Arg1, input buffer Arg2.
			 */
			Method (LDAT, 3) {
				If (SizeOf (Arg2) < 8) {
					Return (DSM_INVALID)
				}
				Local0 = LARG (0, Arg2)
				Local1 = LARG (1, Arg2)
				If (LOUT (Local0, Local1)) {
					Return (DSM_INVALID)
				}
				If (Arg1 == 5) {
					Return (Concatenate (DSM_SUCCESS,
							     LGET (Arg0, Local0, Local1)))
				}
				Local2 = LWRI (Arg0, Local0, Local1, Mid (Arg2, 8, Local1))
				If (Local2 == LS_INVALID) {
					Return (DSM_INVALID)
				}
				If (Local2 != LS_SUCCESS) {
					Return (DSM_HARDWARE)
				}
				Return (DSM_SUCCESS)
			}

			/*
			 * For _DSM: area Arg0, UUID Arg1, revision Arg2, function Arg3, package
			 * with an input buffer Arg4; the mask of functions Arg5.
			 */
			Method (LDSM, 6) {
				If (Arg1 != ToUUID ("4309ac30-0d11-11e4-9191-0800200c9a66") ||
				    Arg2 != 1) {
					Return (DSM_NONE)
				}
				If (Arg3 == 0) {
					Return (Mid (ToBuffer (Arg5), 0, 1))
				}
				If (Arg3 > 6 || !((1 << Arg3) & Arg5)) {
					Return (DSM_UNSUPPORTED)
				}
				If (Arg3 == 4) {
					Return (Concatenate (
						Concatenate (DSM_SUCCESS,
							     Mid (ToBuffer (LABEL_SIZE), 0, 4)),
						Mid (ToBuffer (TRANSFER_MAX), 0, 4)))
				}
				If (ObjectType (Arg4) != 4) {
					Return (DSM_INVALID)
				}
				If (SizeOf (Arg4) < 1) {
					Return (DSM_INVALID)
				}
				Local0 = DerefOf (Arg4 [0])
				If (ObjectType (Local0) != 3) {
					Return (DSM_INVALID)
				}
				Return (LDAT (Arg0, Arg3, Local0))
			}
		}
	}
}
