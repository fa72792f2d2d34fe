// SPDX-License-Identifier: LGPL-2.1-only
/*
 * An HVM guest that is built but has not run. Its firmware, hvmloader, runs first: it copies the
 * tables prepared here to its own, and asks Xen for the memory map.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "guest.h"
#include "guest_note.h"

#define WINDOW_ALIGN	(1ull << 30)	/* as core/place.c puts vNVDIMMs */
#define E820_MAX	16u	/* entries that hvmloader has room for */
/* hvmloader adds: RAM and BIOS below a MiB, its tables, all up to 4 GiB, a graphics card's two. */
#define E820_OWN	6u

/* libxl's notes for hvmloader: the place of acpi_firmware's tables, and whether to make tables. */
#define KEY_ADDRESS	"hvmloader/acpi/address"
#define KEY_LENGTH	"hvmloader/acpi/length"
#define KEY_ACPI	"platform/acpi"

static char *key_path(uint32_t domid, const char *key, char *path, size_t len)
{
	snprintf(path, len, "/local/domain/%u/%s", domid, key);
	return path;
}

static uint64_t key_read(struct xs_handle *xs, uint32_t domid, const char *key, uint64_t otherwise)
{
	char path[64],
		*text = xs_read(xs, XBT_NULL, key_path(domid, key, path, sizeof(path)), NULL);
	uint64_t value = text ? strtoull(text, NULL, 0) : otherwise;

	free(text);
	return value;
}

static bool key_write(struct xs_handle *xs, uint32_t domid, const char *key, uint64_t value)
{
	char path[64], text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)value);
	return xs_write(xs, XBT_NULL, key_path(domid, key, path, sizeof(path)), text, strlen(text));
}

static int own_tables_check(xenpmem_handle *h, const struct guest_firmware *fw)
{
	enum firmware_reason reason;
	unsigned int at;

	reason = firmware_check(fw->own, fw->own_len, &at);
	return reason == FIRMWARE_OK ? 0 :
	       fail(h, -EINVAL, "the guest's acpi_firmware, table %u: %s", at,
		    firmware_reason_text(reason));
}

static int own_tables_read(xenpmem_handle *h, uint32_t domid, uint64_t address, uint64_t length,
			   struct guest_firmware *fw)
{
	int rc;

	if (address == HVM_TABLES_GPA)
		return fail(h, -EEXIST, "domain %u has vNVDIMMs already; name all of them at once",
			    domid);
	if (length > sizeof(fw->own))
		return fail(h, -EINVAL, "the guest's acpi_firmware: %s",
			    firmware_reason_text(FIRMWARE_TOO_LARGE));
	fw->own_len = length;
	rc = guest_read(h, domid, address, fw->own, length);
	return rc ? rc : own_tables_check(h, fw);
}

int guest_firmware_read(xenpmem_handle *h, uint32_t domid, struct guest_firmware *fw)
{
	struct xs_handle *xs = xs_open(0);
	uint64_t address, length, acpi;

	if (!xs)
		return fail(h, -ENODEV, "cannot talk to xenstore: %s", strerror(errno));
	address = key_read(xs, domid, KEY_ADDRESS, 0);
	length = key_read(xs, domid, KEY_LENGTH, 0);
	acpi = key_read(xs, domid, KEY_ACPI, 1);
	xs_close(xs);
	if (acpi != 1)
		return fail(h, -EPERM, "domain %u has no ACPI tables (acpi=1 is needed)", domid);
	fw->own_len = 0;
	return address && length ? own_tables_read(h, domid, address, length, fw) : 0;
}

/*
 * Above all that the guest has or may get, up to 3/4 of its addresses: Linux needs free ones to map
 * grants.
 */
static struct ssdt_plug plug_plan(const struct place_guest *guest, const struct plan *plan)
{
	const uint64_t limit = (1ull << guest->address_bits) / 4 * 3;
	const struct memmap_entry *e;
	uint64_t top = guest->ram_top > 4ull << 30 ? guest->ram_top : 4ull << 30, map_top = 0;

	if (memmap_top(guest->map, guest->nr_map, &map_top) != MEMMAP_OK)
		return (struct ssdt_plug){ 0 };
	top = map_top > top ? map_top : top;
	for (e = plan->entries; e < plan->entries + plan->nr_entries; e++)
		top = e->addr + e->size > top ? e->addr + e->size : top;
	top = round_up(top, WINDOW_ALIGN);
	return top >= limit ? (struct ssdt_plug){ 0 } :
	       (struct ssdt_plug){ .fit_gpa = HVM_FIT_GPA, .window_gpa = top,
				   .window_length = limit - top };
}

