/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/* Builds SRAT, SLIT and HMAT of a guest that has RAM on an NVDIMM. */
#include "numa.h"

#include "checksum.h"
#include "srat.h"

#define NODE_DRAM	0u
#define INITIATOR_VALID	1u	/* a flag of an HMAT domain */

#define CPU_ID_MAX	254u	/* of a local APIC; an x2APIC's may be higher */

_Static_assert(sizeof(struct srat_table) + NUMA_CPUS_MAX * sizeof(struct srat_x2apic) +
	       NUMA_RANGES_MAX * sizeof(struct srat_memory) <= SRAT_MAX, "every SRAT fits");

static size_t cpu_size(uint32_t id)
{
	return id > CPU_ID_MAX ? sizeof(struct srat_x2apic) : sizeof(struct srat_cpu);
}

static void cpu_put(uint8_t *at, uint32_t id)
{
	const struct srat_cpu cpu = {
		.type = SRAT_CPU, .length = sizeof(cpu), .id = (uint8_t)id, .flags = SRAT_VALID,
	};
	const struct srat_x2apic x2apic = {
		.type = SRAT_X2APIC, .length = sizeof(x2apic), .id = id, .flags = SRAT_VALID,
	};

	if (id > CPU_ID_MAX)
		memcpy(at, &x2apic, sizeof(x2apic));
	else
		memcpy(at, &cpu, sizeof(cpu));
}

static void memory_put(uint8_t *at, const struct numa_range *range)
{
	const struct srat_memory memory = {
		.type = SRAT_MEMORY, .length = sizeof(memory), .node = range->node,
		.base = range->gpa, .size = range->length, .flags = SRAT_VALID,
	};

	memcpy(at, &memory, sizeof(memory));
}

static bool own_ok(uint32_t own)
{
	return own && own <= NUMA_OWN_MAX;
}

static bool guest_ok(const struct numa_guest *g)
{
	const struct numa_range *r = g->ranges;

	if (!own_ok(g->own) || !g->nr_cpus || g->nr_cpus > NUMA_CPUS_MAX || !g->nr_ranges ||
	    g->nr_ranges > NUMA_RANGES_MAX)
		return false;
	for (; r < g->ranges + g->nr_ranges; r++)
		if (!r->length || r->gpa > UINT64_MAX - r->length ||
		    (r->node != NODE_DRAM && r->node != g->own))
			return false;
	return true;
}

static void srat_put(uint8_t *table, size_t size, const struct numa_guest *g)
{
	const struct srat_table head = { .one = 1 };
	uint8_t *at = table + sizeof(head);
	unsigned int i;

	memcpy(table, &head, sizeof(head));
	for (i = 0; i < g->nr_cpus; at += cpu_size(g->cpus[i]), i++)
		cpu_put(at, g->cpus[i]);
	for (i = 0; i < g->nr_ranges; at += sizeof(struct srat_memory), i++)
		memory_put(at, &g->ranges[i]);
	acpi_header_put(table, size, "SRAT", 3);
}

size_t srat_build(const struct numa_guest *g, void *buf, size_t len)
{
	size_t size = sizeof(struct srat_table);
	unsigned int i;

	if (!guest_ok(g))
		return 0;
	for (i = 0; i < g->nr_cpus; i++)
		size += cpu_size(g->cpus[i]);
	size += g->nr_ranges * sizeof(struct srat_memory);
	if (size <= len)
		srat_put(buf, size, g);
	return size;
}

#define DISTANCE_SAME	10	/* by definition */
#define DISTANCE_OTHER	20

_Static_assert(sizeof(struct slit_table) + (NUMA_OWN_MAX + 1) * (NUMA_OWN_MAX + 1) <= SLIT_MAX,
	       "every SLIT fits");

static void slit_put(uint8_t *table, size_t size, uint32_t nr)
{
	const struct slit_table head = { .nr = nr };
	uint32_t i;

	memcpy(table, &head, sizeof(head));
	memset(table + sizeof(head), DISTANCE_OTHER, size - sizeof(head));
	for (i = 0; i < nr; i++)
		table[sizeof(head) + i * nr + i] = DISTANCE_SAME;
	acpi_header_put(table, size, "SLIT", 1);
}

size_t slit_build(uint32_t own, void *buf, size_t len)
{
	size_t size;

	if (!own_ok(own))
		return 0;
	size = sizeof(struct slit_table) + (own + 1) * (own + 1);
	if (size <= len)
		slit_put(buf, size, own + 1);
	return size;
}

