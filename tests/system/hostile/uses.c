// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways by which Xen itself, a device model or a CPU comes to use a page of the guest, and ways to
 * die.
 */
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/memory.h>
#include <xen/interface/sched.h>
#include <xen/interface/vcpu.h>
#include <xen/interface/version.h>
#include <xen/interface/hvm/dm_op.h>
#include <xen/interface/hvm/hvm_op.h>
#include <xen/interface/hvm/hvm_vcpu.h>
#include <asm/tlbflush.h>
#include <asm/xen/hypercall.h>

#include "hostile.h"

/* Not in the kernel's headers. */
#define HVMOP_SET_MEM_TYPE	8
#define HVMOP_ALTP2M		25

void *page_map(u64 gfn, u64 pages)
{
	return memremap(gfn << 12, pages << 12, MEMREMAP_WB);
}

long op_write(const u64 *arg, u64 *out)
{
	u64 *page = page_map(arg[0], 1);

	if (!page)
		return -ENOMEM;
	WRITE_ONCE(page[arg[1] % 512], arg[2]);
	memunmap(page);
	return 0;
}

long op_read(const u64 *arg, u64 *out)
{
	u64 *page = page_map(arg[0], 1);

	if (!page)
		return -ENOMEM;
	*out = READ_ONCE(page[arg[1] % 512]);
	memunmap(page);
	return 0;
}

long op_ram(const u64 *arg, u64 *out)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);

	if (!page)
		return -ENOMEM;
	*out = page_to_pfn(page);
	return 0;
}

long op_vcpu_info(const u64 *arg, u64 *out)
{
	struct vcpu_register_vcpu_info v = { .mfn = arg[1], .offset = 0 };

	return HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_info, arg[0], &v);
}

/* By linear address: the mapping stays for good. */
long op_runstate(const u64 *arg, u64 *out)
{
	struct vcpu_register_runstate_memory_area a = { };

	a.addr.p = (uintptr_t)page_map(arg[1], 1);
	return HYPERVISOR_vcpu_op(VCPUOP_register_runstate_memory_area, arg[0], &a);
}

long op_time(const u64 *arg, u64 *out)
{
	struct vcpu_register_time_memory_area a = { };

	a.addr.p = (uintptr_t)page_map(arg[1], 1);
	return HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_time_memory_area, arg[0], &a);
}

long op_fifo_control(const u64 *arg, u64 *out)
{
	struct evtchn_init_control c = { .vcpu = arg[0], .control_gfn = arg[1] };

	return HYPERVISOR_event_channel_op(EVTCHNOP_init_control, &c);
}

long op_fifo_array(const u64 *arg, u64 *out)
{
	struct evtchn_expand_array a = { .array_gfn = arg[0] };

	return HYPERVISOR_event_channel_op(EVTCHNOP_expand_array, &a);
}

/*
 * Five pages: code, data (word 0 counts), then tables of three levels for the 2 MiB that all of
 * them lie in.
 */
static void tables_make(u64 (*page)[512], u64 gpa)
{
	u64 flags = 7, l4 = gpa + 0x2000;
	unsigned int shift, i;

	memset(&page[2], 0, 3 * sizeof(*page));
	for (i = 0, shift = 39; i < 3; i++, shift -= 9)
		page[2 + i][(gpa >> shift) & 511] = i < 2 ? (l4 + ((i + 1) << 12)) | flags
							  : (gpa & ~0x1fffffull) | flags | 0x80;
}

/* Counts data up by one, and halts for good: interrupts are off. */
static const u8 code[] = { 0x48, 0xff, 0x03, 0xf4 };	/* incq (%rbx); hlt */

long op_run(const u64 *arg, u64 *out)
{
	u64 gpa = arg[0] << 12;
	u64 (*page)[512] = page_map(arg[0], 5);
	struct vcpu_hvm_context c = { .mode = VCPU_HVM_MODE_64B };
	long rc;

	if (!page)
		return -ENOMEM;
	memcpy(page[0], code, sizeof(code));
	page[1][0] = arg[1];
	tables_make(page, gpa);
	memunmap(page);
	c.cpu_regs.x86_64.rip = gpa;
	c.cpu_regs.x86_64.rbx = gpa + 0x1000;
	c.cpu_regs.x86_64.rsp = gpa + 0x2000;
	c.cpu_regs.x86_64.rflags = 2;
	c.cpu_regs.x86_64.cr0 = 0x80000011;	/* PG, ET, PE */
	c.cpu_regs.x86_64.cr3 = gpa + 0x2000;
	c.cpu_regs.x86_64.cr4 = 0x20;		/* PAE */
	c.cpu_regs.x86_64.efer = 0x500;		/* LMA, LME */
	rc = HYPERVISOR_vcpu_op(VCPUOP_initialise, 1, &c);
	return rc ?: HYPERVISOR_vcpu_op(VCPUOP_up, 1, NULL);
}

