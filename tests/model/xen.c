// SPDX-License-Identifier: GPL-2.0-only
/* The rest of Xen: boot, time, RCU, TLBs, hypfs; and the calls that fail when they are told to. */
#define _GNU_SOURCE	/* process_vm_readv() */
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* RAM ends inside of a group; 1.5 GiB of NVDIMM from 4 GiB on. */
const struct config config_plain = {
	.ram = { { 0, 0x3000 } }, .nvdimm = { 0x100000, 0x60000 },
};
const struct config config_middle = {
	/* the NVDIMM lies between two blocks of RAM: Xen's frames end above it */
	.ram = { { 0, 0x3000 }, { 0x200000, 0x800 } },
	.nvdimm = { 0x100000, 0x60000 },
	.build = 1,
	.intel = true,
	.snoops = true,
};
const struct config config_hole = {
	/*
	 * Bits 18 to 23 of a frame number are zero in all of RAM; Xen's heap is above. The NVDIMM
	 * has frames with these bits, and without.
	 */
	.ram = { { 0, 0x3000 }, { 0x1000000, 0x2800 } },
	.heap = 1,
	.nvdimm = { 0x1010000, 0x60000 },
	.hole_shift = 18,
	.hole_bits = 6,
};
const struct config config_iommu = {
	.ram = { { 0, 0x3000 } },
	.nvdimm = { 0x100000, 0x60000 },
	.iommu = true,
	.intel = true,
	.snoops = true,
};
const struct config config_amd = {
	/* Without a page for an I/O page table Xen crashes dom0. The tables name 512 GiB. */
	.ram = { { 0, 0x3000 } }, .nvdimm = { 0x100000, 0x60000 }, .iommu = true, .amd = true,
	.io_frames = 1ul << 27,
};
const struct config config_high = {
	/* The NVDIMM is in a slot that RAM is not in. */
	.ram = { { 0, 0x3000 } }, .nvdimm = { 0x8040000, 0x60000 }, .address_bits = 46, .efi = true,
};

struct machine machine;

const struct config *config_named(const char *name)
{
	static const struct { const char *name; const struct config *config;
	} all[] = {
		{ "plain", &config_plain }, { "middle", &config_middle }, { "hole", &config_hole },
		{ "iommu", &config_iommu }, { "amd", &config_amd }, { "high", &config_high },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(name, all[i].name))
			return all[i].config;
	return NULL;
}

const uint32_t payload_minors[2] = { 17, 17 };
struct e820map e820 = {
	0, { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } }
};
unsigned char xenpf_lock[16];
unsigned long cpu_online_map[1];

void broken(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "# broken: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n# after: %s\n", machine.failed ? machine.failed : "no call that failed");
	va_end(args);
	abort();
}

/* ---- calls that fail, or that something happens in ---- */

static bool inside;

void moment(void)
{
	if (!machine.interrupt || inside)
		return;
	inside = true;
	machine.interrupt();
	inside = false;
}

bool point(const char *what)
{
	moment();
	if (inside)
		return false;
	machine.points++;
	if (machine.points != machine.fail_at &&
	    !(machine.fail_from && machine.points >= machine.fail_from))
		return false;
	machine.failed = what;
	return true;
}

/* ---- locks, time, RCU, TLBs ---- */

/* As they were when xenpf_lock was last let go. */
static unsigned long valid_seen[(MFN_LIMIT >> GROUP_ORDER) / 64];

void valid_note(void) { memcpy(valid_seen, pdx_group_valid, sizeof(valid_seen)); }

void valid_check(void)
{
	if (memcmp(valid_seen, pdx_group_valid, sizeof(valid_seen)))
		broken("pdx_group_valid was changed without xenpf_lock");
}

void _spin_lock(void *lock)
{
	moment();
	valid_check();
	if (*(unsigned char *)lock)
		broken("a lock is taken twice");
	*(unsigned char *)lock = 1;
	machine.locks++;
}

void _spin_unlock(void *lock)
{
	if (!*(unsigned char *)lock)
		broken("a lock that nobody holds is let go");
	valid_note();
	*(unsigned char *)lock = 0;
	machine.locks--;
}

int64_t get_s_time(void)
{
	moment();
	return machine.now += 100;
}

void time_pass(int64_t ns) { machine.now += ns; }

