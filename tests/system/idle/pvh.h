/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests' PVH kernels begin with. */
	.section .note.xen, "a", @note
	.long 4, 4, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long start

	.text
	.globl start

/* A stack, and Xen's hypercall page at "hypercalls". */
	.macro hypercalls_setup
	mov $stack_end, %esp
	mov $0x40000002, %eax		/* where the hypercall page is asked for */
	cpuid
	mov %ebx, %ecx
	mov $hypercalls, %eax
	xor %edx, %edx
	wrmsr
	.endm
