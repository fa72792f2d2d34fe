// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory, Xen's heap and page tables: takes calls that map and unmap, and makes them true
 * in this process.
 */
#define _GNU_SOURCE
#include "model.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#define BOOT_FRAMES	0x1000ul	/* of the first block: what boot placed */

unsigned long max_page, max_pdx, pfn_pdx_bottom_mask, pfn_top_mask, pfn_hole_mask;
unsigned int pfn_pdx_hole_shift, paddr_bits;
unsigned long pdx_group_valid[(MFN_LIMIT >> GROUP_ORDER) / 64];
uint64_t idle_pg_table[512];

static int file = -1;
static uint64_t heap[(1ul << 16) / 64];	/* bit: taken */

static const struct { unsigned long start, size; } areas[] = {
	{ RO_M2P_START, MFN_LIMIT * 8 }, { RW_M2P_START, MFN_LIMIT * 8 },
	{ FRAMETABLE_START, MFN_LIMIT * 32 }, { DIRECTMAP_START, MFN_LIMIT << 12 },
};

void *virt(uint64_t mfn) { return (void *)(DIRECTMAP_START + (to_pdx(mfn) << 12)); }

uint64_t frame_at(const void *va)
{
	uint64_t pdx = ((unsigned long)va - DIRECTMAP_START) >> 12;

	return (pdx & pfn_pdx_bottom_mask) | (pdx << pfn_pdx_hole_shift & pfn_top_mask);
}

uint64_t *m2p(uint64_t mfn) { return (uint64_t *)RW_M2P_START + mfn; }

bool is_ram(uint64_t mfn)
{
	for (unsigned int i = 0; i < RAM_BLOCKS; i++)
		if (mfn - machine.config.ram[i].first < machine.config.ram[i].count)
			return true;
	return false;
}

/* ---- the file that is all of physical memory ---- */

static void file_map(unsigned long va, uint64_t mfn, uint64_t count, bool writable)
{
	if (mmap((void *)va, count << 12, writable ? PROT_READ | PROT_WRITE : PROT_READ,
		 MAP_SHARED | MAP_FIXED | MAP_NORESERVE | (count == 1 ? MAP_POPULATE : 0), file,
		 mfn << 12) == MAP_FAILED)
		broken("mmap of %lu frames at %#lx: %m", (unsigned long)count, va);
	if (count % 512 == 0)
		madvise((void *)va, count << 12, MADV_HUGEPAGE);
}

static void file_unmap(unsigned long va, uint64_t count)
{
	munmap((void *)va, count << 12);
}

uint64_t next_touched(uint64_t mfn)
{
	off_t at = lseek(file, mfn << 12, SEEK_DATA);

	return at < 0 ? INVALID_MFN : (uint64_t)at >> 12;
}

void untouch(struct frames f)
{
	fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, f.first << 12, f.count << 12);
}

void file_put(uint64_t mfn, const void *bytes, size_t len)
{
	if (pwrite(file, bytes, len, mfn << 12) != (ssize_t)len)
		broken("write to the memory file: %m");
}

void file_get(uint64_t mfn, void *bytes, size_t len)
{
	if (pread(file, bytes, len, mfn << 12) != (ssize_t)len)
		broken("read of the memory file: %m");
}

/* ---- the heap: a block of RAM, but for what boot placed ---- */

static struct frames heap_frames(void)
{
	struct frames f = machine.config.ram[machine.config.heap];
	uint64_t boot = machine.config.heap ? 0 : BOOT_FRAMES;

	return (struct frames){ f.first + boot, f.count - boot };
}

uint64_t heap_take(void)
{
	struct frames f = heap_frames();

	for (uint64_t i = 0; i < f.count; i++)
		if (!(heap[i / 64] >> i % 64 & 1)) {
			heap[i / 64] |= 1ull << i % 64;
			memset(virt(f.first + i), 0, 4096);
			return f.first + i;
		}
	return 0;
}

void heap_give(uint64_t mfn)
{
	struct frames f = heap_frames();
	uint64_t i = mfn - f.first;

	if (i >= f.count || !(heap[i / 64] >> i % 64 & 1))
		broken("frame %#lx given to the heap, which never had it", (unsigned long)mfn);
	heap[i / 64] &= ~(1ull << i % 64);
}