static struct rcu_head *waiting;

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *))
{
	for (struct rcu_head *h = waiting; h; h = h->next)
		if (h == head)
			broken("an RCU callback is queued twice");
	head->func = func;
	head->next = waiting;
	waiting = head;
}

void grace_pass(void)
{
	struct rcu_head *h = waiting;

	begun_finish();
	waiting = NULL;
	for (; h; h = h->next)
		h->func(h);
}

void cpumask_raise_softirq(const unsigned long *mask, unsigned int nr)
{
	if (mask != cpu_online_map || nr != RCU_SOFTIRQ)
		broken("softirq %u", nr);
}

void flush_area_mask(const unsigned long *mask, const void *va, unsigned int flags)
{
	if (mask != cpu_online_map || va || (flags != FLUSH_ALL_TLBS && flags != FLUSH_CACHE))
		broken("flush %#x", flags);
	moment();
	machine.wbinvds += flags == FLUSH_CACHE;
	if (flags == FLUSH_ALL_TLBS)
		tlb_flushed();
}

void cpuid(uint32_t leaf, struct cpuid_regs *r)
{
	*r = (struct cpuid_regs){ .a = leaf ? 0x50654 : 7 };	/* a Skylake */
	if (!leaf && machine.config.intel)
		*r = (struct cpuid_regs){
			.a = 7, .b = 0x756e6547, .c = 0x6c65746e, .d = 0x49656e69
		};
	if (leaf == 1 && machine.config.snoops)
		r->d = 1u << 27;
}

void lines_flush(const char *at, const char *end, bool weakly)
{
	if (weakly || (unsigned long)at % 4096 || end != at + 4096 ||
	    translate((unsigned long)at) == INVALID_MFN)
		broken("a flush of the lines from %p to %p", (const void *)at, (const void *)end);
	stale_uncached(translate((unsigned long)at));
	machine.lines_flushed += 4096 / CACHE_LINE;
}

/* ---- hypfs ---- */

struct hypfs_dir hypfs_root;
static struct hypfs_dir params;		/* an entry of Xen's own */

const struct hypfs_entry *hypfs_node_enter(const struct hypfs_entry *entry) { return entry; }
void hypfs_node_exit(const struct hypfs_entry *entry) { (void)entry; }
unsigned int hypfs_getsize(const struct hypfs_entry *entry) { return entry->size; }

int hypfs_read_leaf(const struct hypfs_entry *entry, void *guest)
{
	memcpy(guest, ((const struct hypfs_leaf *)entry)->content, entry->size);
	return 0;
}

int hypfs_write_leaf(struct hypfs_leaf *leaf, const void *guest, unsigned int len)
{
	if (leaf->e.max_size < len)
		return -ENOSPC;
	if (point("hypfs_write_leaf"))
		return -EFAULT;
	memcpy(leaf->content, guest, len);
	leaf->e.size = len;
	return 0;
}

struct hypfs_entry *hypfs_leaf_findentry(const struct hypfs_dir *dir, const char *name,
					 unsigned int len)
{
	(void)dir;
	(void)name;
	(void)len;
	return NULL;
}

const struct hypfs_funcs hypfs_dir_funcs = { .enter = hypfs_node_enter,
					     .exit = hypfs_node_exit,
					     .getsize = hypfs_getsize };
const struct hypfs_funcs hypfs_leaf_ro_funcs = { .enter = hypfs_node_enter,
						 .exit = hypfs_node_exit,
						 .read = hypfs_read_leaf,
						 .getsize = hypfs_getsize,
						 .findentry = hypfs_leaf_findentry };

/* Sorted by name in Xen; at the end will do. */
static int entry_add(struct hypfs_dir *parent, struct hypfs_entry *e)
{
	struct list_head *last = parent->dirlist.prev;

	e->parent = &parent->e;
	e->list = (struct list_head){ .next = &parent->dirlist, .prev = last };
	last->next = parent->dirlist.prev = &e->list;
	parent->e.size += 14u + ((strlen(e->name) + 1 + 3) & ~3u);
	return 0;
}

int hypfs_add_dir(struct hypfs_dir *parent, struct hypfs_dir *dir, bool nofault)
{
	(void)nofault;
	return point("hypfs_add_dir") ? -EEXIST : entry_add(parent, &dir->e);
}

