/* SPDX-License-Identifier: GPL-2.0-only */
/* The Xen that the payload is for: its build-id, given as BUILD_ID (comma-separated bytes). */
	.macro depends_note section
	.section \section, "a", @note
	.balign 4
	.long 4, 20, 3		/* name size, id size, NT_GNU_BUILD_ID */
	.asciz "GNU"
	.byte BUILD_ID
	.endm

	depends_note .livepatch.depends
	depends_note .livepatch.xen_depends
	.section .note.GNU-stack, "", @progbits