uint64_t heap_left(void)
{
	struct frames f = heap_frames();
	uint64_t n = 0;

	for (uint64_t i = 0; i < f.count; i++)
		n += !(heap[i / 64] >> i % 64 & 1);
	return n;
}

void *alloc_xenheap_pages(unsigned int order, unsigned int flags)
{
	uint64_t mfn = order || flags || point("alloc_xenheap_pages") ? 0 : heap_take();

	if (!mfn)
		return NULL;
	*info(mfn) = (struct page_info){ .count_info = PGC_xen_heap };
	machine.heap_used++;
	return virt(mfn);
}

void free_xenheap_pages(void *va, unsigned int order)
{
	if (!va)
		return;
	if (order)
		broken("free_xenheap_pages of order %u", order);
	*info(frame_at(va)) = (struct page_info){ .count_info = 0 };
	heap_give(frame_at(va));
	machine.heap_used--;
}

/* ---- page tables ---- */

static uint64_t *table_of(uint64_t pte) { return virt((pte & PTE_ADDRESS) >> 12); }

static bool table_empty(const uint64_t *table)
{
	for (unsigned int i = 0; i < 512; i++)
		if (table[i])
			return false;
	return true;
}

static uint64_t *table_new(uint64_t *slot)
{
	uint64_t mfn = point("page table") ? 0 : heap_take();

	if (!mfn)
		return NULL;
	*slot = mfn << 12 | 0x63;
	return table_of(*slot);
}

/* A superpage cut into 512 of the next smaller size. */
static uint64_t *table_split(uint64_t *slot, unsigned int shift)
{
	uint64_t leaf = *slot, *table = table_new(slot);

	for (uint64_t i = 0; table && i < 512; i++)
		table[i] = (shift == 21 ? leaf & ~PTE_PSE : leaf) + (i << (shift - 9));
	return table;
}

/* The slot of the leaf of this shift for va, with the tables on the way; NULL: no memory. */
static uint64_t *slot_make(unsigned long va, unsigned int leaf_shift)
{
	uint64_t *table = idle_pg_table;

	for (unsigned int shift = 39; ; shift -= 9) {
		uint64_t *slot = &table[va >> shift & 511];

		if (shift == leaf_shift)
			return slot;
		if (!(*slot & PTE_PRESENT))
			table = table_new(slot);
		else if (shift < 39 && *slot & PTE_PSE)
			table = table_split(slot, shift);
		else
			table = table_of(*slot);
		if (!table)
			return NULL;
	}
}

static unsigned int shift_for(unsigned long va, uint64_t mfn, uint64_t count)
{
	uint64_t odd = (va >> 12) | mfn;

	return count >= 1ul << 18 && !(odd & ((1ul << 18) - 1)) ? 30 :
	       count >= 512 && !(odd & 511)                     ? 21 :
								  12;
}

/* Takes empty tables out on the way back up. */
static int destroy_in(uint64_t *table, unsigned int shift, unsigned long *va, unsigned long end)
{
	do {
		uint64_t *slot = &table[*va >> shift & 511], *below;
		unsigned long size = 1ul << shift;

		if (!(*slot & PTE_PRESENT)) {
			*va = (*va | (size - 1)) + 1;
			continue;
		}
		if (shift == 12 ||
		    (shift < 39 && *slot & PTE_PSE && !(*va & (size - 1)) && end - *va >= size)) {
			*slot = 0;
			file_unmap(*va, size >> 12);
			*va += size;
			continue;
		}
		below = shift < 39 && *slot & PTE_PSE ? table_split(slot, shift) : table_of(*slot);
		if (!below || destroy_in(below, shift - 9, va, end))
			return -ENOMEM;
		if (shift < 39 && table_empty(below)) {
			heap_give((*slot & PTE_ADDRESS) >> 12);
			*slot = 0;
		}
	} while (*va < end && *va & ((512ul << shift) - 1));
	return 0;
}