int hypfs_add_leaf(struct hypfs_dir *parent, struct hypfs_leaf *leaf, bool nofault)
{
	(void)nofault;
	return entry_add(parent, &leaf->e);
}

static struct hypfs_entry *entry_find(struct hypfs_dir *dir, const char *name)
{
	for (struct list_head *l = dir->dirlist.next; l != &dir->dirlist; l = l->next) {
		struct hypfs_entry *e =
			(struct hypfs_entry *)((char *)l - offsetof(struct hypfs_entry, list));

		if (!strcmp(e->name, name))
			return e;
	}
	return NULL;
}

struct hypfs_leaf *hypfs_leaf(const char *name)
{
	struct hypfs_dir *pmem = (struct hypfs_dir *)entry_find(&hypfs_root, "pmem");

	return pmem ? (struct hypfs_leaf *)entry_find(pmem, name) : NULL;
}

unsigned int hypfs_entries(void)
{
	unsigned int n = 0;

	for (struct list_head *l = hypfs_root.dirlist.next; l != &hypfs_root.dirlist; l = l->next)
		n++;
	return n;
}

static void hypfs_boot(void)
{
	hypfs_root = (struct hypfs_dir){
		.e = { .type = HYPFS_DIR, .name = "", .funcs = &hypfs_dir_funcs },
		.dirlist = { &hypfs_root.dirlist, &hypfs_root.dirlist },
	};
	params = (struct hypfs_dir){
		.e = { .type = HYPFS_DIR, .name = "params", .funcs = &hypfs_dir_funcs },
		.dirlist = { &params.dirlist, &params.dirlist },
	};
	entry_add(&hypfs_root, &params.e);
}

/* ---- what the rest asks ---- */

int xen_build_id(const void **id, unsigned int *len)
{
	static const uint8_t another[20];

	*id = machine.another_build ? another : builds[machine.config.build].id[0].bytes;
	*len = sizeof(another);
	return 0;
}

/*
 * The kernel knows what of this process can be read, though the caller's address may be anything.
 */
int copy_from_guest_pv(void *to, const void *from, unsigned int len)
{
	struct iovec there = { (void *)from, len }, here = { to, len };
	ssize_t n = 0;

	if ((unsigned long)from - UPPER_HALF >= 1ul << 45 && !point("copy_from_guest_pv"))
		n = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
	n = n < 0 ? 0 : n;
	memset((char *)to + n, 0, len - n);
	return len - n;
}

int copy_to_guest_pv(void *to, const void *from, unsigned int len)
{
	if (point("copy_to_guest_pv"))
		return len;
	memcpy(to, from, len);
	return 0;
}

void printk(const char *format, ...)
{
	size_t used = strlen(machine.log);
	va_list args;

	va_start(args, format);
	vsnprintf(machine.log + used, sizeof(machine.log) - used, format, args);
	va_end(args);
}

int snprintf(char *buf, size_t len, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buf, len, format, args);
	va_end(args);
	return n;
}

/* ---- boot ---- */

static void e820_add(uint64_t first, uint64_t count, uint32_t type)
{
	if (!count)
		return;
	e820.map[e820.nr].addr = first << 12;
	e820.map[e820.nr].size = count << 12;
	e820.map[e820.nr++].type = type;
}

static void e820_boot(void)
{
	const struct frames *ram = machine.config.ram;

	e820.nr = 0;
	e820_add(0, 0xa0, E820_RAM);
	e820_add(0xf0, 0x10, E820_RESERVED);
	e820_add(0x100, ram[0].count - 0x100, E820_RAM);
	if (ram[1].first < machine.config.nvdimm.first)
		e820_add(ram[1].first, ram[1].count, E820_RAM);
	e820_add(machine.config.nvdimm.first - 0x10, 0x10, E820_ACPI);
	if (ram[1].first > machine.config.nvdimm.first)
		e820_add(ram[1].first, ram[1].count, E820_RAM);
}

void machine_boot(const struct config *config)
{
	machine = (struct machine){ .config = *config, .now = 60000000000ll };
	memset(xenpf_lock, 0, sizeof(xenpf_lock));
	waiting = NULL;
	tops_fresh();
	memory_boot();
	valid_note();
	domains_boot();
	mca_boot();
	frames_boot();
	tops_boot();
	events_boot();
	e820_boot();
	hypfs_boot();
	data_write();
}
