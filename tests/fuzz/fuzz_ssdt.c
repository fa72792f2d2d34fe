/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any list of vNVDIMMs gives an SSDT whose length and checksum fit; it gives none exactly where it
 * gives no NFIT. Each list is tried as it is, and with everything made good except for what it says
 * of labels, parts and flags. Both are tried for a guest that can be given more while it runs, and
 * its FIT pages.
 */
#include "fuzz.h"
#include "checksum.h"
#include "fit.h"
#include "ssdt.h"

static void table_try(const struct vnvdimm *v, unsigned int nr, const struct ssdt_plug *plug)
{
	size_t size = ssdt_build(v, nr, plug, plug ? plug->fit_gpa : 0, NULL, 0);
	uint8_t *table = malloc(size);
	struct acpi_table header;

	must(!size == !nfit_build(v, nr, NULL, NULL, 0));
	must(size <= SSDT_MAX);
	must(ssdt_build(v, nr, plug, plug ? plug->fit_gpa : 0, table, size) == size);
	if (size) {
		memcpy(&header, table, sizeof(header));
		must(header.length == size && !acpi_checksum(table, size));
	}
	free(table);
}

/* The FIT pages take any list that there is an SSDT for. */
static void fit_try(const struct vnvdimm *v, unsigned int nr)
{
	uint8_t *pages = malloc(FIT_SIZE);
	uint32_t word = fit_copy_put(pages, nr % 2, v, nr, NULL);

	must(!word == !ssdt_build(v, nr, NULL, 0, NULL, 0));
	must((word >> 16) + (word & 0xffff) <= FIT_SIZE &&
	     (!word || fit_copy_free(word) != nr % 2));
	free(pages);
}

static void ssdt_try(const struct vnvdimm *v, unsigned int nr)
{
	const struct ssdt_plug plug = {
		.fit_gpa = nr ? v[0].gpa : 0, .window_gpa = nr ? v[0].length : 0,
		.window_length = nr ? v[0].label_gpa : 0,
	};

	table_try(v, nr, NULL);
	table_try(v, nr, &plug);
	fit_try(v, nr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	struct vnvdimm v[VNVDIMMS_MAX + 2];
	unsigned int nr = input_number(&in, 1) % (VNVDIMMS_MAX + 2), i;

	for (i = 0; i < nr; i++)
		input_take(&in, &v[i], sizeof(v[i]));
	ssdt_try(v, nr);
	for (i = 0; i < nr; i++) {
		v[i].gpa &= 0xfffffffff000ull;
		v[i].length = (v[i].length & 0xfffffff000ull) + 4096;
		v[i].label_gpa &= 0xfffffffff000ull;
		v[i].part_offset &= 0xfffffff000ull;
		v[i].part_length = v[i].part_offset ? v[i].length : 0;
		v[i].flags &= VNVDIMM_NOT_ARMED;
	}
	ssdt_try(v, nr);
	return 0;
}
