// SPDX-License-Identifier: LGPL-2.1-only
/* Plans a guest's vNVDIMMs and RAM: their addresses, and the contents of its tables. */
#include <string.h>

#include "guest_plan.h"

_Static_assert(VNVDIMMS_MAX == XENPMEM_VNVDIMMS_MAX, "vNVDIMMs of a guest");
_Static_assert(VNVDIMM_NO_NODE == XENPMEM_NO_NODE, "no proximity domain");
_Static_assert(VNVDIMM_LABEL_SIZE == XEN_PMEM_LABEL_SIZE, "a label slot is a vNVDIMM's label area");
_Static_assert(PLACE_ANYWHERE == XENPMEM_ANYWHERE, "an address to be chosen");
_Static_assert((int)PLACE_LINUX_BAD_BASE == (int)XENPMEM_UNMAPPABLE_BASE &&
	       (int)PLACE_LINUX_BAD_SIZE == (int)XENPMEM_UNMAPPABLE_SIZE &&
	       (int)PLACE_LINUX_TOO_HIGH == (int)XENPMEM_UNMAPPABLE_HIGH,
	       "what Linux does not map");

/*
 * The wanted guest address, modulo 1 GiB. A file may begin anywhere, but Linux makes an fsdax
 * namespace only of memory that begins at a multiple of 2 MiB. Parts of the file whose host address
 * is so aligned too get large leaves.
 */
static uint64_t wanted_spa(const struct xenpmem_vnvdimm *v)
{
	return v->path.kind == XENPMEM_PATH_NONE ? v->backing.spa :
	       round_down(v->backing.spa, 2ull << 20);
}

static int addresses_choose(xenpmem_handle *h, const struct place_guest *guest,
			    struct xenpmem_vnvdimm *v, unsigned int nr, int *fault)
{
	struct place_request requests[XENPMEM_VNVDIMMS_MAX];
	uint64_t labels = 0, at = 0;
	enum place_reason reason;
	size_t wrong = nr;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		requests[i] = (struct place_request){ wanted_spa(&v[i]), v[i].backing.length,
						      v[i].gpa };
		labels += v[i].labels.length;
	}
	reason = place_choose(guest, requests, nr, &wrong);
	if (reason != PLACE_OK) {
		*fault = wrong < nr ? (int)wrong : -1;
		return fail(h, -EINVAL, "%s", place_reason_text(reason));
	}
	if (labels)
		reason = place_labels(guest, requests, nr, labels, &at);
	if (reason != PLACE_OK)
		return fail(h, -EINVAL, "%s", place_reason_text(reason));
	for (i = 0; i < nr; i++) {
		v[i].gpa = requests[i].gpa;
		v[i].unmappable = v[i].ram ? 0 : place_linux_check(guest, &requests[i]);
		v[i].labels_gpa = v[i].labels.length ? at : 0;
		at += v[i].labels.length;
	}
	return 0;
}

static struct vnvdimm table_of(const struct xenpmem_vnvdimm *v)
{
	bool part = v->backing.length != v->whole;
	struct vnvdimm table = {
		.gpa = v->gpa, .length = v->backing.length, .label_gpa = v->labels_gpa,
			.node = v->node, .flags = v->ro ? VNVDIMM_NOT_ARMED : 0,
		.part_offset = part ? v->offset : 0, .part_length = part ? v->backing.length : 0,
	};

	memcpy(table.uuid, v->backing.uuid, sizeof(table.uuid));
	return table;
}

/* A guest's NFIT has one persistence domain for all of its vNVDIMMs. */
static struct nfit_capabilities caps_of(const struct xenpmem_vnvdimm *v, unsigned int nr)
{
	enum xenpmem_persistence weakest = XENPMEM_PERSISTENCE_CPU_CACHE;
	struct nfit_capabilities caps = { .bits = 0, .highest_valid = 1 };

	for (; nr; nr--, v++)
		if (!v->ram && v->persistence < weakest)
			weakest = v->persistence;
	if (weakest >= XENPMEM_PERSISTENCE_MEMORY_CONTROLLER)
		caps.bits = NFIT_CAP_MEMORY_FLUSH;
	if (weakest >= XENPMEM_PERSISTENCE_CPU_CACHE)
		caps.bits |= NFIT_CAP_CACHE_FLUSH;
	return caps;
}

