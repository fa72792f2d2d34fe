/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PVH kernel that waits for memory at 1 GiB, for tests of what Xen itself does with pages that a
 * guest is given while it runs. It puts its page tables there and has Xen write to that memory and
 * read it, through these tables. What it finds is there, for dom0 to read:
 *
 *   1 GiB + 0        done
 *   1 GiB + 0x1000   what Xen's version ends with
 *   1 GiB + 0x2000   page directory: 4 MiB entries, each address is its own
 *   1 GiB + 0x3000   vcpu_info, which Xen writes to whenever it likes
 *   1 GiB + 0x4000   HVMOP_get_param of HVM_PARAM_STORE_PFN: Xen reads the question, writes the
 *                    answer at + 8
 *   1 GiB + 0x5000   what asking for the version, and for the parameter, returned
 *   1 GiB + 0x6000   the parameter; what registering the vcpu_info returned
 *   1 GiB + 0x7000   a line that Xen reads for an instruction that it emulates (outsb)
 *   1 GiB + 0x8000   what Xen writes for another one (insb, of a port that nobody has)
 *   1 GiB + 0x9000   runstate area, which Xen writes to when it takes the processor away; at the
 *                    end: blocked
 */
#define PMEM		0x40000000
#define VERSION		(PMEM + 0x1000)
#define DIRECTORY	(PMEM + 0x2000)
#define PARAM		(PMEM + 0x4000)
#define RETURNED	(PMEM + 0x5000)
#define ANSWER		(PMEM + 0x6000)
#define LINE		(PMEM + 0x7000)
#define PORT_READ	(PMEM + 0x8000)
#define RUNSTATE	(PMEM + 0x9000)
#define VCPU_INFO_GFN	((PMEM + 0x3000) >> 12)
#define DONE		0x600d600d

#define CONSOLE_PORT	0xe9			/* Xen's, for guests */
#define NO_PORT		0x5678

#define HYPERCALL_VERSION	17
#define HYPERCALL_VCPU_OP	24
#define HYPERCALL_SCHED_OP	29
#define HYPERCALL_HVM_OP	34

#include "tests/system/idle/pvh.h"

start:
	hypercalls_setup
wait:	movl $DONE + 1, PMEM		/* without memory, writes are lost */
	cmpl $DONE + 1, PMEM
	je paging
	xor %ebx, %ebx			/* SCHEDOP_yield */
	xor %ecx, %ecx
	call *sched_op
	jmp wait

paging:	mov $DIRECTORY, %edi
	mov $0xe7, %eax			/* 4 MiB, dirty, accessed, user, writable, present */
1:	mov %eax, (%edi)
	add $4, %edi
	add $0x400000, %eax
	jnc 1b
	mov %cr4, %eax
	or $0x10, %eax			/* PSE */
	mov %eax, %cr4
	mov $DIRECTORY, %eax
	mov %eax, %cr3
	mov %cr0, %eax
	or $0x80000000, %eax
	mov %eax, %cr0

	mov $1, %ebx			/* XENVER_extraversion */
	mov $VERSION, %ecx
	call *version
	mov %eax, RETURNED
	movl $0x7ff0, PARAM		/* DOMID_SELF */
	movl $1, PARAM + 4		/* HVM_PARAM_STORE_PFN */
	mov $1, %ebx			/* HVMOP_get_param */
	mov $PARAM, %ecx
	call *hvm_op
	mov %eax, RETURNED + 4
	mov $10, %ebx			/* VCPUOP_register_vcpu_info */
	xor %ecx, %ecx
	mov $where, %edx
	call *vcpu_op
	mov %eax, ANSWER + 4
	mov PARAM + 8, %eax
	mov %eax, ANSWER

	mov $line, %esi
	mov $LINE, %edi
	mov $line_end - line, %ecx
	rep movsb
	mov $LINE, %esi
	mov $line_end - line, %ecx
	mov $CONSOLE_PORT, %edx
	rep outsb
	mov $PORT_READ, %edi
	mov $8, %ecx
	mov $NO_PORT, %edx
	rep insb
	mov $5, %ebx			/* VCPUOP_register_runstate_memory_area */
	xor %ecx, %ecx
	mov $runstate, %edx
	call *vcpu_op
	mov %eax, RUNSTATE + 64
	movl $DONE, PMEM
1:	mov $1, %ebx			/* SCHEDOP_block */
	xor %ecx, %ecx
	call *sched_op
	jmp 1b

version:	.long hypercalls + HYPERCALL_VERSION * 32
vcpu_op:	.long hypercalls + HYPERCALL_VCPU_OP * 32
sched_op:	.long hypercalls + HYPERCALL_SCHED_OP * 32
hvm_op:		.long hypercalls + HYPERCALL_HVM_OP * 32
	/* struct vcpu_register_vcpu_info */
where:	.long VCPU_INFO_GFN, 0, 0, 0
	/* struct vcpu_register_runstate_memory_area: an address of the guest's own */
runstate:	.long RUNSTATE, 0
line:	.ascii "poked out\n"
line_end:
	.balign 4096
hypercalls:
	.skip 4096
	.skip 1024
stack_end:
