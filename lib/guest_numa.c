// SPDX-License-Identifier: LGPL-2.1-only
/*
 * A guest's virtual NUMA, as Xen keeps it: prevents that the guest is saved, and puts vNVDIMMs on
 * their nodes. Only hvmloader, which makes an HVM guest's SRAT of it, and the toolstack read it.
 */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

#define NODES_MAX	64u
#define RANGES_MAX	64u

struct numa {
	uint32_t nodes, ranges, vcpus;
	xen_vmemrange_t range[RANGES_MAX + XENPMEM_VNVDIMMS_MAX];
	unsigned int distance[NODES_MAX * NODES_MAX];
	unsigned int pnode[NODES_MAX];
	unsigned int vcpu_node[];
};

/*
 * Asks for the sizes only (no buffers): Xen answers ENOBUFS if there is virtual NUMA, otherwise
 * EOPNOTSUPP.
 */
static bool numa_count(xenpmem_handle *h, uint32_t domid, uint32_t *nodes, uint32_t *ranges,
		       uint32_t *vcpus)
{
	*nodes = *ranges = *vcpus = 0;
	return xc_domain_getvnuma(h->xc, domid, nodes, ranges, vcpus, NULL, NULL, NULL) &&
	       errno == ENOBUFS;
}

unsigned int guest_nodes(xenpmem_handle *h, uint32_t domid)
{
	uint32_t nodes, ranges, vcpus;

	return numa_count(h, domid, &nodes, &ranges, &vcpus) ? nodes : 0;
}

static struct numa *numa_new(uint32_t vcpus)
{
	struct numa *n = calloc(1, sizeof(*n) + vcpus * sizeof(n->vcpu_node[0]));

	if (n)
		n->vcpus = vcpus;
	return n;
}

static int numa_set(xenpmem_handle *h, uint32_t domid, struct numa *n)
{
	return xc_domain_setvnuma(h->xc, domid, n->nodes, n->ranges, n->vcpus, n->range,
				  n->distance, n->vcpu_node, n->pnode);
}

/*
 * Saving and migration would silently lose the vNVDIMM. libxl refuses both, before it suspends the
 * guest, if the guest has virtual NUMA. So a guest without it gets one node with all its RAM. The
 * node has no other memory: a kernel that finds memory above 4 GiB reserves RAM for devices that
 * cannot reach it.
 */
static int one_node_make(xenpmem_handle *h, uint32_t domid, uint32_t vcpus, uint64_t ram_end)
{
	struct numa *n = numa_new(vcpus);
	int rc;

	if (!n)
		return fail(h, -ENOMEM, "no memory for the guest's vCPUs");
	n->nodes = n->ranges = 1;
	n->range[0].end = ram_end;
	n->distance[0] = 10;
	rc = numa_set(h, domid, n);
	free(n);
	return rc ?
	       fail(h, -EIO, "saving domain %u cannot be prevented: %s", domid, strerror(errno)) :
	       0;
}

static void nodes_add(struct numa *n, const struct xenpmem_vnvdimm *v, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (v[i].node != XENPMEM_NO_NODE)
			n->range[n->ranges++] = (xen_vmemrange_t){ .start = v[i].gpa,
								   .end = v[i].gpa +
								   v[i].backing.length,
								   .nid = v[i].node };
}

/*
 * The vNVDIMMs of a node become memory of that node, in Xen's list and so in the SRAT. The call
 * also sets the host's node of each of the guest's nodes, which Xen does not report. It is a hint
 * for RAM that is added by node; all RAM is there already and a balloon driver names no node, so 0
 * does.
 */
static int nodes_extend(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
			unsigned int nr)
{
	uint32_t nodes, ranges, vcpus;
	struct numa *n;
	int rc;

	if (!numa_count(h, domid, &nodes, &ranges, &vcpus) || nodes > NODES_MAX ||
	    ranges > RANGES_MAX)
		return fail(h, -E2BIG,
			    "domain %u has more than %u virtual NUMA nodes or %u ranges of them",
			    domid, NODES_MAX, RANGES_MAX);
	n = numa_new(vcpus);
	if (!n)
		return fail(h, -ENOMEM, "no memory for the guest's vCPUs");
	n->nodes = nodes;
	n->ranges = ranges;
	rc = xc_domain_getvnuma(h->xc, domid, &n->nodes, &n->ranges, &n->vcpus, n->range,
				n->distance, n->vcpu_node);
	if (!rc) {
		nodes_add(n, v, nr);
		rc = numa_set(h, domid, n);
	}
	free(n);
	return rc ?
	       fail(h, -EIO, "domain %u's vNVDIMMs cannot be put on its nodes: %s", domid,
		    strerror(errno)) : 0;
}

static bool any_node(const struct xenpmem_vnvdimm *v, unsigned int nr)
{
	while (nr--)
		if (v[nr].node != XENPMEM_NO_NODE)
			return true;
	return false;
}

int guest_numa_set(xenpmem_handle *h, const xc_domaininfo_t *info, uint64_t ram_end,
		   const struct xenpmem_vnvdimm *v, unsigned int nr)
{
	if (!guest_nodes(h, info->domain))
		return one_node_make(h, info->domain, info->max_vcpu_id + 1, ram_end);
	return guest_is_hvm(info) && any_node(v, nr) ? nodes_extend(h, info->domain, v, nr) : 0;
}
