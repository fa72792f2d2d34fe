// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Puts vNVDIMMs into a guest: reads what the guest has, plans everything, then assigns the pages (Xen's check that the guest has not run
 * stands there), bars saving, then writes tables and memory map. What fails before the writing leaves nothing behind; what fails after is released.
 */
#include <stdlib.h>
#include <string.h>

#include "core/nfit.h"
#include "core/place.h"
#include "guest.h"

#define ACPI_TYPE	3u	/* memory map: ACPI tables, may be used again once they were read */
#define LEAF_2M		(2ull << 20)
#define LEAF_1G		(1ull << 30)

struct plan {
	uint32_t domid;
	xc_dominfo_t info;
	struct guest_map map;
	struct guest_acpi acpi;
	struct vnvdimm tables[XENPMEM_VNVDIMMS_MAX];
	struct memmap_entry new[XENPMEM_VNVDIMMS_MAX];
	struct memmap_entry out[MEMMAP_ENTRIES_MAX + XENPMEM_VNVDIMMS_MAX];
};

/* All RAM that the guest may come to have lies below: its own, and behind it what maxmem allows beyond the memory map. */
static uint64_t plan_ram_top(const struct plan *p)
{
	uint64_t top = 0, ram = 0, max = p->info.max_memkb * 1024;
	const struct memmap_entry *e;

	for (e = p->map.entries; e < p->map.entries + p->map.nr; e++) {
		if (e->type != MEMMAP_RAM)
			continue;
		ram += e->size;
		if (e->addr + e->size > top)
			top = e->addr + e->size;
	}
	return max > ram ? top + (max - ram) : top;
}

static int plan_place(xenpmem_handle *h, struct plan *p, struct xenpmem_vnvdimm *v, unsigned int nr, int *fault)
{
	struct place_guest guest = {
		.map = p->map.entries, .nr_map = p->map.nr, .ram_top = plan_ram_top(p), .address_bits = p->info.gpaddr_bits,
	};
	struct place_request requests[XENPMEM_VNVDIMMS_MAX];
	enum place_reason reason;
	size_t at = nr;
	unsigned int i;

	for (i = 0; i < nr; i++)
		requests[i] = (struct place_request){ v[i].backing.spa, v[i].backing.length, v[i].gpa };
	reason = place_choose(&guest, requests, nr, &at);
	if (reason != PLACE_OK) {
		*fault = at < nr ? (int)at : -1;
		return fail(h, -EINVAL, "%s", place_reason_text(reason));
	}
	for (i = 0; i < nr; i++) {
		v[i].gpa = requests[i].gpa;
		p->new[i] = (struct memmap_entry){ .addr = v[i].gpa, .size = v[i].backing.length };
		p->tables[i] = (struct vnvdimm){ .gpa = v[i].gpa, .length = v[i].backing.length, .node = VNVDIMM_NO_NODE };
		memcpy(p->tables[i].uuid, v[i].backing.uuid, sizeof(p->tables[i].uuid));
	}
	return 0;
}

/* The entry of Xen's own ACPI tables that lies highest; the new ones follow it, and it grows over them. */
static struct memmap_entry *acpi_entry(struct guest_map *map)
{
	struct memmap_entry *e, *found = NULL;

	for (e = map->entries; e < map->entries + map->nr; e++)
		if (e->type == ACPI_TYPE && e->addr + e->size <= 4ull << 30 && (!found || e->addr > found->addr))
			found = e;
	return found;
}

static int plan_tables(xenpmem_handle *h, struct plan *p, unsigned int nr)
{
	struct memmap_entry *entry = acpi_entry(&p->map);
	enum memmap_reason reason;
	uint64_t gpa, len;
	int rc;

	if (!entry)
		return fail(h, -EPERM, "the guest's memory map shows no ACPI tables (acpi=1 is needed)");
	gpa = round_up(entry->addr + entry->size, PAGE);
	rc = guest_acpi_build(h, &p->acpi, gpa, p->tables, nr);
	if (rc)
		return rc;
	len = round_up(p->acpi.len, PAGE);
	if (gpa + len > 4ull << 30 || memmap_overlaps(p->map.entries, p->map.nr, gpa, len))
		return fail(h, -ENOSPC, "the guest has no room behind its ACPI tables");
	entry->size = gpa + len - entry->addr;
	reason = memmap_insert(p->map.entries, p->map.nr, p->new, nr, p->out, sizeof(p->out) / sizeof(p->out[0]));
	return reason == MEMMAP_OK ? 0 : fail(h, -EINVAL, "the guest's memory map: %s", memmap_reason_text(reason));
}

static int plan_make(xenpmem_handle *h, struct plan *p, struct xenpmem_vnvdimm *v, unsigned int nr, int *fault)
{
	int rc;

	rc = guest_find(h, p->domid, &p->info);
	if (!rc)
		rc = guest_map_read(h, p->domid, &p->map);
	if (!rc)
		rc = guest_acpi_read(h, p->domid, p->map.start.rsdp_paddr, &p->acpi);
	if (!rc)
		rc = plan_place(h, p, v, nr, fault);
	if (!rc)
		rc = plan_tables(h, p, nr);
	return rc;
}