int guest_firmware_build(xenpmem_handle *h, const struct place_guest *guest,
			 const struct plan *plan, struct guest_firmware *fw)
{
	enum firmware_reason reason;

	fw->plug = plug_plan(guest, plan);
	reason = firmware_build(fw->own, fw->own_len, plan->tables, plan->nr, &plan->caps,
				fw->plug.window_length ? &fw->plug : NULL, HVM_SCRUB_GPA,
				fw->bytes, sizeof(fw->bytes), &fw->len);
	if (reason != FIRMWARE_OK)
		return fail(h, -EIO, "the guest's ACPI tables: %s", firmware_reason_text(reason));
	if (memmap_overlaps(guest->map, guest->nr_map, HVM_TABLES_GPA,
			    HVM_SCRUB_GPA + SCRUB_SIZE - HVM_TABLES_GPA))
		return fail(h, -ENOSPC, "the guest has no room for ACPI tables at %#llx",
			    HVM_TABLES_GPA);
	return 0;
}

/* For hvmloader to copy. */
static int tables_write(xenpmem_handle *h, uint32_t domid, const struct guest_firmware *fw)
{
	uint64_t at, step;
	int rc = 0;

	for (at = 0; !rc && at < fw->len; at += step) {
		step = fw->len - at < GUEST_PAGES_MAX * PAGE ? fw->len - at :
			GUEST_PAGES_MAX * PAGE;
		rc = guest_add_pages(h, domid, HVM_TABLES_GPA + at, round_up(step, PAGE) / PAGE);
	}
	return rc ? rc : guest_write(h, domid, HVM_TABLES_GPA, fw->bytes, fw->len);
}

static int fit_write(xenpmem_handle *h, uint32_t domid, const struct plan *plan)
{
	uint8_t pages[FIT_SIZE] = { 0 };
	uint32_t word = fit_copy_put(pages, 0, plan->tables, plan->nr, &plan->caps);
	int rc;

	memcpy(pages, &word, sizeof(word));
	rc = guest_add_pages(h, domid, HVM_FIT_GPA, FIT_PAGES);
	return rc ? rc : guest_write(h, domid, HVM_FIT_GPA, pages, sizeof(pages));
}

static int tables_announce(xenpmem_handle *h, uint32_t domid, const struct guest_firmware *fw)
{
	struct xs_handle *xs = xs_open(0);
	int rc = 0;

	/* The length last: without it hvmloader copies no table. */
	if (!xs || !key_write(xs, domid, KEY_ADDRESS, HVM_TABLES_GPA) ||
	    !key_write(xs, domid, KEY_LENGTH, fw->len))
		rc = fail(h, -EIO,
			  "xenstore does not take the place of domain %u's ACPI tables: %s", domid,
			  strerror(errno));
	if (xs)
		xs_close(xs);
	return rc;
}

int guest_firmware_write(xenpmem_handle *h, uint32_t domid, const struct plan *plan,
			 const struct guest_firmware *fw)
{
	struct note note = { .scrub_gpa = HVM_SCRUB_GPA, .window_gpa = fw->plug.window_gpa,
			     .window_length = fw->plug.window_length, .caps = plan->caps,
			     .nr = plan->nr };
	int rc;

	memcpy(note.v, plan->tables, sizeof(note.v));
	rc = tables_write(h, domid, fw);
	if (!rc)
		rc = guest_add_pages(h, domid, HVM_SCRUB_GPA, 1);
	if (!rc)
		rc = guest_scrub_write(h, domid, HVM_SCRUB_GPA, plan);
	if (!rc && note.window_length)
		rc = fit_write(h, domid, plan);
	if (!rc)
		rc = tables_announce(h, domid, fw);
	return rc ? rc : note_write(h, domid, &note);
}

/*
 * One reserved entry covers all new ones, where hvmloader has no room for each. The guest has no
 * other memory there.
 */
static void entries_fold(struct plan *plan)
{
	uint64_t from = UINT64_MAX, to = 0;
	const struct memmap_entry *e;

	for (e = plan->entries; e < plan->entries + plan->nr_entries; e++) {
		from = e->addr < from ? e->addr : from;
		to = e->addr + e->size > to ? e->addr + e->size : to;
	}
	plan->entries[0] = (struct memmap_entry){ .addr = from, .size = to - from,
						  .type = MEMMAP_RESERVED };
	plan->nr_entries = 1;
}

int guest_e820_plan(xenpmem_handle *h, const struct guest_map *map, struct plan *plan)
{
	size_t room = map->nr + E820_OWN < E820_MAX ? E820_MAX - E820_OWN - map->nr : 0;

	if (plan->nr_entries > room)
		entries_fold(plan);
	return room ? 0 :
	       fail(h, -ENOSPC,
		    "the guest's memory map has %zu entries: its firmware has no room for more",
		    map->nr);
}
