/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Builds the NFIT of a guest's vNVDIMMs. */
#include "nfit.h"

#include "checksum.h"
#include "crc32c.h"

#define PER_VNVDIMM (sizeof(struct nfit_spa_range) + sizeof(struct nfit_region_mapping) + \
		     sizeof(struct nfit_control_region))

uint32_t vnvdimm_serial(const struct vnvdimm *v)
{
	const uint64_t part[2] = { v->part_offset, v->part_length };
	uint32_t serial = crc32c(0, v->uuid, sizeof(v->uuid));

	if (v->part_length)
		serial = crc32c(serial, part, sizeof(part));
	return serial == 0 || serial == UINT32_MAX ? 1 : serial;
}

/* Is this a range of whole pages that is not empty and does not wrap? */
static bool pages_ok(uint64_t gpa, uint64_t length)
{
	return !(gpa % KIB(4)) && !(length % KIB(4)) && length && gpa <= UINT64_MAX - length;
}

static bool labels_ok(const struct vnvdimm *v)
{
	const uint64_t label_end = v->label_gpa + VNVDIMM_LABEL_SIZE;

	if (!v->label_gpa)
		return true;
	return pages_ok(v->label_gpa, VNVDIMM_LABEL_SIZE) &&
	       (label_end <= v->gpa || v->label_gpa >= v->gpa + v->length) && !v->part_length;
}

static bool part_ok(const struct vnvdimm *v)
{
	if (!v->part_length)
		return !v->part_offset;
	return pages_ok(v->part_offset, v->part_length) && v->part_length == v->length;
}

bool vnvdimm_ok(const struct vnvdimm *v)
{
	return pages_ok(v->gpa, v->length) && labels_ok(v) && part_ok(v) &&
	       !(v->flags & ~VNVDIMM_NOT_ARMED);
}

/* Writes at an address that need not be aligned and returns the next one. */
static uint8_t *structure_put(uint8_t *at, const void *structure, size_t len)
{
	memcpy(at, structure, len);
	return at + len;
}

static uint8_t *spa_range_put(uint8_t *at, const struct vnvdimm *v, uint16_t index)
{
	bool has_node = v->node != VNVDIMM_NO_NODE;
	struct nfit_spa_range s = {
		.type = NFIT_SPA_RANGE,
		.length = sizeof(s),
		.index = index,
		.flags = has_node ? NFIT_SPA_PROXIMITY : 0,
		.proximity = has_node ? v->node : 0,
		.guid = NFIT_GUID_PMEM,
		.base = v->gpa,
		.size = v->length,
		.attributes = NFIT_EFI_MEMORY_WB | NFIT_EFI_MEMORY_NV,
	};

	return structure_put(at, &s, sizeof(s));
}

static uint8_t *region_mapping_put(uint8_t *at, const struct vnvdimm *v, uint16_t index)
{
	struct nfit_region_mapping m = {
		.type = NFIT_REGION_MAPPING,
		.length = sizeof(m),
		.handle = index,
		.spa_index = index,
		.control_index = index,
		.region_size = v->length,
		.interleave_ways = 1,
		.state_flags = v->flags & VNVDIMM_NOT_ARMED ? NFIT_STATE_NOT_ARMED : 0,
	};

	return structure_put(at, &m, sizeof(m));
}

static uint8_t *control_region_put(uint8_t *at, const struct vnvdimm *v, uint16_t index)
{
	struct nfit_control_region c = {
		.type = NFIT_CONTROL_REGION,
		.length = sizeof(c),
		.index = index,
		.vendor_id = NFIT_VENDOR_ID,
		.device_id = NFIT_DEVICE_ID,
		.revision_id = 1,
		.serial_number = vnvdimm_serial(v),
		.format = NFIT_FORMAT_BYTE,
	};

	return structure_put(at, &c, sizeof(c));
}

static uint8_t *capabilities_put(uint8_t *at, const struct nfit_capabilities *caps)
{
	struct nfit_platform_capabilities p = {
		.type = NFIT_PLATFORM_CAPABILITIES,
		.length = sizeof(p),
		.highest_valid = caps->highest_valid,
		.capabilities = caps->bits,
	};

	return structure_put(at, &p, sizeof(p));
}

static bool input_ok(const struct vnvdimm *v, unsigned int nr, const struct nfit_capabilities *caps)
{
	unsigned int i;

	if (!nr || nr > VNVDIMMS_MAX)
		return false;
	for (i = 0; i < nr; i++)
		if (!vnvdimm_ok(&v[i]))
			return false;
	return !caps || !caps->bits ||
	       (caps->highest_valid < 32 && !(caps->bits >> caps->highest_valid >> 1));
}

/* Structures of one kind are together, as a reader of a dump expects. */
static void table_put(uint8_t *table, size_t size, const struct vnvdimm *v, unsigned int nr,
		      const struct nfit_capabilities *caps)
{
	uint8_t *at = table + sizeof(struct nfit_table);
	uint16_t i;

	memset(table, 0, sizeof(struct nfit_table));
	for (i = 0; i < nr; i++)
		at = spa_range_put(at, &v[i], i + 1);
	for (i = 0; i < nr; i++)
		at = region_mapping_put(at, &v[i], i + 1);
	for (i = 0; i < nr; i++)
		at = control_region_put(at, &v[i], i + 1);
	if (caps)
		capabilities_put(at, caps);
	acpi_header_put(table, size, "NFIT", 1);
}

size_t nfit_build(const struct vnvdimm *v, unsigned int nr, const struct nfit_capabilities *caps,
		  void *buf, size_t len)
{
	size_t size;

	if (!input_ok(v, nr, caps))
		return 0;
	if (caps && !caps->bits)
		caps = NULL;
	size = sizeof(struct nfit_table) + nr * PER_VNVDIMM +
		(caps ? sizeof(struct nfit_platform_capabilities) : 0);
	if (size <= len)
		table_put(buf, size, v, nr, caps);
	return size;
}