static bool node_is_named(const struct xenpmem_vnvdimm *v, unsigned int nr, uint32_t node)
{
	for (; nr; nr--, v++)
		if (!v->ram && v->node == node)
			return true;
	return false;
}

/* The node of RAM with own_node. A vNVDIMM there would be said to be as near as the RAM. */
static uint32_t own_choose(const struct xenpmem_vnvdimm *v, unsigned int nr)
{
	uint32_t node = 1;
	unsigned int i;

	while (node_is_named(v, nr, node))
		node++;
	for (i = 0; i < nr; i++)
		if (v[i].ram && v[i].own_node)
			return node;
	return 0;
}

static void tables_make(const struct xenpmem_vnvdimm *v, unsigned int nr, struct plan *plan)
{
	plan->own = own_choose(v, nr);
	plan->caps = caps_of(v, nr);
	plan->nr = plan->nr_ram = 0;
	for (; nr; nr--, v++) {
		if (v->ram)
			plan->ram[plan->nr_ram++] = (struct numa_range){
				v->gpa, v->backing.length, v->own_node ? plan->own : 0 };
		else
			plan->tables[plan->nr++] = table_of(v);
	}
}

static void entries_make(const struct xenpmem_vnvdimm *v, unsigned int nr, struct plan *plan)
{
	struct memmap_entry labels = { .type = MEMMAP_RESERVED };
	unsigned int i;

	for (i = 0; i < nr; i++) {
		plan->entries[i] = (struct memmap_entry){ .addr = v[i].gpa,
							  .size = v[i].backing.length,
							  .type = v[i].ram ? MEMMAP_RAM :
							  MEMMAP_PMEM };
		if (v[i].labels.length && !labels.size)
			labels.addr = v[i].labels_gpa;
		labels.size += v[i].labels.length;
	}
	plan->nr_entries = nr;
	if (labels.size)
		plan->entries[plan->nr_entries++] = labels;
}

static int ram_check(xenpmem_handle *h, bool hvm, unsigned int nodes,
		     const struct xenpmem_vnvdimm *v)
{
	if (hvm)
		return fail(h, -EPERM,
			    "emulated devices of an HVM guest do not reach RAM on an NVDIMM: use "
			    "type=\"pvh\"");
	if (nodes)
		return fail(h, -EPERM,
			    "a guest with virtual NUMA (vnuma), or with vNVDIMMs or RAM on an "
			    "NVDIMM already, can get no RAM on an NVDIMM");
	if (v->labels.length || v->path.kind != XENPMEM_PATH_NONE || v->ro)
		return fail(h, -EINVAL,
			    "RAM on an NVDIMM is a part of a namespace that the guest can write, "
			    "without labels");
	return 0;
}

int plan_ram_check(xenpmem_handle *h, bool hvm, unsigned int nodes,
		   const struct xenpmem_vnvdimm *v, unsigned int nr, int *fault)
{
	unsigned int i;
	int rc;

	for (i = 0; i < nr; i++) {
		rc = v[i].ram ? ram_check(h, hvm, nodes, &v[i]) : 0;
		if (rc) {
			*fault = i;
			return rc;
		}
	}
	*fault = -1;
	return 0;
}

int plan_bad_add(xenpmem_handle *h, const struct xenpmem_vnvdimm *v, struct plan *plan)
{
	unsigned int i;

	if (v->nr_bad > SCRUB_PLACES - plan->nr_bad)
		return fail(h, -ENOSPC, "the guest's vNVDIMMs lack pages at more than %u places",
			    SCRUB_PLACES);
	for (i = 0; i < v->nr_bad; i++)
		plan->bad[plan->nr_bad++] = (struct scrub_place){ v->gpa + v->bad[i].offset,
								  v->bad[i].length };
	return 0;
}

int plan_make(xenpmem_handle *h, const struct place_guest *guest, struct xenpmem_vnvdimm *v,
	      unsigned int nr, struct plan *plan, int *fault)
{
	unsigned int i;
	int rc;

	rc = addresses_choose(h, guest, v, nr, fault);
	if (rc)
		return rc;
	tables_make(v, nr, plan);
	entries_make(v, nr, plan);
	plan->nr_bad = 0;
	for (i = 0; i < nr && !rc; i++) {
		rc = plan_bad_add(h, &v[i], plan);
		*fault = rc ? (int)i : *fault;
	}
	return rc;
}
