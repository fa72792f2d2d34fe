/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A MADT as found in a guest's memory, and the SRAT that is made of it: nothing crashes, and the
 * CPUs of what is accepted fit into an SRAT, whose size is as its parts are. Each input is tried as
 * it is and with its signature, length and checksum made to fit.
 */
#include "fuzz.h"
#include "checksum.h"
#include "madt.h"
#include "numa.h"

_Static_assert(MADT_CPUS_MAX == NUMA_CPUS_MAX, "the SRAT has room for all that a MADT can name");

static void srat_try(const uint32_t *ids, unsigned int nr)
{
	const struct numa_range range = { 0, 4096, 0 };
	const struct numa_guest guest = { ids, nr, &range, 1, 1 };
	size_t expected = 48 + 40, len;
	unsigned int i;
	uint8_t *table;

	for (i = 0; i < nr; i++)
		expected += ids[i] < 255 ? 16 : 24;
	len = srat_build(&guest, NULL, 0);
	must(len == expected);
	table = malloc(len);
	must(srat_build(&guest, table, len) == len);
	must(!acpi_checksum(table, len));
	free(table);
}

static void madt_try(const uint8_t *madt, size_t len)
{
	uint32_t ids[MADT_CPUS_MAX];
	unsigned int nr;

	if (madt_read(madt, len, ids, &nr))
		return;
	must(nr && nr <= MADT_CPUS_MAX);
	srat_try(ids, nr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint32_t length = (uint32_t)len;
	uint8_t *madt;

	madt_try(data, len);
	if (len < 36)
		return 0;
	madt = malloc(len);
	memcpy(madt, data, len);
	memcpy(madt, MADT_SIGNATURE, 4);
	memcpy(madt + 4, &length, 4);
	madt[9] = (uint8_t)(madt[9] + acpi_checksum(madt, len));
	madt_try(madt, len);
	free(madt);
	return 0;
}
