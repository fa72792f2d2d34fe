// SPDX-License-Identifier: GPL-2.0-only
/* Answers machine checks that name a page of the NVDIMM, and notes the page. */
#include "media.h"

#include "answer.h"
#include "caches.h"
#include "chunk.h"
#include "noted.h"
#include "physmap.h"
#include "retired.h"
#include "tables.h"

#define BANKS_MAX	256
#define HANDLERS_MAX	8u
#define EVERY_VCPU	-1

/* Xen's handlers, while ours stands before them. */
static const struct mca_error_handler *xens;
static unsigned int xens_count;
static bool hooked, banks_mended;

/* ---- whose page it is ---- */

struct domain *page_guest(uint64_t mfn)
{
	struct domain *d, *got;

	d = group_live(mfn) && group_infos_good(mfn) ? page_owner(mfn_to_page(mfn)) : NULL;

	if (!d || d == hardware_domain || d == dom_io || d == dom_xen)
		return NULL;
	got = get_domain_by_id(domain_id(d));
	if (!got || got == d)
		return got;
	domain_put(got);
	return NULL;
}

/* Xen writes to a domain's first vCPU without asking whether there is one. */
static bool domain_hears(const struct domain *d)
{
	return domain_has_run(d) && domain_dying(d) == DOMDYING_ALIVE && domain_vcpus(d) &&
	       domain_vcpus(d)[0];
}

/* ---- who is told ---- */

/* The address is one of the domain's own. Returns 0 or -errno. */
static int domain_tell(const struct mca_binfo *b, struct domain *d, uint64_t address)
{
	uint64_t spa = b->bank->address;
	int vcpu = mce_broadcast ? EVERY_VCPU : 0, rc;

	b->bank->domain = domain_id(d);
	b->bank->address = address;
	rc = fill_vmsr_data(b->bank, d, b->global->status, vcpu);
	b->bank->address = spa;		/* what dom0 reads in /dev/mcelog */
	return rc ? rc : inject_vmce(d, vcpu);
}

enum breaking { BROKEN_NOW, NOT_MAPPED, NOT_BROKEN };

/*
 * Xen on Intel splits a leaf of 1 GiB, for one page, into pages all over: 513 tables, for which a
 * guest's pool has no room. By way of 2 MiB it takes two.
 */
static bool leaf_is_split(struct p2m_domain *p2m, uint64_t gfn, uint64_t mfn, unsigned int type,
			  unsigned int order)
{
	uint64_t inside = (1ull << ORDER_2M) - 1;

	return order <= ORDER_2M || !p2m_set_entry(p2m, gfn & ~inside, mfn & ~inside, ORDER_2M,
						   type, p2m_access(p2m));
}

/*
 * Takes the page out of the guest's map, so that the guest cannot bring the next machine check
 * about, nor have Xen read there. Xen ends a guest that touches it on Intel; on AMD it is a hole.
 */
static enum breaking page_break(struct domain *d, uint64_t mfn, uint64_t *gfn)
{
	struct p2m_domain *p2m = domain_p2m(d);
	enum breaking how = NOT_MAPPED;
	unsigned int type, order;

	if (!group_good(mfn))	/* where it is mapped cannot be read */
		return NOT_BROKEN;
	p2m_hold(d);
	*gfn = *m2p_of(mfn);
	if (*gfn != INVALID_M2P && p2m_get(d, *gfn, &type, &order) == mfn &&
	    type != P2M_RAM_BROKEN)
		how = leaf_is_split(p2m, *gfn, mfn, type, order) &&
				      !p2m_set_entry(p2m, *gfn, mfn, ORDER_4K, P2M_RAM_BROKEN,
						     p2m_access(p2m)) ?
			      BROKEN_NOW :
			      NOT_BROKEN;
	p2m_let_go(d);
	return how;
}

static enum xen_pmem_media_outcome guest_answer(const struct mca_binfo *b, struct domain *d)
{
	uint64_t spa = b->bank->address, gfn;
	enum breaking how = page_break(d, spa >> 12, &gfn);

