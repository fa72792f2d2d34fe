/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Xen that the payload is for: its build-id, given as BUILD_ID (comma-separated bytes), and its
 * series, XEN_MAJOR.XEN_MINOR. All that is not the same in each payload is here.
 */
	.macro depends_note section
	.section \section, "a", @note
	.balign 4
	.long 4, 20, 3		/* name size, id size, NT_GNU_BUILD_ID */
	.asciz "GNU"
	.byte BUILD_ID
	.endm

	depends_note .livepatch.depends
	depends_note .livepatch.xen_depends

	/* For xen-pmem load, which looks for a payload of the running series. */
	.section .xen_pmem.series, "", @progbits
	.long XEN_MAJOR, XEN_MINOR

	.section .rodata.minor, "a", @progbits
	.balign 4
	.globl payload_minor
	.hidden payload_minor
	.type payload_minor, @object
	.size payload_minor, 4
payload_minor:
	.long XEN_MINOR

#if XEN_MINOR >= 18
	/*
	 * Debian's Xen does not compress frame numbers any more, and has none of the variables that
	 * say how. The extension gets its own, which say: not at all.
	 */
	.macro variable name, value
	.globl \name
	.hidden \name
	.type \name, @object
	.size \name, 8
\name:	.quad \value
	.endm

	.section .rodata.frames, "a", @progbits
	.balign 8
	variable pfn_pdx_bottom_mask, ~0
	variable pfn_top_mask, 0
	variable pfn_hole_mask, 0
	variable pfn_pdx_hole_shift, 0
#endif
	.section .note.GNU-stack, "", @progbits