/* Over what maps the same already Xen writes the same again; anything else would be somebody's. */
static void over_same(uint64_t *slot, unsigned int shift, unsigned long va, uint64_t mfn)
{
	unsigned long end = va + (1ul << shift);

	for (unsigned long at = va; at < end; at += 4096)
		if (translate(at) != INVALID_MFN && translate(at) != mfn + ((at - va) >> 12))
			broken("%#lx is mapped already", at);
	if (shift > 12 && !(*slot & PTE_PSE)) {
		destroy_in(table_of(*slot), shift - 9, &va, end);
		heap_give((*slot & PTE_ADDRESS) >> 12);
	}
}

int map_pages_to_xen(unsigned long va, unsigned long mfn, unsigned long count, unsigned int flags)
{
	uint64_t bits = (flags & 0xffful) | (flags & ~0xffful) << 40;

	if (point("map_pages_to_xen"))
		return -ENOMEM;
	while (count) {
		unsigned int shift = shift_for(va, mfn, count);
		uint64_t n = 1ul << (shift - 12), *slot = slot_make(va, shift);

		if (!slot)
			return -ENOMEM;
		if (*slot & PTE_PRESENT)
			over_same(slot, shift, va, mfn);
		*slot = mfn << 12 | bits | (shift > 12 ? PTE_PSE : 0);
		if (va >= DIRECTMAP_START)
			tops_map(va);
		file_map(va, mfn, n, bits & PTE_WRITABLE);
		va += n << 12;
		mfn += n;
		count -= n;
	}
	return 0;
}

int destroy_xen_mappings(unsigned long start, unsigned long end)
{
	unsigned long va = start;

	/* Metadata are whole leaves of 2 MiB, for which Xen needs no memory. */
	if (start >= DIRECTMAP_START && point("destroy_xen_mappings"))
		return -ENOMEM;
	while (va < end)
		if (destroy_in(idle_pg_table, 39, &va, end))
			return -ENOMEM;
	return 0;
}

static void leaves_in(uint64_t *table, unsigned int shift, unsigned long from, unsigned long to,
		      void (*f)(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags))
{
	unsigned long base = shift == 39 ? 0 : from & ~((512ul << shift) - 1);

	for (unsigned long i = from >> shift & 511; i < 512 && base + (i << shift) < to; i++) {
		unsigned long va = base + (i << shift);

		if (!(table[i] & PTE_PRESENT))
			continue;
		if (shift == 12 || (shift < 39 && table[i] & PTE_PSE))
			f(va, (table[i] & PTE_ADDRESS) >> 12, shift - 12, table[i] & ~PTE_ADDRESS);
		else
			leaves_in(table_of(table[i]), shift - 9, va > from ? va : from, to, f);
	}
}

void leaves(unsigned long from, unsigned long to,
	    void (*f)(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags))
{
	leaves_in(idle_pg_table, 39, from, to, f);
}

uint64_t translate(unsigned long va)
{
	uint64_t *table = idle_pg_table;

	for (unsigned int shift = 39; ; shift -= 9) {
		uint64_t pte = table[va >> shift & 511];

		if (!(pte & PTE_PRESENT))
			return INVALID_MFN;
		if (shift == 12 || (shift < 39 && pte & PTE_PSE))
			return ((pte & PTE_ADDRESS) >> 12) + ((va & ((1ul << shift) - 1)) >> 12);
		table = table_of(pte);
	}
}

/* ---- boot ---- */

static void pdx_boot(void)
{
	unsigned int shift = machine.config.hole_shift, bits = machine.config.hole_bits;

	pfn_pdx_hole_shift = bits;
	pfn_hole_mask = ((1ul << bits) - 1) << shift;
	pfn_pdx_bottom_mask = bits ? (1ul << shift) - 1 : ~0ul;
	pfn_top_mask = ~(pfn_pdx_bottom_mask | pfn_hole_mask);
}

static void must_map(unsigned long va, uint64_t mfn, uint64_t count, unsigned int flags)
{
	if (map_pages_to_xen(va, mfn, count, flags))
		broken("no memory to boot with");
}