	if (how == NOT_MAPPED)
		return XEN_PMEM_MEDIA_NOTED;
	if (how == BROKEN_NOW && !domain_tell(b, d, gfn << 12 | (spa & 4095)))
		return XEN_PMEM_MEDIA_GUEST_TOLD;
	__domain_crash(d);
	return XEN_PMEM_MEDIA_GUEST_ENDED;
}

/* Whether somebody cannot go on without the data. */
static bool data_is_awaited(const struct mca_binfo *b)
{
	return cpu_is_intel() ? b->bank->status & MCI_STATUS_AR : b->global->status & MCG_EIPV;
}

/* The guest that ran on the CPU, with a reference. NULL: dom0 did, or no domain. */
static struct domain *reader_guest(const struct mca_binfo *b)
{
	uint16_t id = b->global->domain;
	struct domain *d = id < DOMID_FIRST_RESERVED ? get_domain_by_id(id) : NULL;

	if (d != hardware_domain)
		return d;
	domain_put(d);
	return NULL;
}

static enum xen_pmem_media_outcome guest_end(struct domain *d, uint16_t owner)
{
	printk("<0>xen-pmem: domain %u has read what cannot be read, and is ended\n",
	       domain_id(d));
	__domain_crash(d);
	return domain_id(d) == owner ? XEN_PMEM_MEDIA_GUEST_ENDED : XEN_PMEM_MEDIA_NOTED;
}

/*
 * No guest that has the page in its map was told. A guest that reads it all the same has it by a
 * grant or as I/O memory, and would do so for ever: it is ended. What dom0 has not read it is not
 * told of, as its kernel may end itself for it. The page's own guest may have read it on several
 * vCPUs at once.
 */
static enum xen_pmem_media_outcome reader_answer(const struct mca_binfo *b, uint16_t owner)
{
	uint64_t spa = b->bank->address;
	enum xen_pmem_media_outcome outcome = XEN_PMEM_MEDIA_NOTED;
	struct domain *d;

	if (!data_is_awaited(b))
		return outcome;
	d = reader_guest(b);
	if (!d)
		return domain_tell(b, hardware_domain, spa) ? outcome : XEN_PMEM_MEDIA_DOM0_TOLD;
	if (domain_id(d) != owner || !media_may_err_again(spa >> 12))
		outcome = guest_end(d, owner);
	domain_put(d);
	return outcome;
}

/* ---- the handler ---- */

static bool error_is_told(const struct mca_binfo *b)
{
	uint64_t all = MCI_STATUS_VAL | MCI_STATUS_UC | MCI_STATUS_ADDRV;

	if (b->bank->type != MC_TYPE_BANK || b->global->type != MC_TYPE_GLOBAL)
		return false;
	if (cpu_is_intel() && (b->bank->misc & MCI_MISC_MODE) != MCI_MISC_PHYSICAL)
		return false;
	all |= cpu_is_intel() ? MCI_STATUS_MISCV : 0;
	return (b->bank->status & all) == all;
}

static void error_answer(const struct mca_binfo *b)
{
	static const char *const said[] = XEN_PMEM_MEDIA_TEXTS;
	uint64_t spa = b->bank->address;
	const char *chunk = chunk_retire(spa >> 12) ? ", its chunk is retired" : "";
	struct domain *d = page_guest(spa >> 12);
	uint16_t owner = d ? domain_id(d) : XEN_PMEM_MEDIA_NOBODY;
	enum xen_pmem_media_outcome outcome = XEN_PMEM_MEDIA_NOTED;

	if (d && domain_hears(d))
		outcome = guest_answer(b, d);
	if (outcome == XEN_PMEM_MEDIA_NOTED)
		outcome = reader_answer(b, owner);
	if (d)
		domain_put(d);
	media_note_error(spa, owner, outcome);
	if (owner == XEN_PMEM_MEDIA_NOBODY)
		printk("<0>xen-pmem: media error at %#lx: %s%s\n", (unsigned long)spa,
		       said[outcome], chunk);
	else
		printk("<0>xen-pmem: media error at %#lx, domain %u: %s\n", (unsigned long)spa,
		       owner, said[outcome]);
	send_global_virq(XEN_PMEM_MEDIA_VIRQ);
}

