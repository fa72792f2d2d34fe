// SPDX-License-Identifier: LGPL-2.1-only
/* Writes a guest's scrub page, from which the guest learns where it lacks pages. */
#include <string.h>
#include <sys/mman.h>

#include "guest.h"

/* Of a guest that has not run: the page is new. */
int guest_scrub_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const struct plan *plan)
{
	uint8_t page[SCRUB_SIZE] = { 0 };
	uint32_t word = scrub_put(page, 0, plan->bad, plan->nr_bad);

	memcpy(page, &word, sizeof(word));
	return guest_write(h, domid, gpa, page, sizeof(page));
}

/* The guest may write there at the same time: then it alone reads nonsense. */
static void page_change(uint8_t *page, const struct scrub_place *list, unsigned int nr)
{
	uint32_t *first = (uint32_t *)page;
	uint32_t word = __atomic_load_n(first, __ATOMIC_RELAXED);

	__atomic_store_n(first, scrub_put(page, word, list, nr), __ATOMIC_RELEASE);
}

static int page_set(xenpmem_handle *h, uint8_t *page, bool add, const struct scrub_place *list,
		    unsigned int nr, bool *changed)
{
	struct scrub_place all[SCRUB_PLACES];
	uint8_t copy[SCRUB_SIZE];
	unsigned int had;

	memcpy(copy, page, sizeof(copy));
	had = scrub_read(copy, all);
	*changed = add ? nr : nr != had || memcmp(all, list, nr * sizeof(*list));
	if (!*changed)
		return 0;
	had = add ? had : 0;
	if (nr > SCRUB_PLACES - had)
		return fail(h, -ENOSPC, "its vNVDIMMs lack pages at more than %u places",
			    SCRUB_PLACES);
	memcpy(all + had, list, nr * sizeof(*list));
	page_change(page, all, had + nr);
	return 0;
}

int guest_scrub_set(xenpmem_handle *h, uint32_t domid, uint64_t gpa, bool add,
		    const struct scrub_place *list, unsigned int nr, bool *changed)
{
	const xen_pfn_t gfn = gpa / PAGE;
	uint8_t *page;
	int rc;

	rc = handle_need_foreign(h);
	if (rc)
		return rc;
	page = xenforeignmemory_map(h->foreign, domid, PROT_READ | PROT_WRITE, 1, &gfn, NULL);
	if (!page)
		return fail(h, -EFAULT, "the guest's page at %#llx cannot be mapped: %s",
			    (unsigned long long)gpa, strerror(errno));
	rc = page_set(h, page, add, list, nr, changed);
	xenforeignmemory_unmap(h->foreign, page, 1);
	return rc;
}
