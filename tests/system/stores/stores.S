/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PVH kernel whose vCPUs, four at most, do nothing but store, for tests of what several
 * processors know of a guest's map. In each round vCPU N counts one up at N * 64 in each of the
 * first PAGES pages from 1 GiB on, and then its rounds, at N * 64 of a page of its RAM. No vCPU
 * takes an interrupt or leaves the guest, unless Xen has it do so.
 */
#define PMEM		0x40000000
#define ROUNDS		0x300000
#define PAGES		16
#define VCPUS		4

#define HYPERCALL_VCPU_OP	24

#include "tests/system/idle/pvh.h"

start:
	hypercalls_setup
	mov $1, %ebp
1:	mov %ebp, %esi
	shl $6, %esi
	mov %esi, vcpu_esi
	xor %ebx, %ebx			/* VCPUOP_initialise */
	mov %ebp, %ecx
	mov $vcpu, %edx
	call *vcpu_op
	test %eax, %eax
	jnz 2f				/* there is no such vCPU */
	mov $1, %ebx			/* VCPUOP_up */
	mov %ebp, %ecx
	call *vcpu_op
	inc %ebp
	cmp $VCPUS, %ebp
	jb 1b
2:	xor %esi, %esi
stores:	mov $PMEM, %edi			/* esi: N * 64 */
	mov $PAGES, %ecx
1:	incl (%edi, %esi)
	add $0x1000, %edi
	dec %ecx
	jnz 1b
	incl ROUNDS(%esi)
	jmp stores

vcpu_op:	.long hypercalls + HYPERCALL_VCPU_OP * 32
	/* struct vcpu_hvm_context: 32 bits, without paging */
vcpu:	.long 0, 0
	.long 0, 0, 0, 0, 0, 0		/* eax, ecx, edx, ebx, esp, ebp */
vcpu_esi:	.long 0, 0, stores, 2	/* esi, edi, eip, eflags */
	.long 0x11, 0, 0, 0		/* cr0: ET, PE; cr3, cr4 */
	.quad 0				/* efer */
	.long 0, 0, 0, 0, 0		/* bases of cs, ds, ss, es, tr */
	.long -1, -1, -1, -1, 0x67
	.word 0xc9b, 0xc93, 0xc93, 0xc93, 0x8b
	.word 0, 0, 0
	.balign 4096
hypercalls:
	.skip 4096
	.skip 1024
stack_end:
