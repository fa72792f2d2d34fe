// SPDX-License-Identifier: GPL-2.0-only
/* Xen's own page tables: takes virtual addresses, says what maps them, adds and removes mappings. */
#include "extension.h"

/* The entry that maps va, leaf or not present, and the order of what it maps (0, 9, 18, or 27 at the top). */
uint64_t *pte_slot(unsigned long va, unsigned int *order)
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

/* Whether va maps mfn just as asked; what map_pages_to_xen() made is not taken on trust. */
static bool maps(unsigned long va, uint64_t mfn, unsigned int flags)
{
	unsigned int order;
	uint64_t pte = pte_of(va, &order);
	uint64_t in_leaf = (1ul << order) - 1;
	uint64_t leaf = ((pte & PTE_ADDRESS) >> 12) & ~in_leaf;	/* bit 12 of a superpage entry is not address */

	return pte && leaf + ((va >> 12) & in_leaf) == mfn &&
	       !(pte & PTE_WRITABLE) == !(flags & PTE_WRITABLE);
}

int map_frames(unsigned long va, uint64_t mfn, uint64_t count, unsigned int flags)
{
	int rc = map_pages_to_xen(va, mfn, count, flags);

	if (!rc && maps(va, mfn, flags) && maps(va + ((count - 1) << 12), mfn + count - 1, flags))
		return 0;
	unmap_frames(va, count);
	return REFUSE(ENOMEM, "Xen has no memory for page tables");
}

/* A failure can leave some of the range unmapped, and that without a flush. */
int unmap_frames(unsigned long va, uint64_t count)
{
	if (!destroy_xen_mappings(va, va + (count << 12)))
		return 0;
	flush_area_mask(cpu_online_map, NULL, FLUSH_ALL_TLBS);
	return REFUSE(ENOMEM, "Xen has no memory for page tables");
}

/* PV guests' kernels run in user mode and read the M2P: every level on the way needs the user bit. */
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
