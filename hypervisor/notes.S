/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Xen that the payload is for: its series, 4.XEN_MINOR to 4.XEN_MINOR_LAST, and its build-id,
 * given as BUILD_ID (comma-separated bytes), or of zeros, which the library fills in at load.
 */
#ifndef BUILD_ID
#define BUILD_ID 0,0,0,0, 0,0,0,0, 0,0,0,0, 0,0,0,0, 0,0,0,0
#endif
	.macro depends_note section
	.section \section, "a", @note
	.balign 4
	.long 4, 20, 3		/* name size, id size, NT_GNU_BUILD_ID */
	.asciz "GNU"
	.byte BUILD_ID
	.endm

	depends_note .livepatch.depends
	depends_note .livepatch.xen_depends

	/* struct xen_pmem_series; its last word is XEN_PMEM_LAYOUT_VERSION */
	.section .xen_pmem.series, "", @progbits
	.long 4, XEN_MINOR, XEN_MINOR_LAST, 1

	.section .rodata.minors, "a", @progbits
	.balign 4
	.globl payload_minors
	.hidden payload_minors
	.type payload_minors, @object
	.size payload_minors, 8
payload_minors:
	.long XEN_MINOR, XEN_MINOR_LAST

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
