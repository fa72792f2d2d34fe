// SPDX-License-Identifier: GPL-2.0-only
/* Xen's own page tables: what maps a virtual address, and mappings that come and go. */
#include "map.h"

#include "answer.h"

/* The entry that maps va, or the last one on the way, which is not present. */
static uint64_t *pte_slot(unsigned long va, unsigned int *order)
{
	uint64_t *table = idle_pg_table;
	unsigned int shift;

	for (shift = 39; ; shift -= 9) {
		uint64_t *slot = &table[(va >> shift) & 511];

		*order = shift - 12;
		if (!(*slot & PTE_PRESENT) || shift == 12 || (shift < 39 && *slot & PTE_PSE))
			return slot;
		table = mfn_to_virt((*slot & PTE_ADDRESS) >> 12);
	}
}

uint64_t pte_of(unsigned long va, unsigned int *order)
{
	uint64_t pte = *pte_slot(va, order);

	return pte & PTE_PRESENT ? pte : 0;
}

uint64_t pte_frame(uint64_t pte, unsigned long va, unsigned int order)
{
	uint64_t in_leaf = (1ul << order) - 1;

	/* Bit 12 of a superpage's entry is not a bit of the address. */
	return (((pte & PTE_ADDRESS) >> 12) & ~in_leaf) + ((va >> 12) & in_leaf);
}

bool pointer_ok(const void *p)
{
	unsigned long va = (unsigned long)p;
	unsigned int order;

	return !(va & 7) && va >= DIRECTMAP_START && va < DIRECTMAP_START + (MFN_LIMIT << 12) &&
	       pte_of(va, &order);
}

/* Whether va maps mfn as asked: what map_pages_to_xen() made is not taken on trust. */
static bool va_maps(unsigned long va, uint64_t mfn, unsigned int flags)
{
	unsigned int order;
	uint64_t pte = pte_of(va, &order);

	return pte && pte_frame(pte, va, order) == mfn &&
	       !(pte & PTE_WRITABLE) == !(flags & PTE_WRITABLE);
}

int map_frames(unsigned long va, uint64_t mfn, uint64_t count, unsigned int flags)
{
	int rc = map_pages_to_xen(va, mfn, count, flags);

	if (!rc && va_maps(va, mfn, flags) &&
	    va_maps(va + ((count - 1) << 12), mfn + count - 1, flags))
		return 0;
	unmap_frames(va, count);
	return REFUSE(ENOMEM, "Xen has no memory for page tables");
}

int unmap_frames(unsigned long va, uint64_t count)
{
	if (!destroy_xen_mappings(va, va + (count << 12)))
		return 0;
	flush_area_mask(cpu_online_map, NULL, FLUSH_ALL_TLBS);	/* Xen failed before it did */
	return REFUSE(ENOMEM, "Xen has no memory for page tables");
}

void map_allow_user(unsigned long va)
{
	uint64_t *table = idle_pg_table;
	unsigned int shift;

	for (shift = 39; shift >= 12; shift -= 9) {
		uint64_t *slot = &table[(va >> shift) & 511];

		if (!(*slot & PTE_USER))
			__atomic_or_fetch(slot, PTE_USER, __ATOMIC_RELEASE);
		if (shift == 12 || (shift < 39 && *slot & PTE_PSE))
			return;
		table = mfn_to_virt((*slot & PTE_ADDRESS) >> 12);
	}
}
