/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inteltables nfit|ssdt ADDRESS LENGTH LABELS: writes to standard output this ACPI table of a host
 * with one NVDIMM, which Bochs does not have; Linux takes such tables from its initramfs. A host's
 * NVDIMM and a guest's vNVDIMM look the same to Linux, so the table is one of the product's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/nfit.h"
#include "core/ssdt.h"

static size_t table_build(const char *name, const struct vnvdimm *v, uint8_t *table, size_t len)
{
	/* What reaches the memory controller is kept: bit 1. */
	static const struct nfit_capabilities caps = { .bits = 2, .highest_valid = 2 };

	if (!strcmp(name, "nfit"))
		return nfit_build(v, 1, &caps, table, len);
	return ssdt_build(v, 1, NULL, 0, table, len);
}

int main(int argc, char **argv)
{
	static uint8_t table[SSDT_MAX];
	struct vnvdimm v = { .node = VNVDIMM_NO_NODE, .uuid = "xenhost --intel" };
	size_t len;

	if (argc != 5)
		return 2;
	v.gpa = strtoull(argv[2], NULL, 0);
	v.length = strtoull(argv[3], NULL, 0);
	v.label_gpa = strtoull(argv[4], NULL, 0);
	len = table_build(argv[1], &v, table, sizeof(table));
	return len && fwrite(table, 1, len, stdout) == len ? 0 : 1;
}
