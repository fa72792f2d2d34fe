// SPDX-License-Identifier: GPL-2.0-only
/* Domains, their range sets of I/O memory, and dom0's I/O page tables. */
#include "model.h"

#define LAYOUT		(&builds[machine.config.build])
#define RANGES		200u
#define CAPS_AT		0x40	/* in the range set's page, above what the extension may look at */

struct caps {
	uint32_t count;
	struct frames f[RANGES];
};

struct dom doms[DOMAINS];
static unsigned int born;
struct domain *domain_list, *hardware_domain, *dom_io, *dom_xen;
struct rangeset *mmio_ro_ranges;

struct iommu_ops { unsigned long page_sizes; const void *ops[27]; } iommu_ops;
bool iommu_hwdom_passthrough;
static uint64_t reached[(1ul << 21) / 64];	/* frames of the NVDIMM that dom0's devices reach */
static bool flush_due;

/* ---- range sets ---- */

static void *page_for_xen(void)
{
	uint64_t mfn = heap_take();

	if (!mfn)
		broken("no memory for a domain");
	*info(mfn) = (struct page_info){ .count_info = PGC_xen_heap };
	return virt(mfn);
}

static void page_back(void *page)
{
	uint64_t mfn = frame_at(page);

	*info(mfn) = (struct page_info){ .count_info = 0 };
	heap_give(mfn);
}

static struct rangeset *caps_new(struct domain *d)
{
	struct rangeset *r = page_for_xen();

	FIELD(r, struct domain *, LAYOUT->rangeset_domain) = d;
	return r;
}

static struct caps *caps_in(struct rangeset *r) { return (struct caps *)((char *)r + CAPS_AT); }

static void caps_drop(struct caps *c, uint32_t i)
{
	c->f[i] = c->f[--c->count];
}

static void caps_append(struct caps *c, uint64_t first, uint64_t end)
{
	if (first >= end)
		return;
	if (c->count == RANGES)
		broken("a range set is full");
	c->f[c->count++] = (struct frames){ first, end - first };
}

/* Takes everything that meets or touches [first, end) out, and says how far that reached. */
static void caps_merge(struct caps *c, uint64_t *first, uint64_t *end)
{
	for (uint32_t i = 0; i < c->count; i++) {
		uint64_t from = c->f[i].first, to = from + c->f[i].count;

		if (from > *end || to < *first)
			continue;
		*first = from < *first ? from : *first;
		*end = to > *end ? to : *end;
		caps_drop(c, i--);
	}
}

static void caps_add(struct caps *c, uint64_t first, uint64_t end)
{
	caps_merge(c, &first, &end);
	caps_append(c, first, end);
}

static void caps_remove(struct caps *c, uint64_t first, uint64_t end)
{
	uint64_t from = first, to = end;

	caps_merge(c, &from, &to);
	caps_append(c, from, first);
	caps_append(c, end, to);
}

static uint64_t caps_common(const struct caps *c, uint64_t first, uint64_t last)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < c->count; i++)
		n += frames_intersect(c->f[i], (struct frames){ first, last - first + 1 }).count;
	return n;
}

bool rangeset_contains_range(struct rangeset *r, unsigned long first, unsigned long last)
{
	return caps_common(caps_in(r), first, last) == last - first + 1;
}

bool rangeset_overlaps_range(struct rangeset *r, unsigned long first, unsigned long last)
{
	return caps_common(caps_in(r), first, last);
}

int rangeset_add_range(struct rangeset *r, unsigned long first, unsigned long last)
{
	if (point("rangeset_add_range"))
		return -ENOMEM;
	caps_add(caps_in(r), first, last + 1);
	return 0;
}

int rangeset_remove_range(struct rangeset *r, unsigned long first, unsigned long last)
{
	if (point("rangeset_remove_range"))
		return -ENOMEM;
	caps_remove(caps_in(r), first, last + 1);
	return 0;
}