/* 5.2.27, Heterogeneous Memory Attribute Table. */
struct hmat_table {
	struct acpi_table header;	/* "HMAT", revision 2 */
	uint32_t reserved;
};

/* 5.2.27.3, Memory Proximity Domain Attributes Structure: which CPUs are nearest. */
struct hmat_domain {
	uint16_t type, reserved1;
	uint32_t length;
	uint16_t flags, reserved2;
	uint32_t initiator;		/* node of the CPUs */
	uint32_t memory;		/* node of the memory */
	uint32_t reserved3;
	uint64_t reserved4[2];
};

/* 5.2.27.4, System Locality Latency and Bandwidth Information Structure. */
struct hmat_locality {
	uint16_t type, reserved1;
	uint32_t length;
	uint8_t flags;			/* memory hierarchy: 0, memory itself */
	uint8_t data_type;
	uint16_t reserved2;
	uint32_t nr_initiators, nr_targets;
	uint32_t reserved3;
	uint64_t base_unit;		/* of an entry, in picoseconds or MB/s */
	uint32_t initiators[1];
	uint32_t targets[2];
	uint16_t entries[2];
};

_Static_assert(sizeof(struct hmat_table) == 40, "the HMAT's header is 40 bytes");
_Static_assert(offsetof(struct hmat_domain, memory) == 16, "memory");
_Static_assert(sizeof(struct hmat_domain) == 40, "a domain is 40 bytes");
_Static_assert(offsetof(struct hmat_locality, base_unit) == 24, "base_unit");
_Static_assert(offsetof(struct hmat_locality, entries) == 44, "entries");
_Static_assert(sizeof(struct hmat_locality) == 48, "a locality of 1 by 2 is 48 bytes");

enum { HMAT_DOMAIN = 0, HMAT_LOCALITY = 1 };

/* 1000 picoseconds, or 1000 MB/s: the entries are nanoseconds or GB/s. */
#define BASE_UNIT 1000u

static const struct figures {
	uint8_t data_type;
	uint16_t dram, nvdimm;
} figures[] = {
	{ 1, 100, 300 },	/* read latency */
	{ 2, 100, 300 },	/* write latency */
	{ 4, 100, 30 },		/* read bandwidth */
	{ 5, 100, 10 },		/* write bandwidth */
};

#define NR_FIGURES (sizeof(figures) / sizeof(figures[0]))
#define HMAT_SIZE (sizeof(struct hmat_table) + 2 * sizeof(struct hmat_domain) + \
		   NR_FIGURES * sizeof(struct hmat_locality))

_Static_assert(HMAT_SIZE <= HMAT_MAX, "the HMAT fits");

static uint8_t *domain_put(uint8_t *at, uint32_t node)
{
	const struct hmat_domain domain = {
		.type = HMAT_DOMAIN, .length = sizeof(domain), .flags = INITIATOR_VALID,
		.initiator = NODE_DRAM, .memory = node,
	};

	memcpy(at, &domain, sizeof(domain));
	return at + sizeof(domain);
}

static uint8_t *locality_put(uint8_t *at, const struct figures *f, uint32_t own)
{
	const struct hmat_locality locality = {
		.type = HMAT_LOCALITY, .length = sizeof(locality), .data_type = f->data_type,
		.nr_initiators = 1, .nr_targets = 2, .base_unit = BASE_UNIT,
		.initiators = { NODE_DRAM }, .targets = { NODE_DRAM, own },
		.entries = { f->dram, f->nvdimm },
	};

	memcpy(at, &locality, sizeof(locality));
	return at + sizeof(locality);
}

size_t hmat_build(uint32_t own, void *buf, size_t len)
{
	uint8_t *at = buf;
	size_t i;

	if (!own_ok(own))
		return 0;
	if (HMAT_SIZE > len)
		return HMAT_SIZE;
	memset(at, 0, sizeof(struct hmat_table));
	at = domain_put(at + sizeof(struct hmat_table), NODE_DRAM);
	at = domain_put(at, own);
	for (i = 0; i < NR_FIGURES; i++)
		at = locality_put(at, &figures[i], own);
	acpi_header_put(buf, HMAT_SIZE, "HMAT", 2);
	return HMAT_SIZE;
}
