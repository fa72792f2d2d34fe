/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as a guest's SRAT: nothing is read beyond them; what is made of them begins as they did, has a right checksum, and can be extended again. */
#include "fuzz.h"
#include "srat.h"

static void check(const uint8_t *old, size_t old_len, const struct vnvdimm *v, unsigned int nr, size_t size)
{
	uint8_t *got = malloc(size), *again = malloc(size + nr * 40);
	size_t got_size, again_size;

	must(srat_extend(old, old_len, v, nr, got, size, &got_size) == ACPI_OK && got_size == size);
	must(!acpi_checksum(got, size) && !memcmp(got + 10, old + 10, sizeof(struct srat_table) - 10));
	if (size + nr * sizeof(struct srat_memory) <= SRAT_MAX)
		must(srat_extend(got, size, v, nr, again, size + nr * sizeof(struct srat_memory), &again_size) == ACPI_OK && again_size >= size);
	free(got);
	free(again);
}

static void extend(const uint8_t *old, size_t len, const struct vnvdimm *v, unsigned int nr)
{
	enum acpi_reason rc;
	size_t size = 0;

	rc = srat_extend(old, len, v, nr, NULL, 0, &size);
	must(rc != ACPI_OK);
	if (rc == ACPI_NO_SPACE)
		check(old, len, v, nr, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	struct vnvdimm v[VNVDIMMS_MAX] = { { 0 } };
	unsigned int nr = (unsigned int)input_number(&in, 1) % (VNVDIMMS_MAX + 1), i;
	size_t said, rest;
	uint8_t *old;

	for (i = 0; i < nr; i++)
		v[i] = (struct vnvdimm){ .gpa = input_number(&in, 3) << 30, .length = 1 << 30, .node = (uint32_t)input_number(&in, 1) - 8 };
	rest = in.left;
	old = malloc(rest);
	input_take(&in, old, rest);
	extend(old, rest, v, nr);
	if (rest >= 4)
		memcpy(old, "SRAT", 4);
	if (!srat_length(old, rest, &said) && said <= rest) {
		old[9] = (uint8_t)(old[9] + acpi_checksum(old, said));
		extend(old, rest, v, nr);
	}
	free(old);
	return 0;
}