/* Page-table pages that a range takes at most: a page for each 512 leaves, by the largest leaf that the addresses allow, and the ragged ends. */
static uint64_t pool_pages(const struct xenpmem_vnvdimm *v)
{
	uint64_t apart = v->gpa ^ v->backing.spa, pages = v->backing.length / (512 * LEAF_1G) + 2 + 4;

	if (apart % LEAF_1G || v->backing.length < 2 * LEAF_1G)
		pages += v->backing.length / LEAF_1G + 2;
	if (apart % LEAF_2M)
		pages += v->backing.length / LEAF_2M + 2;
	return pages;
}

/* How much of the pool is free Xen does not tell, so what the vNVDIMMs need is added. */
static int pool_raise(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, unsigned int nr)
{
	uint64_t pool, pages = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		pages += pool_pages(&v[i]);
	if (xc_get_paging_mempool_size(h->xc, domid, &pool))
		return fail(h, -EIO, "the size of the guest's paging pool: %s", strerror(errno));
	if (xc_set_paging_mempool_size(h->xc, domid, pool + pages * PAGE))
		return fail(h, -ENOMEM, "no memory for %llu KiB more paging pool: %s", (unsigned long long)(pages * PAGE >> 10), strerror(errno));
	return 0;
}

static void release_quietly(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, unsigned int nr)
{
	char error[sizeof(h->error)];

	memcpy(error, h->error, sizeof(error));
	while (nr--)
		xenpmem_release(h, domid, v[nr].backing.uuid, NULL, NULL);
	memcpy(h->error, error, sizeof(error));
}

static int assign_all(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, unsigned int nr, int *fault)
{
	unsigned int i;
	int rc;

	for (i = 0; i < nr; i++) {
		rc = xenpmem_assign(h, domid, &v[i].backing, v[i].gpa, 0);
		if (rc) {
			*fault = i;
			/* -EBUSY may mean that this guest has none of it; then releasing it does nothing either. */
			release_quietly(h, domid, v, i + 1);
			return rc;
		}
	}
	return 0;
}

/*
 * Saving and migration would lose the vNVDIMM without a word. libxl refuses them, before it suspends anything, for a guest that has virtual NUMA;
 * so the guest gets one node with everything in it. Only hvmloader and the toolstack ever ask for it.
 */
static int guest_keep_here(xenpmem_handle *h, const struct plan *p)
{
	xen_vmemrange_t range = { .start = 0, .end = plan_ram_top(p) };
	unsigned int distance = 10, *vcpu_node, node = 0, nr_vcpus = p->info.max_vcpu_id + 1;
	int rc;

	vcpu_node = calloc(nr_vcpus, sizeof(*vcpu_node));
	if (!vcpu_node)
		return fail(h, -ENOMEM, "no memory for the guest's vCPUs");
	rc = xc_domain_setvnuma(h->xc, p->domid, 1, 1, nr_vcpus, &range, &distance, vcpu_node, &node);
	free(vcpu_node);
	return rc ? fail(h, -EIO, "domain %u cannot be kept from being saved: %s", p->domid, strerror(errno)) : 0;
}

static int plan_carry_out(xenpmem_handle *h, struct plan *p, const struct xenpmem_vnvdimm *v, unsigned int nr, int *fault)
{
	int rc;

	rc = pool_raise(h, p->domid, v, nr);
	if (!rc)
		rc = assign_all(h, p->domid, v, nr, fault);
	if (rc)
		return rc;
	rc = guest_keep_here(h, p);
	if (!rc)
		rc = guest_map_write(h, p->domid, &p->map, p->out, p->map.nr + nr);
	if (!rc)
		rc = guest_acpi_write(h, p->domid, &p->acpi);
	if (rc)
		release_quietly(h, p->domid, v, nr);
	return rc;
}

static int attach(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms, unsigned int nr, int *fault, bool plan_only)
{
	struct plan *plan;
	int ignored, rc;

	fault = fault ? fault : &ignored;
	*fault = -1;
	if (!nr || nr > XENPMEM_VNVDIMMS_MAX)
		return fail(h, -EINVAL, "a guest has 1 to %u vNVDIMMs", XENPMEM_VNVDIMMS_MAX);
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return fail(h, -ENOMEM, "no memory for planning");
	plan->domid = domid;
	rc = plan_make(h, plan, vnvdimms, nr, fault);
	if (!rc && !plan_only)
		rc = plan_carry_out(h, plan, vnvdimms, nr, fault);
	free(plan);
	return rc;
}

int xenpmem_attach_check(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms, unsigned int nr, int *fault)
{
	return attach(h, domid, vnvdimms, nr, fault, true);
}

int xenpmem_attach(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms, unsigned int nr, int *fault)
{
	return attach(h, domid, vnvdimms, nr, fault, false);
}
