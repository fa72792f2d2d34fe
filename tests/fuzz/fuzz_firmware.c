/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a guest's acpi_firmware: nothing is read beyond them, and what is accepted is kept
 * as it is. A walk over all of it by its lengths, as hvmloader does one, comes from table to table,
 * each with a right checksum, to the very end. Each input is tried as it is and with its checksums
 * made to fit.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "checksum.h"
#include "firmware.h"
#include "ssdt.h"

static void walk(const uint8_t *at, size_t len)
{
	unsigned int nr = 0;
	uint32_t length;

	for (; len; at += length, len -= length, nr++) {
		must(len >= sizeof(struct acpi_table));
		memcpy(&length, at + 4, sizeof(length));
		must(length >= sizeof(struct acpi_table) && length <= len &&
		     !acpi_checksum(at, length));
	}
	must(nr >= 2 && nr <= FIRMWARE_TABLES_MAX);
}

/* No table that was accepted holds another NVDIMM root device. */
static void roots_none(const uint8_t *at, size_t len)
{
	const size_t head = sizeof(struct acpi_table);
	uint32_t length;

	for (; len; at += length, len -= length) {
		memcpy(&length, at + 4, sizeof(length));
		must(!memmem(at + head, length - head, "ACPI0012", 8));
	}
}

static void build(const uint8_t *own, size_t len, const struct vnvdimm *v, unsigned int nr)
{
	enum firmware_reason rc;
	size_t size = 0;
	unsigned int at;
	uint8_t *all;

	rc = firmware_build(own, len, v, nr, NULL, NULL, 0, NULL, 0, &size);
	must(rc != FIRMWARE_OK);
	must((rc == FIRMWARE_NO_SPACE || rc == FIRMWARE_BAD_VNVDIMM) ==
	     (firmware_check(own, len, &at) == FIRMWARE_OK));
	if (rc != FIRMWARE_NO_SPACE)
		return;
	roots_none(own, len);
	must(size <= len + NFIT_MAX + SSDT_MAX);
	all = malloc(size);
	must(firmware_build(own, len, v, nr, NULL, NULL, 0, all, size, &size) == FIRMWARE_OK &&
	     !memcmp(all, own, len));
	walk(all, size);
	free(all);
}

static void checksums_fit(uint8_t *at, size_t len)
{
	uint32_t length;

	for (; len >= sizeof(struct acpi_table); at += length, len -= length) {
		memcpy(&length, at + 4, sizeof(length));
		length = length % 256;
		memcpy(at + 4, &length, sizeof(length));
		if (length < sizeof(struct acpi_table) || length > len)
			return;
		at[9] = (uint8_t)(at[9] + acpi_checksum(at, length));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	struct vnvdimm v[VNVDIMMS_MAX] = { { 0 } };
	unsigned int nr = (unsigned int)input_number(&in, 1) % (VNVDIMMS_MAX + 2), i;
	uint8_t *own;
	size_t rest;

	for (i = 0; i < VNVDIMMS_MAX; i++)
		v[i] = (struct vnvdimm){
			.gpa = (i + 4ull) << 30, .length = input_number(&in, 1) << 12,
			.label_gpa = i % 2 ? 0 : (64ull << 30) + i * 0x20000,
		};
	rest = in.left;
	own = malloc(rest + !rest);
	input_take(&in, own, rest);
	build(own, rest, v, nr);
	checksums_fit(own, rest);
	build(own, rest, v, nr);
	free(own);
	return 0;
}
