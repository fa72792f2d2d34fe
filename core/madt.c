/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Reads the APIC ids of a guest's CPUs from its MADT. */
#include "madt.h"

/* Section 5.2.12: the entries follow the table's header and these. */
struct madt_table {
	struct acpi_table header;	/* "APIC" */
	uint32_t local_apic;		/* its address */
	uint32_t flags;
};

/* 5.2.12.2, Processor Local APIC Structure. */
struct madt_cpu {
	uint8_t type, length;
	uint8_t processor;		/* _UID of its device */
	uint8_t id;
	uint32_t flags;
};

/* 5.2.12.12, Processor Local x2APIC Structure. */
struct madt_x2apic {
	uint8_t type, length;
	uint16_t reserved;
	uint32_t id;
	uint32_t flags;
	uint32_t processor;
};

_Static_assert(sizeof(struct madt_table) == 44, "the MADT's header is 44 bytes");
_Static_assert(offsetof(struct madt_cpu, id) == 3, "id");
_Static_assert(offsetof(struct madt_cpu, flags) == 4, "flags");
_Static_assert(sizeof(struct madt_cpu) == 8, "a local APIC is 8 bytes");
_Static_assert(offsetof(struct madt_x2apic, id) == 4, "id");
_Static_assert(offsetof(struct madt_x2apic, flags) == 8, "flags");
_Static_assert(sizeof(struct madt_x2apic) == 16, "a local x2APIC is 16 bytes");

#define MADT_CPU	0
#define MADT_X2APIC	9

/* All ones addresses all CPUs, and so is not one's id. */
#define CPU_ALL		0xffu
#define X2APIC_ALL	UINT32_MAX

/*
 * Sets *id if the entry names a CPU, also one that is off until later (vcpus below maxvcpus).
 * False: the entry is not as long as its type is.
 */
static bool entry_read(const uint8_t *entry, size_t length, uint32_t *id, bool *is_cpu)
{
	struct madt_cpu cpu;
	struct madt_x2apic x2apic;

	*is_cpu = false;
	if (entry[0] == MADT_CPU) {
		if (length != sizeof(cpu))
			return false;
		memcpy(&cpu, entry, sizeof(cpu));
		*id = cpu.id;
		*is_cpu = cpu.id != CPU_ALL;
	} else if (entry[0] == MADT_X2APIC) {
		if (length != sizeof(x2apic))
			return false;
		memcpy(&x2apic, entry, sizeof(x2apic));
		*id = x2apic.id;
		*is_cpu = x2apic.id != X2APIC_ALL;
	}
	return true;
}

static enum acpi_reason entries_read(const uint8_t *at, size_t left, uint32_t *ids,
				     unsigned int *nr)
{
	uint32_t id;
	bool is_cpu;

	*nr = 0;
	for (; left; left -= at[1], at += at[1]) {
		if (left < 2 || at[1] < 2 || at[1] > left || !entry_read(at, at[1], &id, &is_cpu))
			return ACPI_BAD_CPUS;
		if (!is_cpu)
			continue;
		if (*nr == MADT_CPUS_MAX)
			return ACPI_BAD_CPUS;
		ids[(*nr)++] = id;
	}
	return *nr ? ACPI_OK : ACPI_BAD_CPUS;
}

enum acpi_reason madt_read(const void *madt, size_t len, uint32_t ids[MADT_CPUS_MAX],
			   unsigned int *nr)
{
	size_t length;
	enum acpi_reason rc = acpi_table_check(madt, len, MADT_SIGNATURE, MADT_MAX, &length);

	if (rc)
		return rc;
	if (length < sizeof(struct madt_table))
		return ACPI_BAD_LENGTH;
	return entries_read((const uint8_t *)madt + sizeof(struct madt_table),
			    length - sizeof(struct madt_table), ids, nr);
}