static struct caps *caps_of(unsigned int id)
{
	return caps_in(FIELD(doms[id].xen, struct rangeset *, LAYOUT->iomem_caps));
}

static struct caps *ports_of(unsigned int id)
{
	return caps_in(FIELD(doms[id].xen, struct rangeset *, LAYOUT->ioport_caps));
}

void ports_grant(unsigned int id, uint64_t first, uint64_t count)
{
	caps_add(ports_of(id), first, first + count);
}

bool caps_have(unsigned int id, uint64_t mfn) { return caps_common(caps_of(id), mfn, mfn); }

void caps_change(unsigned int id, struct frames f, bool add)
{
	(add ? caps_add : caps_remove)(caps_of(id), f.first, f.first + f.count);
}

/* The same for the same frames, in whatever order they came. */
uint64_t caps_digest(unsigned int id)
{
	const struct caps *c = caps_of(id);
	uint64_t sum = 0;

	for (uint32_t i = 0; i < c->count; i++)
		sum += (c->f[i].first * 0x9e3779b97f4a7c15ull) ^
		       (c->f[i].count * 0xff51afd7ed558ccdull);
	return sum;
}

/* ---- domains ---- */

unsigned int slot_of(const struct domain *d)
{
	for (unsigned int i = 0; i < DOMAINS; i++)
		if (doms[i].xen == d)
			return i;
	broken("no such domain: %p", (const void *)d);
}

/* In the order of their numbers, as Xen keeps it. */
static void list_make(void)
{
	struct domain **at = &domain_list;

	for (unsigned int i = 0; i < DOMAINS; i++)
		if (doms[i].xen) {
			*at = doms[i].xen;
			at = &FIELD(doms[i].xen, struct domain *, LAYOUT->next_in_list);
		}
	*at = NULL;
}

static struct domain *domain_new(uint16_t id)
{
	struct domain *d = page_for_xen();

	FIELD(d, uint16_t, 0) = id;
	FIELD(d, int32_t, LAYOUT->refcnt) = 1;
	return d;
}

/* PV domains have one too, with nothing in it. */
static void p2m_attach(struct domain *d)
{
	struct p2m_domain *p2m = page_for_xen();

	FIELD(p2m, struct domain *, LAYOUT->p2m_domain) = d;
	FIELD(p2m, uint32_t, LAYOUT->p2m_access) = P2M_ACCESS_RWX;
	FIELD(d, struct p2m_domain *, LAYOUT->p2m) = p2m;
}

static void dom0_boot(void)
{
	hardware_domain = domain_new(0);
	doms[0] = (struct dom){ .xen = hardware_domain, .pv = true };
	FIELD(hardware_domain, struct rangeset *, LAYOUT->iomem_caps) = caps_new(hardware_domain);
	FIELD(hardware_domain, struct rangeset *, LAYOUT->ioport_caps) = caps_new(hardware_domain);
	caps_add(ports_of(0), 0x100, 0x10000);
	p2m_attach(hardware_domain);
	FIELD(hardware_domain, uint8_t, LAYOUT->creation_finished) = 1;
	FIELD(hardware_domain, uint32_t, LAYOUT->options) =
		CDF_OOS_OFF | (machine.config.iommu ? CDF_IOMMU : 0);
	FIELD(hardware_domain, struct iommu_ops *, LAYOUT->iommu_ops) =
		machine.config.iommu ? &iommu_ops : NULL;
	FIELD(hardware_domain, uint8_t, LAYOUT->iommu_need_sync) = machine.config.iommu_sync;
	caps_change(0, (struct frames){ 0, MFN_LIMIT }, true);
	iommu_ops = (struct iommu_ops){ .page_sizes = 0x40201000 };
	if (machine.config.amd)
		iommu_ops.ops[10] = (const void *)amd_iommu_map_page;
}

