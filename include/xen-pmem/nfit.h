/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * Layouts of the NVDIMM Firmware Interface Table, as the ACPI Specification 6.2 (sections 5.2.6 and
 * 5.2.25) gives them; only what vNVDIMMs need. Every field is little-endian. core/nfit.c builds
 * tables of these. The comment of each names its section.
 */
#ifndef XEN_PMEM_NFIT_H
#define XEN_PMEM_NFIT_H

#include <stddef.h>
#include <stdint.h>

/* 5.2.6, System Description Table Header: every table but RSDP and FACS starts with it. */
struct acpi_table {
	char signature[4];
	uint32_t length;		/* of the whole table */
	uint8_t revision;
	uint8_t checksum;		/* makes the sum of all bytes of the table 0 */
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
};

/* 5.2.25, NFIT: this, then structures that each start with their type and length. */
struct nfit_table {
	struct acpi_table header;	/* "NFIT", revision 1 */
	uint32_t reserved;
};

enum nfit_type {
	NFIT_SPA_RANGE = 0,
	NFIT_REGION_MAPPING = 1,
	NFIT_CONTROL_REGION = 4,
	NFIT_PLATFORM_CAPABILITIES = 7,
};

/* 5.2.25.2, System Physical Address (SPA) Range Structure. */
struct nfit_spa_range {
	uint16_t type, length;
	uint16_t index;			/* from 1; 0 is reserved */
	uint16_t flags;
	uint32_t reserved;
	uint32_t proximity;		/* valid with NFIT_SPA_PROXIMITY */
	uint8_t guid[16];		/* NFIT_GUID_PMEM */
	uint64_t base;
	uint64_t size;
	uint64_t attributes;		/* EFI_MEMORY_*, UEFI 2.7, section 7.2 */
};

#define NFIT_SPA_PROXIMITY	0x0002u
#define NFIT_EFI_MEMORY_WB	0x0000000000000008ull
#define NFIT_EFI_MEMORY_NV	0x0000000000008000ull

/*
 * 66f0d379-b4f3-4074-ac43-0d3318b78cdb, byte-addressable persistent memory; as ACPI writes a GUID,
 * first three fields little-endian.
 */
#define NFIT_GUID_PMEM \
	{ 0x79, 0xd3, 0xf0, 0x66, 0xf3, 0xb4, 0x74, 0x40, \
	  0xac, 0x43, 0x0d, 0x33, 0x18, 0xb7, 0x8c, 0xdb }

/* 5.2.25.3, NVDIMM Region Mapping Structure ("memory device to SPA mapping" in 6.0). */
struct nfit_region_mapping {
	uint16_t type, length;
	uint32_t handle;		/* _ADR of the NVDIMM's device in the SSDT */
	uint16_t physical_id;		/* SMBIOS handle; 0: none */
	uint16_t region_id;
	uint16_t spa_index;
	uint16_t control_index;
	uint64_t region_size;
	uint64_t region_offset;		/* of this NVDIMM's part in the SPA range */
	uint64_t region_base;		/* address in the NVDIMM */
	uint16_t interleave_index;
	uint16_t interleave_ways;
	uint16_t state_flags;
	uint16_t reserved;
};

#define NFIT_STATE_NOT_ARMED	0x0008u	/* writes may be lost: Linux then offers it read-only */

/* 5.2.25.6, NVDIMM Control Region Structure, without the part that only block windows have. */
struct nfit_control_region {
	uint16_t type, length;
	uint16_t index;
	uint16_t vendor_id;
	uint16_t device_id;
	uint16_t revision_id;
	uint16_t subsystem_vendor_id;
	uint16_t subsystem_device_id;
	uint16_t subsystem_revision_id;
	uint8_t valid_fields;		/* bit 0: manufacturing location and date are valid */
	uint8_t manufacturing_location;
	uint16_t manufacturing_date;
	uint8_t reserved[2];
	uint32_t serial_number;
	uint16_t format;		/* region format interface code */
	uint16_t block_windows;		/* 0: the structure ends here */
};

#define NFIT_FORMAT_BYTE	0x0301u	/* JEDEC: byte addressable, not backed by energy */

/* 5.2.25.9, Platform Capabilities Structure (since 6.2 A). */
struct nfit_platform_capabilities {
	uint16_t type, length;
	uint8_t highest_valid;		/* number of the highest meaningful bit of `capabilities` */
	uint8_t reserved1[3];
	uint32_t capabilities;
	uint32_t reserved2;
};

#define NFIT_CAP_CACHE_FLUSH	0x1u	/* CPU caches reach the NVDIMM when power fails */
#define NFIT_CAP_MEMORY_FLUSH	0x2u	/* the memory controller's buffers do */
#define NFIT_CAP_MIRROR		0x4u	/* hardware mirroring */

