// SPDX-License-Identifier: LGPL-2.1-only
/*
 * Puts vNVDIMMs and RAM into a guest that has not run: reads the guest, plans all changes, assigns
 * the pages (where Xen checks that the guest has not run), prevents saving, writes tables and
 * memory map. An error before the first assignment leaves the guest as it was; after a later one
 * the pages are released.
 */
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "guest_note.h"
#include "guest_plan.h"

#define ACPI_TYPE	3u	/* memory map: ACPI tables; RAM once the guest has read them */

struct attachment {
	uint32_t domid;
	xc_domaininfo_t info;
	struct guest_map map;
	struct place_guest guest;
	struct bars bars;			/* of an HVM guest's PCI devices */
	union {
		struct guest_acpi acpi;		/* of PVH */
		struct guest_firmware firmware;	/* of HVM */
	};
	struct plan plan;
	struct memmap_entry out[MEMMAP_ENTRIES_MAX + PLAN_ENTRIES_MAX];
};

/* The end of the guest's RAM, and its size, by the memory map. */
static uint64_t ram_end(const struct attachment *a, uint64_t *ram)
{
	const struct memmap_entry *e;
	uint64_t end = 0;

	*ram = 0;
	for (e = a->map.entries; e < a->map.entries + a->map.nr; e++) {
		if (e->type != MEMMAP_RAM)
			continue;
		*ram += e->size;
		if (e->addr + e->size > end)
			end = e->addr + e->size;
	}
	return end;
}

/*
 * The first address above all RAM that the guest has or may get: after its RAM, what maxmem allows
 * in addition. In an HVM guest hvmloader may move RAM below 4 GiB, where devices need room, to
 * after the rest, and put devices after that.
 */
static uint64_t ram_top(const struct attachment *a)
{
	uint64_t ram, end = ram_end(a, &ram), max = a->info.max_pages * PAGE;

	max = max > ram ? max : ram;
	return guest_is_hvm(&a->info) ? bars_top(&a->bars, (4ull << 30) + max) : end + (max - ram);
}

/* The highest entry of Xen's own ACPI tables. The new ones follow it, and it grows over them. */
static struct memmap_entry *acpi_entry(struct guest_map *map)
{
	struct memmap_entry *e, *found = NULL;

	for (e = map->entries; e < map->entries + map->nr; e++)
		if (e->type == ACPI_TYPE && e->addr + e->size <= 4ull << 30 &&
		    (!found || e->addr > found->addr))
			found = e;
	return found;
}

static int map_plan(xenpmem_handle *h, struct attachment *a)
{
	enum memmap_reason reason;

	reason = memmap_insert(a->map.entries, a->map.nr, a->plan.entries, a->plan.nr_entries,
			       a->out, sizeof(a->out) / sizeof(a->out[0]));
	return reason == MEMMAP_OK ? 0 :
	       fail(h, -EINVAL, "the guest's memory map: %s", memmap_reason_text(reason));
}

static int pvh_tables_plan(xenpmem_handle *h, struct attachment *a)
{
	struct memmap_entry *entry = acpi_entry(&a->map);
	uint64_t gpa, len;
	int rc;

	if (!entry)
		return fail(h, -EPERM,
			    "the guest's memory map shows no ACPI tables (acpi=1 is needed)");
	gpa = round_up(entry->addr + entry->size, PAGE);
	rc = guest_acpi_build(h, a->domid, &a->acpi, gpa, &a->map, &a->plan);
	if (rc || !a->acpi.len)
		return rc;
	len = round_up(a->acpi.len, PAGE) + (a->acpi.scrub_gpa ? PAGE : 0);
	if (gpa + len > 4ull << 30 || memmap_overlaps(a->map.entries, a->map.nr, gpa, len))
		return fail(h, -ENOSPC, "the guest has no room after its ACPI tables");
	entry->size = gpa + round_up(a->acpi.len, PAGE) - entry->addr;
	if (a->acpi.scrub_gpa)
		a->plan.entries[a->plan.nr_entries++] = (struct memmap_entry){
			.addr = a->acpi.scrub_gpa, .size = PAGE, .type = MEMMAP_RESERVED };
	return 0;
}

static int tables_plan(xenpmem_handle *h, struct attachment *a)
{
	int rc;

	if (!guest_is_hvm(&a->info)) {
		rc = pvh_tables_plan(h, a);
	} else {
		rc = guest_firmware_build(h, &a->guest, &a->plan, &a->firmware);
		if (!rc)
			rc = guest_e820_plan(h, &a->map, &a->plan);
	}
	return rc ? rc : map_plan(h, a);
}

