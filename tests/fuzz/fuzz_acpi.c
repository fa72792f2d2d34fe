/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An RSDP and an XSDT as found in a guest's memory: nothing crashes, and what is accepted leads to
 * tables whose checksums fit. Each input is tried as it is and with its checksums made to fit.
 */
#include "fuzz.h"
#include "acpi.h"
#include "checksum.h"

#define RSDP_ROOM 40
#define TABLE_ROOM 256

static void rsdp_try(const uint8_t *data, size_t len)
{
	uint8_t rsdp[RSDP_ROOM];
	uint64_t xsdt, again;

	if (len > sizeof(rsdp))
		len = sizeof(rsdp);
	memcpy(rsdp, data, len);
	if (acpi_rsdp_read(rsdp, len, &xsdt)) {
		must(acpi_rsdp_point(rsdp, len, 1) && !memcmp(rsdp, data, len));
		return;
	}
	must(!acpi_rsdp_point(rsdp, len, xsdt ^ 0x5a5a5a5aull << 20 ^ 1));
	if (!acpi_rsdp_read(rsdp, len, &again))
		must(again == (xsdt ^ 0x5a5a5a5aull << 20 ^ 1));
}

static void rsdp_fuzz(struct input *in)
{
	uint8_t rsdp[RSDP_ROOM];
	size_t len = input_number(in, 1) % (RSDP_ROOM + 1);

	input_take(in, rsdp, sizeof(rsdp));
	rsdp_try(rsdp, len);
	rsdp[8] = (uint8_t)(rsdp[8] + acpi_checksum(rsdp, 20));
	rsdp[32] = (uint8_t)(rsdp[32] + acpi_checksum(rsdp, 36));
	rsdp_try(rsdp, len);
}

static void area_try(const uint8_t *xsdt, size_t len, const struct acpi_area *like)
{
	struct acpi_area area = *like;
	enum acpi_reason rc;
	size_t size = 0, again;
	uint8_t *buf;

	area.xsdt = xsdt;
	area.xsdt_len = len;
	rc = acpi_layout(&area, NULL, 0, &size);
	must(rc != ACPI_OK);
	if (rc != ACPI_NO_SPACE)
		return;
	must(size <= ACPI_XSDT_MAX + ACPI_ADDED_MAX * (64 + TABLE_ROOM));
	buf = malloc(size);
	must(acpi_layout(&area, buf, size, &again) == ACPI_OK && again == size);
	must(acpi_xsdt_extend(buf, size, NULL, 0, NULL, 0, &again) == ACPI_NO_SPACE);
	free(buf);
}

static void xsdt_fuzz(struct input *in, const struct acpi_area *area)
{
	size_t len = in->left, said;
	uint8_t *xsdt = malloc(len);

	input_take(in, xsdt, len);
	area_try(xsdt, len, area);
	if (!acpi_xsdt_length(xsdt, len, &said) && said <= len) {
		xsdt[9] = (uint8_t)(xsdt[9] + acpi_checksum(xsdt, said));
		area_try(xsdt, len, area);
	}
	free(xsdt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t table[TABLE_ROOM] = "SSDT";
	struct input in = { data, len };
	struct acpi_area area = { .nr = 0 };
	unsigned int i;

	rsdp_fuzz(&in);
	area.nr = input_number(&in, 1) % (ACPI_ADDED_MAX + 2);
	for (i = 0; i < ACPI_ADDED_MAX; i++)
		area.tables[i] = (struct acpi_added){ table, input_number(&in, 1) };
	area.gpa = input_number(&in, 8);
	if (area.nr % 2)
		area.gpa = 0xfc009000;
	xsdt_fuzz(&in, &area);
	return 0;
}
