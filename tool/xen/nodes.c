// SPDX-License-Identifier: GPL-2.0-only
/* Asks Xen for the nodes of processors and vCPUs, and the firmware's tables for those of memory. */
#include "xen/nodes.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xencall.h>
#include <xenctrl.h>
#include <xen/platform.h>

#include "core/affinity.h"

#define TABLES		"/sys/firmware/acpi/tables/"
#define TABLE_MAX	(1u << 20)

struct cpu {
	uint32_t node;		/* Xen's; or NODE_UNKNOWN */
	uint32_t domain;	/* the firmware's, if there is a node */
};

struct nodes {
	xc_interface *xc;
	struct affinity firmware;
	unsigned int nr_cpus;
	struct cpu *cpus;	/* by Xen's numbers */
};

/* A host may have none of them. */
static void table_read(const char *path, struct affinity_table *table)
{
	uint8_t *bytes = malloc(TABLE_MAX);
	FILE *f = fopen(path, "re");

	table->bytes = bytes;
	table->len = bytes && f ? fread(bytes, 1, TABLE_MAX, f) : 0;
	if (f)
		fclose(f);
}

/* xenctrl has no call for it. */
static bool apic_id_read(xencall_handle *call, uint32_t cpu, uint32_t *id)
{
	struct xen_platform_op *op = xencall_alloc_buffer(call, sizeof(*op));
	bool ok;

	if (!op)
		return false;
	memset(op, 0, sizeof(*op));
	op->cmd = XENPF_get_cpuinfo;
	op->interface_version = XENPF_INTERFACE_VERSION;
	op->u.pcpu_info.xen_cpuid = cpu;
	ok = !xencall1(call, __HYPERVISOR_platform_op, (uintptr_t)op) &&
	     !(op->u.pcpu_info.flags & XEN_PCPU_FLAGS_INVALID);
	*id = op->u.pcpu_info.apic_id;
	xencall_free_buffer(call, op);
	return ok;
}

static void cpu_read(const struct nodes *nodes, xencall_handle *call, uint32_t number,
		     uint32_t node)
{
	struct cpu *cpu = &nodes->cpus[number];
	uint32_t apic_id;

	cpu->node = NODE_UNKNOWN;
	if (node < NODES_MAX && apic_id_read(call, number, &apic_id) &&
	    affinity_of_cpu(&nodes->firmware, apic_id, &cpu->domain))
		cpu->node = node;
}

static bool cpus_read(struct nodes *nodes)
{
	xencall_handle *call = xencall_open(NULL, 0);
	xc_cputopo_t *topology = NULL;
	unsigned int i, nr = 0;
	bool ok = call && !xc_cputopoinfo(nodes->xc, &nr, NULL) && nr;

	if (ok) {
		topology = calloc(nr, sizeof(*topology));
		nodes->cpus = calloc(nr, sizeof(*nodes->cpus));
		ok = topology && nodes->cpus && !xc_cputopoinfo(nodes->xc, &nr, topology);
	}
	for (i = 0; ok && i < nr; i++)
		cpu_read(nodes, call, i, topology[i].node);
	nodes->nr_cpus = ok ? nr : 0;
	free(topology);
	if (call)
		xencall_close(call);
	return ok;
}

static bool cpus_differ(const struct nodes *nodes)
{
	uint64_t set = 0;
	unsigned int i;

	for (i = 0; i < nodes->nr_cpus; i++)
		if (nodes->cpus[i].node != NODE_UNKNOWN)
			set |= 1ull << nodes->cpus[i].node;
	return set & (set - 1);
}

struct nodes *nodes_open(void)
{
	struct nodes *nodes = calloc(1, sizeof(*nodes));

	if (!nodes)
		return NULL;
	nodes->xc = xc_interface_open(NULL, NULL, 0);
	table_read(TABLES "SRAT", &nodes->firmware.srat);
	table_read(TABLES "SLIT", &nodes->firmware.slit);
	table_read(TABLES "NFIT", &nodes->firmware.nfit);
	if (nodes->xc && cpus_read(nodes) && cpus_differ(nodes))
		return nodes;
	nodes_close(nodes);
	return NULL;
}

void nodes_close(struct nodes *nodes)
{
	if (!nodes)
		return;
	if (nodes->xc)
		xc_interface_close(nodes->xc);
	free((void *)nodes->firmware.srat.bytes);
	free((void *)nodes->firmware.slit.bytes);
	free((void *)nodes->firmware.nfit.bytes);
	free(nodes->cpus);
	free(nodes);
}

/* NVDIMMs of many hosts are domains without processors. Two nodes that are as near: not known. */
uint32_t nodes_of_memory(const struct nodes *nodes, uint64_t spa)
{
	uint32_t domain, near = NODE_UNKNOWN;
	unsigned int distance, least = 0;
	const struct cpu *cpu;

	if (!nodes || !affinity_of_memory(&nodes->firmware, spa, &domain))
		return NODE_UNKNOWN;
	for (cpu = nodes->cpus; cpu < nodes->cpus + nodes->nr_cpus; cpu++) {
		if (cpu->node == NODE_UNKNOWN)
			continue;
		if (cpu->domain == domain)
			return cpu->node;
		distance = affinity_distance(&nodes->firmware, cpu->domain, domain);
		if (!distance || (least && distance > least))
			continue;
		near = distance == least && cpu->node != near ? NODE_UNKNOWN : cpu->node;
		least = distance;
	}
	return near;
}

static uint64_t map_nodes(const struct nodes *nodes, const uint8_t *map)
{
	uint64_t set = 0;
	unsigned int i;

	for (i = 0; i < nodes->nr_cpus; i++)
		if (map[i / 8] >> i % 8 & 1 && nodes->cpus[i].node != NODE_UNKNOWN)
			set |= 1ull << nodes->cpus[i].node;
	return set;
}

/* Takes from map what is not in `with` either; false, and map as it was, if that is all of it. */
static bool map_narrow(uint8_t *map, const uint8_t *with, size_t size)
{
	uint8_t both = 0;
	size_t i;

	for (i = 0; i < size; i++)
		both |= map[i] & with[i];
	for (i = 0; both && i < size; i++)
		map[i] &= with[i];
	return both;
}

static uint64_t vcpu_nodes(const struct nodes *nodes, const xc_domaininfo_t *info,
			   const uint8_t *pool, int vcpu)
{
	const size_t size = xc_get_cpumap_size(nodes->xc);
	uint8_t *hard = xc_cpumap_alloc(nodes->xc), *soft = xc_cpumap_alloc(nodes->xc);
	uint64_t set = 0;

	if (hard && soft && !xc_vcpu_getaffinity(nodes->xc, info->domain, vcpu, hard, soft,
						 XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)) {
		map_narrow(hard, pool, size);
		map_narrow(hard, soft, size);
		set = map_nodes(nodes, hard);
	}
	free(hard);
	free(soft);
	return set;
}

uint64_t nodes_of_domain(const struct nodes *nodes, uint32_t domid)
{
	xc_cpupoolinfo_t *pool;
	xc_domaininfo_t info;
	uint64_t set = 0;
	uint32_t vcpu;

	if (!nodes || xc_domain_getinfolist(nodes->xc, domid, 1, &info) != 1 ||
	    info.domain != domid)
		return 0;
	pool = xc_cpupool_getinfo(nodes->xc, info.cpupool);
	for (vcpu = 0; pool && vcpu <= info.max_vcpu_id; vcpu++)
		set |= vcpu_nodes(nodes, &info, pool->cpumap, vcpu);
	if (pool)
		xc_cpupool_infofree(nodes->xc, pool);
	return set;
}
