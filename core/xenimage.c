// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only
/* Finds the build-id and the version in a file of Xen's. */
#include "xenimage.h"

#include "layouts.h"
#include "pe.h"

#define NOTE_SEGMENT	4u	/* PT_NOTE */
#define NOTE_BUILD_ID	3u	/* NT_GNU_BUILD_ID */

static bool id_take(const struct image *f, uint64_t at, uint64_t len, struct xen_pmem_build_id *id)
{
	if (len > sizeof(id->bytes) || at > f->len || len > f->len - at)
		return false;
	*id = (struct xen_pmem_build_id){ .len = (uint8_t)len };
	memcpy(id->bytes, f->bytes + at, len);
	return true;
}

static uint64_t round_up_4(uint64_t n)
{
	return (n + 3) & ~3ull;
}

/* The segment is cut where the file ends. */
static bool notes_search(const struct image *f, uint64_t at, uint64_t len,
			 struct xen_pmem_build_id *id)
{
	uint64_t end, name, desc;

	if (at > f->len)
		return false;
	end = len < f->len - at ? at + len : f->len;
	while (end - at >= 12) {
		name = image_number(f, at, 4);
		desc = image_number(f, at + 4, 4);
		if (image_number(f, at + 8, 4) == NOTE_BUILD_ID &&
		    image_has(f, at + 12, "GNU", 4) && name == 4 && desc &&
		    id_take(f, at + 16, desc, id))
			return true;
		at += 12 + round_up_4(name) + round_up_4(desc);
		if (at > end)
			return false;
	}
	return false;
}

/* Xen's ELF is one of 32 bits, as Multiboot has it. */
static bool elf_search(const struct image *f, struct xen_pmem_build_id *id)
{
	const bool wide = image_number(f, 4, 1) == 2;
	const uint64_t table = wide ? image_number(f, 32, 8) : image_number(f, 28, 4);
	const uint64_t nr = image_number(f, wide ? 56 : 44, 2), size = wide ? 56 : 32;
	uint64_t i, at;

	if (image_number(f, wide ? 54 : 42, 2) != size || table > f->len)
		return false;
	for (i = 0; i < nr && i < (f->len - table) / size; i++) {
		at = table + i * size;
		if (image_number(f, at, 4) == NOTE_SEGMENT &&
		    notes_search(f, image_number(f, at + (wide ? 8 : 4), wide ? 8 : 4),
				 image_number(f, at + (wide ? 32 : 16), wide ? 8 : 4), id))
			return true;
	}
	return false;
}

static bool record_search(const struct pe_section *section, struct xen_pmem_build_id *id)
{
	const struct image f = { section->bytes, section->len };
	uint64_t at;

	for (at = 0; at < f.len; at++)
		if (image_has(&f, at, "RSDS", 4))
			return id_take(&f, at + 4, 16, id);
	return false;
}

bool xen_image_id(const uint8_t *file, size_t len, struct xen_pmem_build_id *id)
{
	const struct image f = { file, len };
	struct pe_section section;
	struct pe pe;

	if (image_has(&f, 0, "\177ELF", 4))
		return elf_search(&f, id);
	return !pe_open(&pe, file, len) && pe_section_find(&pe, ".buildid", &section) &&
	       record_search(&section, id);
}

/*
 * Of all texts between two NULs the one that has a version's form, and more than its first two
 * numbers.
 */
bool xen_image_version(const uint8_t *file, size_t len, char version[XEN_VERSION_LEN])
{
	char each[XEN_VERSION_LEN];
	bool found = false;
	size_t at, end;

	for (at = 0; at + 5 < len; at = end + 1) {
		for (end = at; end < len && file[end]; end++)
			;
		if (end == len || end - at < 5 || file[at] != '4' ||
		    !layout_version_parse((const char *)file + at, end - at, each))
			continue;
		if (found && memcmp(version, each, sizeof(each)))
			return false;
		memcpy(version, each, sizeof(each));
		found = true;
	}
	return found;
}
