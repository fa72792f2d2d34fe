/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Marks: the AML of acpi/vnvdimm.asl contains them in place of values that are known only when
 * there is a guest. acpi/embed copies them into the header with the AML; core/ssdt.c replaces them
 * by the vNVDIMM's own values. The bytes of a mark occur nowhere else (tests/unit/test_ssdt.c
 * counts them). FIRST + LENGTH - 1 = LAST, which iasl checks.
 */
#define MARK_RANGE_FIRST	0x00A1A2A3A4A50000
#define MARK_RANGE_LENGTH	0x0000A6A7A8A90000
#define MARK_RANGE_LAST		0x00A2494B4D4DFFFF
#define MARK_LABELS_FIRST	0x00B1B2B3B4B50000
#define MARK_LABELS_LENGTH	0x0000B6B7B8B90000
#define MARK_LABELS_LAST	0x00B2696B6D6DFFFF
#define MARK_LABELS		0x00C1C2C3C4C50000	/* the address that the methods use */
#define MARK_ADR		0x7E			/* after _ADR and ByteConst's prefix */
#define MARK_FIT		0x00D1D2D3D4D50000	/* the FIT pages, in acpi/plug.asl */
#define MARK_SCRUB		0x00E1E2E3E4E50000	/* the scrub page, in acpi/ars.asl */
/* The event device's interrupt: an ISA line that an HVM guest's other devices do not use. */
#define PLUG_INTERRUPT		7