#define NFIT_AT(type, field, at, len) \
	_Static_assert(offsetof(struct type, field) == (at) && \
		       sizeof(((struct type *)0)->field) == (len), #type "." #field)

NFIT_AT(acpi_table, signature, 0, 4);
NFIT_AT(acpi_table, length, 4, 4);
NFIT_AT(acpi_table, revision, 8, 1);
NFIT_AT(acpi_table, checksum, 9, 1);
NFIT_AT(acpi_table, oem_id, 10, 6);
NFIT_AT(acpi_table, oem_table_id, 16, 8);
NFIT_AT(acpi_table, oem_revision, 24, 4);
NFIT_AT(acpi_table, creator_id, 28, 4);
NFIT_AT(acpi_table, creator_revision, 32, 4);
_Static_assert(sizeof(struct acpi_table) == 36, "a table header is 36 bytes");

NFIT_AT(nfit_table, header, 0, 36);
NFIT_AT(nfit_table, reserved, 36, 4);
_Static_assert(sizeof(struct nfit_table) == 40, "the NFIT's header is 40 bytes");

NFIT_AT(nfit_spa_range, type, 0, 2);
NFIT_AT(nfit_spa_range, length, 2, 2);
NFIT_AT(nfit_spa_range, index, 4, 2);
NFIT_AT(nfit_spa_range, flags, 6, 2);
NFIT_AT(nfit_spa_range, reserved, 8, 4);
NFIT_AT(nfit_spa_range, proximity, 12, 4);
NFIT_AT(nfit_spa_range, guid, 16, 16);
NFIT_AT(nfit_spa_range, base, 32, 8);
NFIT_AT(nfit_spa_range, size, 40, 8);
NFIT_AT(nfit_spa_range, attributes, 48, 8);
_Static_assert(sizeof(struct nfit_spa_range) == 56, "an SPA range is 56 bytes");

NFIT_AT(nfit_region_mapping, type, 0, 2);
NFIT_AT(nfit_region_mapping, length, 2, 2);
NFIT_AT(nfit_region_mapping, handle, 4, 4);
NFIT_AT(nfit_region_mapping, physical_id, 8, 2);
NFIT_AT(nfit_region_mapping, region_id, 10, 2);
NFIT_AT(nfit_region_mapping, spa_index, 12, 2);
NFIT_AT(nfit_region_mapping, control_index, 14, 2);
NFIT_AT(nfit_region_mapping, region_size, 16, 8);
NFIT_AT(nfit_region_mapping, region_offset, 24, 8);
NFIT_AT(nfit_region_mapping, region_base, 32, 8);
NFIT_AT(nfit_region_mapping, interleave_index, 40, 2);
NFIT_AT(nfit_region_mapping, interleave_ways, 42, 2);
NFIT_AT(nfit_region_mapping, state_flags, 44, 2);
NFIT_AT(nfit_region_mapping, reserved, 46, 2);
_Static_assert(sizeof(struct nfit_region_mapping) == 48, "a region mapping is 48 bytes");

NFIT_AT(nfit_control_region, type, 0, 2);
NFIT_AT(nfit_control_region, length, 2, 2);
NFIT_AT(nfit_control_region, index, 4, 2);
NFIT_AT(nfit_control_region, vendor_id, 6, 2);
NFIT_AT(nfit_control_region, device_id, 8, 2);
NFIT_AT(nfit_control_region, revision_id, 10, 2);
NFIT_AT(nfit_control_region, subsystem_vendor_id, 12, 2);
NFIT_AT(nfit_control_region, subsystem_device_id, 14, 2);
NFIT_AT(nfit_control_region, subsystem_revision_id, 16, 2);
NFIT_AT(nfit_control_region, valid_fields, 18, 1);
NFIT_AT(nfit_control_region, manufacturing_location, 19, 1);
NFIT_AT(nfit_control_region, manufacturing_date, 20, 2);
NFIT_AT(nfit_control_region, reserved, 22, 2);
NFIT_AT(nfit_control_region, serial_number, 24, 4);
NFIT_AT(nfit_control_region, format, 28, 2);
NFIT_AT(nfit_control_region, block_windows, 30, 2);
_Static_assert(sizeof(struct nfit_control_region) == 32, "a control region is 32 bytes");

NFIT_AT(nfit_platform_capabilities, type, 0, 2);
NFIT_AT(nfit_platform_capabilities, length, 2, 2);
NFIT_AT(nfit_platform_capabilities, highest_valid, 4, 1);
NFIT_AT(nfit_platform_capabilities, reserved1, 5, 3);
NFIT_AT(nfit_platform_capabilities, capabilities, 8, 4);
NFIT_AT(nfit_platform_capabilities, reserved2, 12, 4);
_Static_assert(sizeof(struct nfit_platform_capabilities) == 16,
	       "platform capabilities are 16 bytes");

#undef NFIT_AT

#endif
