// SPDX-License-Identifier: LGPL-2.1-only
/* Assigns the pages of vNVDIMMs to a guest, all or none, and releases them. */
#include <string.h>

#include "guest.h"
#include "path_pages.h"

#define LEAF_2M		(2ull << 20)
#define LEAF_1G		(1ull << 30)
/* one of each level, and another where a slot crosses 2 MiB */
#define LABEL_POOL_PAGES	5u
/* a table of each of two levels, at both ends of a hole */
#define HOLE_POOL_PAGES		4u

/*
 * A guest without virtual NUMA has no SRAT; its NFIT names the node all the same. libxl 4.17 builds
 * no PVH guest with virtual NUMA, as it takes the ENOBUFS with which Xen reports the sizes for a
 * failure (init_acpi_config).
 */
int guest_nodes_check(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
		      unsigned int nr, int *fault)
{
	unsigned int nodes = guest_nodes(h, domid), i;

	for (i = 0; nodes && i < nr; i++) {
		*fault = i;
		if (v[i].node != XENPMEM_NO_NODE && v[i].node >= nodes)
			return fail(h, -EDOM, "the guest has no node %u: it has %u (vnuma)",
				    v[i].node, nodes);
	}
	*fault = -1;
	return 0;
}

/*
 * The same for a file or device. path.tables counts the lowest level (a page for each 2 MiB that is
 * not one large leaf) if the guest address is a multiple of 2 MiB. The next level needs a page for
 * each GiB.
 */
static uint64_t path_pool_pages(const struct xenpmem_vnvdimm *v)
{
	uint64_t length = v->backing.length, lowest = length / LEAF_2M + 2;

	if (!(v->gpa % LEAF_2M) && v->path.tables < lowest)
		lowest = v->path.tables;
	return lowest + length / LEAF_1G + 2 + length / (512 * LEAF_1G) + 2 + 4;
}

/*
 * The most page-table pages that a range needs: one for each 512 leaves of the largest size that
 * the addresses allow, and some for both ends.
 */
static uint64_t pool_pages(const struct xenpmem_vnvdimm *v)
{
	uint64_t apart = v->gpa ^ v->backing.spa,
		pages = v->backing.length / (512 * LEAF_1G) + 2 + 4;

	if (v->path.kind != XENPMEM_PATH_NONE)
		return path_pool_pages(v);
	if (apart % LEAF_1G || v->backing.length < 2 * LEAF_1G)
		pages += v->backing.length / LEAF_1G + 2;
	if (apart % LEAF_2M)
		pages += v->backing.length / LEAF_2M + 2;
	return pages + v->nr_bad * HOLE_POOL_PAGES + (v->labels.length ? LABEL_POOL_PAGES : 0);
}

/* Xen does not report how much of the pool is free, so the vNVDIMMs' need is added. */
static int pool_raise(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
		      unsigned int nr)
{
	uint64_t pool, pages = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		pages += pool_pages(&v[i]);
	if (xc_get_paging_mempool_size(h->xc, domid, &pool))
		return fail(h, -EIO, "the size of the guest's paging pool: %s", strerror(errno));
	if (xc_set_paging_mempool_size(h->xc, domid, pool + pages * PAGE))
		return fail(h, -ENOMEM, "no memory for %llu KiB more paging pool: %s",
			    (unsigned long long)(pages * PAGE >> 10), strerror(errno));
	return 0;
}

bool guest_find_host(xenpmem_handle *h, uint32_t domid, uint8_t uuid[16])
{
	struct xenpmem_holding holding;
	uint32_t i;

	for (i = 0; !xenpmem_query_holding(h, i, &holding); i++) {
		memcpy(uuid, holding.uuid, sizeof(holding.uuid));
		if (holding.domid == domid && range_is_host(h, uuid))
			return true;
	}
	return false;
}

/* Releases all its pages of files and devices; it had no such pages before. */
static void host_pages_release(xenpmem_handle *h, uint32_t domid, uint32_t flags)
{
	uint64_t taken, pending = 0;
	uint8_t uuid[16];

	while (!pending && guest_find_host(h, domid, uuid))
		if (range_release(h, domid, uuid, flags, &taken, &pending) || !taken)
			return;
}

/* In the reverse order of vnvdimms_assign(). -ENOENT is fine: two vNVDIMMs may be in one range. */
void guest_pages_release(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
			 unsigned int nr, bool running)
{
	const uint32_t flags = running ? XEN_PMEM_RELEASE_RUNNING : 0;
	struct error error = h->error;
	unsigned int i;

	for (i = nr; i--;)
		if (v[i].labels.length)
			range_release(h, domid, v[i].labels.uuid, flags, NULL, NULL);
	for (i = nr; i--;) {
		if (v[i].path.kind != XENPMEM_PATH_NONE)
			host_pages_release(h, domid, flags);
		else
			range_release(h, domid, v[i].backing.uuid, flags, NULL, NULL);
	}
	h->error = error;
}

struct assignment {
	uint32_t domid, flags;
	const struct xenpmem_vnvdimm *v;
};

static int part_assign(xenpmem_handle *h, void *arg, uint64_t offset, uint64_t length)
{
	const struct assignment *a = arg;
	struct xenpmem_range part = a->v->backing;

	part.spa += offset;
	part.length = length;
	return xenpmem_assign(h, a->domid, &part, a->v->gpa + offset, a->flags);
}

static int vnvdimm_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
			  uint32_t flags, bool labels)
{
	struct assignment all = { domid, flags | (v->ro ? XEN_PMEM_ASSIGN_RO : 0), v };

	if (!labels && v->path.kind != XENPMEM_PATH_NONE)
		return path_assign(h, domid, v, all.flags);
	if (!labels)
		return good_parts_each(h, v, part_assign, &all);
	if (!v->labels.length)
		return 0;
	return xenpmem_assign(h, domid, &v->labels, v->labels_gpa,
			      flags | (v->ro ? XEN_PMEM_ASSIGN_RO : XEN_PMEM_ASSIGN_UNCACHED));
}

/* After -EBUSY this guest may have no page of a range; releasing it does nothing then. */
static int vnvdimms_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
			   unsigned int nr, bool running, int *fault)
{
	const uint32_t flags = running ? XEN_PMEM_ASSIGN_RUNNING : 0;
	unsigned int i;
	int rc;

	for (i = 0; i < 2 * nr; i++) {
		rc = vnvdimm_assign(h, domid, &v[i % nr], flags, i >= nr);
		if (rc) {
			*fault = i % nr;
			guest_pages_release(h, domid, v, nr, running);
			return rc;
		}
	}
	return 0;
}

int guest_pages_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
		       unsigned int nr, bool running, int *fault)
{
	int rc;

	rc = pool_raise(h, domid, v, nr);
	return rc ? rc : vnvdimms_assign(h, domid, v, nr, running, fault);
}