static int tables_read(xenpmem_handle *h, struct attachment *a)
{
	int rc;

	if (guest_is_hvm(&a->info)) {
		rc = guest_bars(h, a->domid, &a->bars);
		return rc ? rc : guest_firmware_read(h, a->domid, &a->firmware);
	}
	return guest_acpi_read(h, a->domid, a->map.start.rsdp_paddr, &a->acpi);
}

static int attachment_plan(xenpmem_handle *h, struct attachment *a, struct xenpmem_vnvdimm *v,
			   unsigned int nr, int *fault)
{
	int rc;

	rc = guest_find(h, a->domid, &a->info);
	if (!rc)
		rc = guest_map_read(h, a->domid, &a->map);
	if (!rc)
		rc = tables_read(h, a);
	if (!rc)
		rc = plan_ram_check(h, guest_is_hvm(&a->info), guest_nodes(h, a->domid), v, nr,
				    fault);
	if (!rc)
		rc = guest_nodes_check(h, a->domid, v, nr, fault);
	if (rc)
		return rc;
	a->guest = (struct place_guest){
		.map = a->map.entries, .nr_map = a->map.nr, .ram_top = ram_top(a),
			.address_bits = a->info.gpaddr_bits,
	};
	rc = plan_make(h, &a->guest, v, nr, &a->plan, fault);
	return rc ? rc : tables_plan(h, a);
}

/* For those who tell the guest of bad blocks while it runs. */
static int pvh_note_write(xenpmem_handle *h, const struct attachment *a)
{
	struct note note = { .scrub_gpa = a->acpi.scrub_gpa, .caps = a->plan.caps,
			     .nr = a->plan.nr };

	memcpy(note.v, a->plan.tables, sizeof(note.v));
	return a->plan.nr ? note_write(h, a->domid, &note) : 0;
}

/* Takes effect when the guest runs. The tables come last: without them it has no vNVDIMM. */
static int attachment_write(xenpmem_handle *h, struct attachment *a)
{
	size_t nr = a->map.nr + a->plan.nr_entries;
	int rc;

	rc = guest_e820_write(h, a->domid, a->out, nr);
	if (rc)
		return rc;
	if (guest_is_hvm(&a->info))
		return guest_firmware_write(h, a->domid, &a->plan, &a->firmware);
	rc = guest_map_write(h, a->domid, &a->map, a->out, nr);
	if (!rc)
		rc = pvh_note_write(h, a);
	return rc ? rc : guest_acpi_write(h, a->domid, &a->plan, &a->acpi);
}

static int attachment_apply(xenpmem_handle *h, struct attachment *a,
			    const struct xenpmem_vnvdimm *v, unsigned int nr, int *fault)
{
	uint64_t ram;
	int rc;

	rc = guest_pages_assign(h, a->domid, v, nr, false, fault);
	if (rc)
		return rc;
	rc = guest_numa_set(h, &a->info, ram_end(a, &ram), v, nr);
	if (!rc)
		rc = attachment_write(h, a);
	if (rc)
		guest_pages_release(h, a->domid, v, nr, false);
	return rc;
}

static int attachment_run(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
			  unsigned int nr, int *fault, bool plan_only)
{
	struct attachment *a;
	int ignored, rc;

	fault = fault ? fault : &ignored;
	*fault = -1;
	if (!nr || nr > XENPMEM_VNVDIMMS_MAX)
		return fail(h, -EINVAL, "a guest has 1 to %u vNVDIMMs", XENPMEM_VNVDIMMS_MAX);
	a = calloc(1, sizeof(*a));
	if (!a)
		return fail(h, -ENOMEM, "no memory for planning");
	a->domid = domid;
	rc = attachment_plan(h, a, vnvdimms, nr, fault);
	if (!rc && !plan_only)
		rc = attachment_apply(h, a, vnvdimms, nr, fault);
	free(a);
	return rc;
}

int xenpmem_attach_check(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
			 unsigned int nr, int *fault)
{
	return attachment_run(h, domid, vnvdimms, nr, fault, true);
}

int xenpmem_attach(xenpmem_handle *h, uint32_t domid, struct xenpmem_vnvdimm *vnvdimms,
		   unsigned int nr, int *fault)
{
	return attachment_run(h, domid, vnvdimms, nr, fault, false);
}