void domains_boot(void)
{
	for (unsigned int i = 0; i < DOMAINS; i++) {
		p2m_free(i);
		doms[i] = (struct dom){ .xen = NULL };
	}
	memset(reached, 0, sizeof(reached));
	flush_due = false;
	amd_boot();
	dom_io = domain_new(DOMID_IO);
	dom_xen = domain_new(DOMID_XEN);
	mmio_ro_ranges = caps_new(NULL);
	caps_add(caps_in(mmio_ro_ranges), 0xfec00, 0xfec01);	/* an I/O APIC */
	dom0_boot();
	list_make();
}

unsigned int guest_create(unsigned int options, uint64_t pool)
{
	unsigned int id;
	struct domain *d;

	for (id = 1; id < DOMAINS && doms[id].xen; id++)
		;
	if (id == DOMAINS)
		return 0;
	d = domain_new(id);
	doms[id] = (struct dom){ .xen = d, .pv = !(options & CDF_HVM), .born = ++born };
	FIELD(d, uint32_t, LAYOUT->options) = options;
	FIELD(d, uint8_t, LAYOUT->iommu_need_sync) = options & CDF_IOMMU && machine.config.amd;
	FIELD(d, struct rangeset *, LAYOUT->iomem_caps) = caps_new(d);
	FIELD(d, struct rangeset *, LAYOUT->ioport_caps) = caps_new(d);
	p2m_attach(d);
	if (options & CDF_HVM)
		p2m_new(id, pool);
	vcpus_new(id);
	list_make();
	return id;
}

void guest_unpause(unsigned int id)
{
	FIELD(doms[id].xen, uint8_t, LAYOUT->creation_finished) = 1;
}

uint32_t guest_dying(unsigned int id)
{
	return FIELD(doms[id].xen, uint32_t, LAYOUT->is_dying);
}

void guest_kill(unsigned int id)
{
	FIELD(doms[id].xen, uint32_t, LAYOUT->is_dying) = DOMDYING_DYING;
}

static void ram_drop(unsigned int id, uint64_t gfn, struct leaf leaf)
{
	(void)gfn;
	for (uint64_t i = 0; i < 1ul << leaf.order; i++)
		if (is_ram(leaf.mfn + i) && info(leaf.mfn + i)->count_info & PGC_allocated) {
			info(leaf.mfn + i)->count_info &= ~PGC_allocated;
			put_page(info(leaf.mfn + i));
		}
	(void)id;
}

/*
 * Its RAM and its physical map go; pages that are Xen's heap's, as ours say they are, Xen leaves
 * alone.
 */
void guest_reap(unsigned int id)
{
	vcpus_reap(id);
	p2m_walk(id, ram_drop);
	if (!doms[id].pv)
		p2m_clear(id);
	FIELD(doms[id].xen, uint32_t, LAYOUT->is_dying) = DOMDYING_DEAD;
	if (!--FIELD(doms[id].xen, int32_t, LAYOUT->refcnt))
		domain_destroy(doms[id].xen);
}

int32_t guest_refs(unsigned int id) { return FIELD(doms[id].xen, int32_t, LAYOUT->refcnt); }

bool guest_devices_tables(unsigned int id)
{
	return FIELD(doms[id].xen, uint8_t, LAYOUT->iommu_need_sync);
}

bool guest_walks(unsigned int id)
{
	return FIELD(doms[id].xen, uint32_t, LAYOUT->options) & CDF_IOMMU || caps_of(id)->count ||
	       ports_of(id)->count;
}

struct domain *get_domain_by_id(uint16_t id)
{
	if (id >= DOMAINS || !doms[id].xen)
		return NULL;
	FIELD(doms[id].xen, int32_t, LAYOUT->refcnt)++;
	return doms[id].xen;
}

