/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reserved area of the size that init's help asks for has room for all that it shall serve,
 * wherever it and that begin.
 */
#include "lib/internal.h"
#include "suite.h"

#include "core/env.h"
#include "xen-pmem/xenpmem.h"


/* What the reserved area shall serve: `nr` namespaces of `each` bytes. */
static const struct sizing_row {
	const char *name;
	unsigned int nr;
	uint64_t each;
} sizings[] = {
	{ "nothing", 0, 0 },
	{ "one of 4 KiB", 1, 4096 },
	{ "one of 16 MiB", 1, MIB(16) },
	{ "one that is a byte short of a group", 1, (MIB(256)) - 1 },
	{ "one of 1 GiB", 1, GIB(1) },
	{ "one of 8 GiB", 1, GIB(8) },
	{ "one of 512 GiB", 1, GIB(512) },
	{ "one of 6 TiB", 1, GIB(6144) },
	{ "ten of 16 MiB", 10, MIB(16) },
	{ "ten of 16 GiB", 10, GIB(16) },
	{ "as many as a record names, of 4 KiB", XEN_PMEM_BACKINGS_MAX, 4096 },
	{ "as many as a record names, of 100 GiB", XEN_PMEM_BACKINGS_MAX, GIB(100) },
};

/* Of an area at this address; the label area is a range that Xen has tables for, too. */
static void area_holds(const struct sizing_row *row, uint64_t spa)
{
	struct xenpmem_namespace ns = { .device = "nothing", .role = XEN_PMEM_ROLE_RESERVED };
	uint64_t need = row->nr * xenpmem_metadata_size(row->each);
	struct xenpmem_record record;
	struct xenpmem_range area, labels;
	struct xenpmem_handle h = { .pins = -1 };

	ns.range.spa = spa;
	ns.range.length = xenpmem_reserved_size(row->nr * row->each, row->nr);
	assert_int_equal(xenpmem_record_make(&h, &ns, &record), 0);
	assert_int_equal(xenpmem_record_area(&h, &ns, &record, &area), 0);
	assert_int_equal(xenpmem_record_labels(&h, &ns, &record, &labels), 0);
	need += xenpmem_metadata_size(labels.length);
	if (need > area.length)
		fail_msg("at %#llx: %llu KiB are needed, and there are %llu",
			 (unsigned long long)spa, (unsigned long long)need >> 10,
			 (unsigned long long)area.length >> 10);
}

static void size_is_enough(void **state)
{
	static const uint64_t places[] = { GIB(4), (GIB(4)) + 4096, (GIB(4)) + (MIB(2)) - 4096,
					   (GIB(5)) - (MIB(16)), GIB(1024) };
	size_t i;

	for (i = 0; i < NR(places); i++)
		area_holds(*state, places[i]);
}

int main(void)
{
	suite_add_rows(size_is_enough, sizings);
	return suite_run("sizing");
}