/* Asks for the page that the argument itself lies in to be given up. */
long op_argument(const u64 *arg, u64 *out)
{
	struct {
		struct xen_memory_reservation r;
		xen_pfn_t gfn;
	} *in = page_map(arg[0], 1);
	long rc;

	if (!in)
		return -ENOMEM;
	in->gfn = arg[0];
	in->r = (struct xen_memory_reservation){ .nr_extents = 1, .domid = DOMID_SELF };
	set_xen_guest_handle(in->r.extent_start, &in->gfn);
	rc = HYPERVISOR_memory_op(XENMEM_decrease_reservation, &in->r);
	memunmap(in);
	return rc;
}

long op_mem_type(const u64 *arg, u64 *out)
{
	struct {
		domid_t domid;
		u16 type;
		u32 nr;
		u64 first;
	} m = { .domid = DOMID_SELF, .type = arg[1], .nr = 1, .first = arg[0] };

	return HYPERVISOR_hvm_op(HVMOP_SET_MEM_TYPE, &m);
}

/* Every operation of a device model has its numbers in these places, more or less. */
long op_dm(const u64 *arg, u64 *out)
{
	struct { u32 op, pad; u64 word[4]; } d = { .op = arg[0], .word = { arg[1], 1, arg[1], 1 } };
	struct xen_dm_op_buf buf = { .size = sizeof(d) };

	set_xen_guest_handle(buf.h, &d);
	return HYPERVISOR_dm_op(arg[2], 1, &buf);
}

long op_altp2m(const u64 *arg, u64 *out)
{
	struct {
		u32 version, cmd;
		domid_t domain;
		u16 pad1;
		u32 pad2;
		u64 word[8];
	} a = { .version = 1, .cmd = arg[0], .domain = DOMID_SELF, .word = { 1, arg[1] } };

	return HYPERVISOR_hvm_op(HVMOP_ALTP2M, &a);
}

long op_param(const u64 *arg, u64 *out)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = arg[0], .value = arg[1] };

	return HYPERVISOR_hvm_op(HVMOP_set_param, &p);
}

long op_stores(const u64 *arg, u64 *out)
{
	u64 *page = page_map(arg[0], 1), i, began = ktime_get_ns();

	if (!page)
		return -ENOMEM;
	for (i = 0; i < arg[1]; i++) {
		WRITE_ONCE(page[i % 512], i);
		cond_resched();
	}
	*out = ktime_get_ns() - began;
	memunmap(page);
	return 0;
}

long op_answer(const u64 *arg, u64 *out)
{
	void *page = page_map(arg[0], 1);
	long rc;

	if (!page)
		return -ENOMEM;
	rc = HYPERVISOR_xen_version(XENVER_extraversion, page);
	memunmap(page);
	return rc;
}

/* The entry of level `level` for va, in the tables that this CPU uses. */
static u64 *table_entry(unsigned long va, unsigned int level)
{
	unsigned long table = __read_cr3() & PAGE_MASK;
	unsigned int at = 4;
	u64 *entry;

	for (;; at--) {
		entry = (u64 *)__va(table) + ((va >> (12 + 9 * (at - 1))) & 511);
		if (at == level || !(*entry & 1) || *entry & 0x80)
			return at == level ? entry : NULL;
		table = *entry & 0xffffffffff000ul;
	}
}

/*
 * Addresses of the kernel's that nobody uses get that page as their table, for as long as the
 * hypercall takes. No CPU but Xen's software walks it.
 */
long op_tables(const u64 *arg, u64 *out)
{
	void *area = vmalloc(4 << 20);
	unsigned long va = ((unsigned long)area + (2 << 20) - 1) & ~((2ul << 20) - 1);
	u64 *entry, was;
	long rc;

	if (!area)
		return -ENOMEM;
	entry = table_entry(va, 2);
	rc = -ENOENT;
	if (entry) {
		was = *entry;
		WRITE_ONCE(*entry, arg[0] << 12 | 0x63);
		__flush_tlb_all();
		rc = HYPERVISOR_xen_version(XENVER_extraversion, (void *)va);
		WRITE_ONCE(*entry, was);
		__flush_tlb_all();
	}
	vfree(area);
	return rc;
}

long op_die(const u64 *arg, u64 *out)
{
	struct sched_shutdown s = { .reason = arg[0] };

	return HYPERVISOR_sched_op(SCHEDOP_shutdown, &s);
}

long op_panic(const u64 *arg, u64 *out)
{
	panic("told to");
}