void domain_destroy(struct domain *d)
{
	unsigned int id = slot_of(d);

	if (guest_dying(id) != DOMDYING_DEAD)
		broken("the last reference to domain %u, which lives", id);
	page_back(FIELD(d, struct rangeset *, LAYOUT->iomem_caps));
	page_back(FIELD(d, struct rangeset *, LAYOUT->ioport_caps));
	if (!doms[id].pv)
		p2m_free(id);
	page_back(FIELD(d, struct p2m_domain *, LAYOUT->p2m));
	vcpus_free(id);
	page_back(d);
	doms[id] = (struct dom){ .xen = NULL };
	list_make();
}

/* ---- dom0's devices ---- */

void dom0_reach(uint64_t mfn, bool on)
{
	uint64_t n = mfn - machine.config.nvdimm.first;

	if (!is_nvdimm(mfn) || n / 64 >= ARRAY_SIZE(reached))
		broken("frame %#lx in the I/O page tables", (unsigned long)mfn);
	reached[n / 64] =
		on ? reached[n / 64] | 1ull << n % 64 : reached[n / 64] & ~(1ull << n % 64);
}

bool dom0_reaches(uint64_t mfn)
{
	uint64_t n = mfn - machine.config.nvdimm.first;

	return is_nvdimm(mfn) && reached[n / 64] >> n % 64 & 1;
}

bool dom0_reaches_all(uint64_t at, uint64_t n, bool wanted)
{
	for (uint64_t i = at / 64; i < (at + n) / 64; i++)
		if (reached[i] != (wanted ? ~0ull : 0))
			return false;
	return true;
}

int amd_iommu_map_page(struct domain *d, unsigned long dfn, unsigned long mfn, unsigned int flags,
		       unsigned int *flush)
{
	(void)d;
	(void)mfn;
	(void)flags;
	(void)flush;
	broken("frame %#lx is entered past iommu_map()", dfn);
}

unsigned long get_upper_mfn_bound(void)
{
	return machine.config.io_frames ? machine.config.io_frames - 1 : max_page - 1;
}

uint64_t dom0_devices_next(uint64_t mfn)
{
	uint64_t n = mfn - machine.config.nvdimm.first;

	while (n < machine.config.nvdimm.count && !(reached[n / 64] >> n % 64 & 1))
		n = reached[n / 64] ? n + 1 : (n | 63) + 1;
	return n < machine.config.nvdimm.count ? machine.config.nvdimm.first + n : INVALID_MFN;
}

long iommu_map(struct domain *d, unsigned long dfn, unsigned long mfn, unsigned long count,
	       unsigned int flags, unsigned int *flush)
{
	if (d != hardware_domain || dfn != mfn || flags != (IOMMUF_READABLE | IOMMUF_WRITABLE))
		broken("iommu_map of %#lx at %#lx", mfn, dfn);
	if (!machine.config.amd && point("iommu_map"))
		return -ENOMEM;
	if (machine.config.amd)
		amd_change((struct frames){ mfn, count }, true);
	for (unsigned long i = 0; i < count; i++)
		dom0_reach(mfn + i, true);
	*flush |= 1;
	flush_due = true;
	return 0;
}

/* A failure leaves the first half unmapped. */
long iommu_unmap(struct domain *d, unsigned long dfn, unsigned long count, unsigned int flags,
		 unsigned int *flush)
{
	bool fails = !machine.config.amd && point("iommu_unmap");

	if (d != hardware_domain || flags)
		broken("iommu_unmap of %#lx", dfn);
	if (machine.config.amd)
		amd_change((struct frames){ dfn, count }, false);
	for (unsigned long i = 0; i < (fails ? count / 2 : count); i++)
		dom0_reach(dfn + i, false);
	*flush |= 2;
	flush_due = true;
	return fails ? -ENOMEM : 0;
}

int iommu_iotlb_flush(struct domain *d, unsigned long dfn, unsigned long count, unsigned int flush)
{
	(void)d;
	(void)dfn;
	(void)count;
	if (flush)
		flush_due = false;
	return point("iommu_iotlb_flush") ? -EINVAL : 0;
}

bool iommu_flush_due(void) { return flush_due; }