/*
 * RAM, its frame table and M2P, as Xen maps them: the frame table covers whole groups, but for the
 * last, where it ends with RAM.
 */
static void ram_boot(struct frames ram, bool last, uint64_t m2p_at, uint64_t table_at)
{
	unsigned long table = (unsigned long)info(ram.first),
		      frames = last ? ram.count : GROUP_FRAMES;
	unsigned long pages = (frames * sizeof(struct page_info) + 4095) >> 12;
	uint64_t gib = ram.first >> ORDER_1G;

	must_map((unsigned long)virt(ram.first), ram.first, ram.count, 0x800163);
	must_map(table, table_at, pages, 0x800163);
	must_map(RW_M2P_START + (gib << 21), m2p_at, 512, 0x800163);
	must_map(RO_M2P_START + (gib << 21), m2p_at, 512, 0x800021 | PTE_USER);
	memset((void *)(RW_M2P_START + (gib << 21)), 0xff, 512 << 12);
	for (uint64_t g = ram.first >> GROUP_ORDER; g <= (ram.first + ram.count - 1) >> GROUP_ORDER;
	     g++)
		pdx_group_valid[(to_pdx(g << GROUP_ORDER) >> GROUP_ORDER) / 64] |=
			1ul << (to_pdx(g << GROUP_ORDER) >> GROUP_ORDER) % 64;
	if (ram.first + ram.count > max_page)
		max_page = ram.first + ram.count;
	max_pdx = to_pdx(max_page - 1) + 1;
}

uint64_t max_page_at_boot(void)
{
	const struct frames *ram = machine.config.ram;

	return ram[1].count ? ram[1].first + ram[1].count : ram[0].count;
}

/*
 * In huge pages where this process may ask for them, as root: a page fault for each small one takes
 * most of a test's time.
 */
static int file_new(void)
{
	int fs = fsopen("tmpfs", FSOPEN_CLOEXEC), mount = -1, new = -1;

	if (fs >= 0 && !fsconfig(fs, FSCONFIG_SET_STRING, "huge", "advise", 0) &&
	    !fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mount >= 0)
		new = openat(mount, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	close(mount);
	close(fs);
	return new >= 0 ? new : memfd_create("memory", MFD_CLOEXEC);
}

static void file_boot(void)
{
	if (file < 0) {
		file = file_new();
		if (file < 0 || ftruncate(file, MFN_LIMIT << 12))
			broken("no memory file: %m");
	}
	untouch((struct frames){ 0, MFN_LIMIT });
	for (unsigned int i = 0; i < ARRAY_SIZE(areas); i++)
		munmap((void *)areas[i].start, areas[i].size);
}

/* Xen's own data, which are this process's, are mapped by its tables too. */
static void self_boot(void)
{
	extern char __executable_start[], _end[];

	for (unsigned long va = (unsigned long)__executable_start & ~0x1ffffful;
	     va < (unsigned long)_end; va += 0x200000)
		*slot_make(va, 21) = 0x63 | PTE_PSE;
}

void *map_domain_page(unsigned long mfn) { return virt(mfn); }
void unmap_domain_page(const void *va) { (void)va; }

/*
 * What maps the tables is mapped by them, once they are there; so the first frames are reached by
 * hand before.
 */
void memory_boot(void)
{
	const struct frames *ram = machine.config.ram;

	file_boot();
	pdx_boot();
	paddr_bits = machine.config.address_bits ? machine.config.address_bits : 40;
	max_page = max_pdx = 0;
	memset(pdx_group_valid, 0, sizeof(pdx_group_valid));
	memset(idle_pg_table, 0, sizeof(idle_pg_table));
	memset(heap, 0, sizeof(heap));
	file_map((unsigned long)virt(ram[machine.config.heap].first),
		 ram[machine.config.heap].first, ram[machine.config.heap].count, true);
	for (unsigned int i = 0; i < RAM_BLOCKS && ram[i].count; i++)
		ram_boot(ram[i], i + 1 == RAM_BLOCKS || !ram[i + 1].count, 0x200 + i * 0x200,
			 0x800 + i * 0x400);
	self_boot();
}