/*
 * Intel's threads of a core share the banks in which such errors are, so each reports it. Whose
 * instruction it was says so (SDM 15.9.3.2): the others only say that they can go on.
 */
static bool error_is_siblings(const struct mca_binfo *b)
{
	return cpu_is_intel() && b->bank->status & MCI_STATUS_AR &&
	       (b->global->status & (MCG_RIPV | MCG_EIPV)) == MCG_RIPV;
}

static void xens_ask(struct mca_binfo *b, int *result, const void *regs)
{
	unsigned int i;

	for (i = 0; i < xens_count; i++)
		if (xens[i].owned_error(b->bank->status)) {
			xens[i].recovery_handler(b, result, regs);
			return;
		}
}

static bool any_error(uint64_t status)
{
	(void)status;
	return true;
}

static void error_recover(struct mca_binfo *b, int *result, const void *regs)
{
	uint64_t mfn = b->bank->address >> 12;

	if (!error_is_told(b) || (!frame_known(mfn) && !frame_may_be_nvdimm(mfn))) {
		xens_ask(b, result, regs);
		return;
	}
	if (error_is_siblings(b))
		;	/* the other thread's report comes too */
	else if (frame_known(mfn))
		error_answer(b);
	else	/* An NVDIMM of dom0's: Xen would stop the host. dom0's own log has it already. */
		reader_answer(b, XEN_PMEM_MEDIA_NOBODY);
	*result = MCER_RECOVERED;
}

static const struct mca_error_handler ours = { any_error, error_recover };

/* ---- load and unload ---- */

static bool banks_ok(void)
{
	return !mca_allbanks ||
	       (pointer_ok(mca_allbanks) && mca_allbanks->count > 0 &&
		mca_allbanks->count < BANKS_MAX && pointer_ok(mca_allbanks->map));
}

static bool handlers_ok(void)
{
	unsigned int i, order;

	if (mce_dhandler_num > HANDLERS_MAX)
		return false;
	for (i = 0; i < mce_dhandler_num; i++)
		if (!pte_of((unsigned long)&mce_dhandlers[i], &order) ||
		    !pte_of((unsigned long)mce_dhandlers[i].owned_error, &order) ||
		    !pte_of((unsigned long)mce_dhandlers[i].recovery_handler, &order))
			return false;
	return true;
}

const char *media_wrong(void)
{
	return !banks_ok() ? "banks of machine checks" :
	       !handlers_ok() ? "handlers of machine checks" : NULL;
}

/*
 * Xen before 4.19 forgets to say which banks there are, and so looks at none: each machine check is
 * answered by nothing (its commit 532988dccc). An error in RAM too is dealt with once they are set.
 */
static void banks_set(bool on)
{
	int i;

	for (i = 0; i < mca_allbanks->count; i++)
		if (on)
			mca_allbanks->map[i / 64] |= 1ul << i % 64;
		else
			mca_allbanks->map[i / 64] &= ~(1ul << i % 64);
}

static bool banks_empty(void)
{
	uint64_t all = 0;
	int i;

	for (i = 0; i < mca_allbanks->count; i += 64)
		all |= mca_allbanks->map[i / 64];
	return !all;
}

void media_hook(void)
{
	if (!mca_allbanks)	/* Xen's option mce=0 */
		return;
	banks_mended = banks_empty();
	if (banks_mended)
		banks_set(true);
	xens = mce_dhandlers;
	xens_count = mce_dhandler_num;
	mce_dhandlers = &ours;
	mce_dhandler_num = 1;
	hooked = true;
}

void media_unhook(void)
{
	if (!hooked)
		return;
	mce_dhandlers = xens;
	mce_dhandler_num = xens_count;
	if (banks_mended)
		banks_set(false);
	hooked = false;
}
