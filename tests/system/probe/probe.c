// SPDX-License-Identifier: GPL-2.0-only
/*
 * A live-patch payload for tests alone: looks into Xen with code of its own, so that the extension
 * is not its own witness. A question is written, numbers in any base of C, and the answer read;
 * `probe` of tap.sh does both.
 *
 *   xenhypfs write /probe/ask "pages FRAME COUNT"   counts these pages (2^20 at most) by what their
 *     page_info says:
 *     none   Xen has no page_info for them       free   nobody's, held by the extension
 *     io     dom_io's                            m2p    dom_xen's: Xen's M2P lies there
 *     host   dom0's, and not mapped: no reference but Xen's and the extension's
 *     mapped dom0's otherwise: mapped, in use, given up; refs and typed as of held
 *     guest  a guest's, and in nobody else's hands
 *     gone   a guest gave them up: the extension's reference is the last
 *     ro     a guest's that it cannot write; of these and the next there are no references
 *     uncached   a guest's, past the caches
 *     held   guest or gone, and in somebody else's hands too; refs = references beyond, typed =
 *            those of them that may write
 *     odd    anything else, Xen's heap foremost; the first of them is shown
 *   and adds who the guests are (domain:pages) and how many of the M2P's entries are set, with a
 *   checksum of them.
 *   xenhypfs write /probe/ask "p2m DOMAIN GFN"      what the guest has there: frame, type, order of
 *     the leaf
 *   xenhypfs write /probe/ask "slots"               how many of the direct map's slots are filled
 *     in idle_pg_table, and how many of these entries EFI's table has; "none" without EFI
 *
 * and of processors:
 *   "flushes"                for what each CPU was interrupted, by number, since this was first
 *                            asked: guest (its map has changed), all (all TLBs), cache, xen
 *                            (Xen's own mappings), other
 *   "words FRAME COUNT"      the sums of the words at 0, at 64, at 128 and at 192 of these pages,
 *                            which Xen has in its direct map
 * and for script_xen.c, which compares all of it with the model's:
 *   "run FRAME COUNT"        page_info and M2P of these frames, as far as they say the same
 *   "map DOMAIN GFN COUNT"   what the guest has there, as far as its leaves have one size and type
 *   "caps FRAME COUNT"       whether dom0 may map these: all, some, none
 *   "grace"                  how often every CPU has left Xen since the first of these questions
 */
#include "builds.h"
#include "cpus.h"

#define SECTION(name)	__attribute__((section(name), used))
#define PAGES_LIMIT	(1ul << 20)
#define OWNERS		4u

enum { NONE, FREE, IO, M2P, HOST, MAPPED, GUEST, GONE, RO, UNCACHED, HELD, ODD, STATES };
static const char *const names[STATES] = { "none", "free", "io", "m2p", "host", "mapped", "guest",
	"gone", "ro", "uncached", "held", "odd" };

struct census {
	unsigned long count[STATES];
	unsigned long refs, typed;
	unsigned long set, sum;			/* M2P */
	unsigned long odd;			/* the first odd one */
	struct { uint32_t owner; unsigned long pages; } owners[OWNERS];
};

static char question[64], answer[1024];

static int ask_write(struct hypfs_leaf *leaf, const void *guest, unsigned int len);

static const struct hypfs_funcs ask_funcs = {
	.enter = hypfs_node_enter,
	.exit = hypfs_node_exit,
	.read = hypfs_read_leaf,
	.write = ask_write,
	.getsize = hypfs_getsize,
	.findentry = hypfs_leaf_findentry,
};
static struct hypfs_leaf ask_leaf = {
	.e = { .type = HYPFS_STRING,
		.size = 1,
		.max_size = sizeof(question),
		.name = "ask",
		.funcs = &ask_funcs },
	.content = question,
};
static struct hypfs_leaf answer_leaf = {
	.e = { .type = HYPFS_STRING, .size = 1, .name = "answer", .funcs = &hypfs_leaf_ro_funcs },
	.content = answer,
};
static struct hypfs_dir probe_dir = {
	.e = { .type = HYPFS_DIR,
		.name = "probe",
		.list = { &probe_dir.e.list, &probe_dir.e.list },
		.funcs = &hypfs_dir_funcs },
	.dirlist = { &probe_dir.dirlist, &probe_dir.dirlist },
};

static uint32_t owner_code(const struct domain *d)
{
	return ((unsigned long)d - DIRECTMAP_START) >> 12;
}

/* NULL: no domain that is alive or a zombie, so a stale pointer. */
static const struct domain *guest_of(uint32_t owner)
{
	const struct domain *d;

	for (d = domain_list; d; d = domain_next(d))
		if (owner_code(d) == owner)
			return d;
	return NULL;
}

static struct page_info *page_of(unsigned long mfn)
{
	return (struct page_info *)FRAMETABLE_START +
	       ((mfn & pfn_pdx_bottom_mask) | ((mfn & pfn_top_mask) >> pfn_pdx_hole_shift));
}

/* Of the type's bits one says how dom0 maps the page. */
#define NON_COHERENT (1ul << 55)

static unsigned int host_page_state(const struct page_info *pg, struct census *c)
{
	unsigned long refs = pg->count_info & PGC_count_mask,
		      types = pg->type_info & (NON_COHERENT - 1);

	if (pg->count_info & PGC_xen_heap || !refs || !types ||
		(pg->type_info & (PGT_type_mask | PGT_validated)) != (PGT_writable | PGT_validated))
		return ODD;
	if (pg->count_info == (PGC_allocated | 2))
		return types == 1 ? HOST : ODD;
	c->refs += refs - 1 - !!(pg->count_info & PGC_allocated);
	c->typed += types - 1;
	return MAPPED;
}

/*
 * A page that a guest owns, or gave up: the extension has one reference, the guest, if it has it,
 * another.
 */
static unsigned int guest_page_state(const struct page_info *pg, struct census *c)
{
	bool has = pg->count_info & PGC_allocated;
	unsigned long refs = pg->count_info & PGC_count_mask, own = has ? 2 : 1;
	unsigned long types = pg->type_info & ((1ul << 54) - 1);

	if (!refs && !pg->type_info && !(pg->count_info & ~PGC_xen_heap) && guest_of(pg->owner))
		return pg->count_info ? RO : UNCACHED;
	if ((pg->count_info & ~(PGC_count_mask | PGC_allocated)) != PGC_xen_heap || refs < own ||
		!types || (pg->type_info & PGT_type_mask) != PGT_writable || !guest_of(pg->owner))
		return ODD;
	c->refs += refs - own;
	c->typed += types - 1;
	return refs > own ? HELD : types != 1 ? ODD : has ? GUEST : GONE;
}

static unsigned int page_state(const struct page_info *pg, struct census *c)
{
	bool one = pg->count_info == (PGC_allocated | 1);

	if (!pg->owner)
		return pg->count_info == PGC_xen_heap && !pg->type_info ? FREE : ODD;
	if (pg->owner == owner_code(dom_io))
		return one && pg->type_info == (PGT_writable | PGT_validated | 1) ? IO : ODD;
	if (pg->owner == owner_code(dom_xen))
		return one && pg->type_info == (PGT_validated | 1) ? M2P : ODD;
	if (pg->owner == owner_code(hardware_domain))
		return host_page_state(pg, c);
	return guest_page_state(pg, c);
}

static void owner_count(struct census *c, uint32_t owner)
{
	unsigned int i;

	for (i = 0; i < OWNERS - 1 && c->owners[i].pages && c->owners[i].owner != owner; i++)
		;
	c->owners[i].owner = owner;
	c->owners[i].pages++;
}

static void page_count(struct census *c, unsigned long mfn)
{
	unsigned int state = NONE;
	unsigned long gfn;

	if (__mfn_valid(mfn)) {
		const struct page_info *pg = page_of(mfn);

		state = page_state(pg, c);
		gfn = ((unsigned long *)RW_M2P_START)[mfn];
		c->set += gfn != INVALID_M2P;
		c->sum = c->sum * 0x100000001b3ul + gfn;
		if (state >= GUEST && state <= HELD)
			owner_count(c, pg->owner);
		if (state == ODD && !c->count[ODD])
			c->odd = mfn;
	}
	c->count[state]++;
}

#define SAY(...) (len += snprintf(answer + len, sizeof(answer) - len, __VA_ARGS__))

static int pages_answer(unsigned long first, unsigned long count)
{
	struct census c;
	unsigned long i;
	int len = 0;

	if (count > PAGES_LIMIT || first + count < first || first + count > MFN_LIMIT)
		return -ERANGE;
	memset(&c, 0, sizeof(c));
	for (i = 0; i < count; i++)
		page_count(&c, first + i);
	for (i = 0; i < STATES; i++)
		SAY("%s=%lu ", names[i], c.count[i]);
	SAY("refs=%lu typed=%lu guests=", c.refs, c.typed);
	for (i = 0; i < OWNERS && c.owners[i].pages; i++)
		SAY("%s%u:%lu", i ? "," : "", domain_id(guest_of(c.owners[i].owner)),
			c.owners[i].pages);
	SAY(" set=%lu sum=%#lx", c.set, c.sum);
	if (c.count[ODD]) {
		const struct page_info *pg = page_of(c.odd);

		SAY(" first=%#lx,%#lx,%#lx,%#x", c.odd, pg->count_info, pg->type_info, pg->owner);
	}
	return len + 1;
}

static int p2m_answer(uint16_t id, unsigned long gfn)
{
	struct domain *d = get_domain_by_id(id);
	unsigned int type, access, order = 0;
	unsigned long mfn;
	int len = 0, rc = -ESRCH;

	if (!d)
		return rc;
	rc = -EINVAL;
	if (domain_is_hvm(d)) {
		mfn = p2m_get_gfn_type_access(domain_p2m(d), gfn, &type, &access, 0, &order, true);
		p2m_put_gfn(domain_p2m(d), gfn);
		SAY("mfn=%#lx type=%u access=%u order=%u", mfn, type, access, order);
		rc = len + 1;
	}
	domain_put(d);
	return rc;
}

extern const unsigned long efi_l4_mfn __attribute__((visibility("hidden")));

static int slots_answer(void)
{
	const uint64_t *efi = (const uint64_t *)(DIRECTMAP_START + (efi_l4_mfn << 12));
	unsigned int i, idle = 0, same = 0;
	int len = 0;

	for (i = L4_DIRECTMAP; i < L4_DIRECTMAP + (MFN_LIMIT >> 27); i++) {
		if (!(idle_pg_table[i] & PTE_PRESENT))
			continue;
		idle++;
		if (efi_l4_mfn != INVALID_MFN)
			same += !((efi[i] ^ idle_pg_table[i]) & (PTE_ADDRESS | PTE_PRESENT));
	}
	SAY("idle=%u ", idle);
	if (efi_l4_mfn == INVALID_MFN)
		SAY("efi=none");
	else
		SAY("efi=%u", same);
	return len + 1;
}

/* ---- for comparing ---- */

struct seen {
	bool there;
	unsigned long count, type, gfn;
	uint32_t owner;
};

static struct seen seen_at(unsigned long mfn)
{
	const struct page_info *pg = page_of(mfn);

	if (!__mfn_valid(mfn))
		return (struct seen){ .there = false };
	return (struct seen){ true, pg->count_info, pg->type_info,
		((unsigned long *)RW_M2P_START)[mfn], pg->owner };
}

static bool seen_goes_on(const struct seen *a, unsigned long n, const struct seen *b)
{
	unsigned long gfn = a->there && a->gfn != INVALID_M2P ? a->gfn + n : a->gfn;

	return a->there == b->there && a->count == b->count && a->type == b->type &&
	       a->owner == b->owner && b->gfn == gfn;
}

static unsigned int owner_id(uint32_t owner)
{
	const struct domain *d = guest_of(owner);

	return !owner                         ? 0
	       : owner == owner_code(dom_io)  ? DOMID_IO
	       : owner == owner_code(dom_xen) ? DOMID_XEN
	       : d                            ? domain_id(d)
					      : 0xffff;
}

static int run_answer(unsigned long first, unsigned long count)
{
	struct seen is = seen_at(first), next;
	unsigned long n;
	int len = 0;

	if (!count || count > PAGES_LIMIT || first + count < first || first + count > MFN_LIMIT)
		return -ERANGE;
	for (n = 1; n < count; n++) {
		next = seen_at(first + n);
		if (!seen_goes_on(&is, n, &next))
			break;
	}
	SAY("%lu %u %#lx %#lx %u %#lx", n, is.there, is.count, is.type, owner_id(is.owner), is.gfn);
	return len + 1;
}

struct entry { unsigned long mfn, rest; unsigned int type, order; };

static struct entry entry_at(struct domain *d, unsigned long gfn)
{
	unsigned int access;
	struct entry e;

	e.order = 0;
	e.mfn = p2m_get_gfn_type_access(domain_p2m(d), gfn, &e.type, &access, 0, &e.order, true);
	p2m_put_gfn(domain_p2m(d), gfn);
	e.rest = (1ul << e.order) - (gfn & ((1ul << e.order) - 1));
	return e;
}

/* Holes are all the same, whatever they are called and wherever they end. */
static int map_answer(uint16_t id, unsigned long gfn, unsigned long count)
{
	struct domain *d = get_domain_by_id(id);
	struct entry is, next;
	unsigned long n;
	int len = 0;

	if (!d)
		return -ESRCH;
	if (domain_is_hvm(d) && domain_dying(d) == DOMDYING_ALIVE && count <= PAGES_LIMIT) {
		is = next = entry_at(d, gfn);
		for (n = is.rest; n < count; n += next.rest) {
			next = entry_at(d, gfn + n);
			if ((next.mfn == INVALID_MFN) != (is.mfn == INVALID_MFN) ||
				(is.mfn != INVALID_MFN &&
					(next.mfn != is.mfn + n || next.type != is.type ||
						next.order != is.order)))
				break;
		}
		SAY("%lu %#lx %u %u", n < count ? n : count, is.mfn, is.type, is.order);
	}
	domain_put(d);
	return len ? len + 1 : -EINVAL;
}

static int caps_answer(unsigned long first, unsigned long count)
{
	struct rangeset *caps = domain_iomem(hardware_domain);
	int len = 0;

	SAY("%s", rangeset_contains_range(caps, first, first + count - 1) ? "all" :
	    rangeset_overlaps_range(caps, first, first + count - 1) ? "some" : "none");
	return len + 1;
}

static struct rcu_head rcu;
static unsigned long begun, graces;

static void grace_over(struct rcu_head *head)
{
	(void)head;
	__atomic_store_n(&graces, begun, __ATOMIC_RELEASE);
}

static int grace_answer(void)
{
	unsigned long now = __atomic_load_n(&graces, __ATOMIC_ACQUIRE);
	int len = 0;

	if (now == begun) {
		begun++;
		call_rcu(&rcu, grace_over);
	}
	cpumask_raise_softirq(cpu_online_map, RCU_SOFTIRQ);
	SAY("%lu", now);
	return len + 1;
}

/* The number at *at, which is moved past it. */
static unsigned long number(const char **at)
{
	unsigned long n = 0;
	unsigned int base = 10;

	while (**at == ' ')
		++*at;
	if ((*at)[0] == '0' && (*at)[1] == 'x') {
		base = 16;
		*at += 2;
	}
	for (; **at && **at != ' '; ++*at)
		n = n * base + (**at <= '9' ? **at - '0' : **at - 'a' + 10);
	return n;
}

static bool asks(const char *what)
{
	unsigned int i;

	for (i = 0; what[i]; i++)
		if (question[i] != what[i])
			return false;
	return !question[i] || question[i] == ' ';
}

static int answer_find(void)
{
	const char *at = question;
	unsigned long a, b, c;

	while (*at && *at != ' ')
		at++;
	a = number(&at);
	b = number(&at);
	c = number(&at);
	return asks("pages")   ? pages_answer(a, b)
	       : asks("p2m")   ? p2m_answer(a, b)
	       : asks("slots") ? slots_answer()
	       : asks("run")   ? run_answer(a, b)
	       : asks("map")   ? map_answer(a, b, c)
	       : asks("caps")  ? caps_answer(a, b)
	       : asks("grace") ? grace_answer()
	       : asks("flushes") ? flushes_answer(answer, sizeof(answer))
	       : asks("words") ? words_answer(answer, sizeof(answer), a, b)
			       : -EINVAL;
}

static int ask_write(struct hypfs_leaf *leaf, const void *guest, unsigned int len)
{
	int rc = hypfs_write_leaf(leaf, guest, len);

	if (!rc)
		rc = answer_find();
	if (rc < 0)
		return rc;
	answer_leaf.e.size = rc;
	return 0;
}

static int preapply(struct payload *p)
{
	(void)p;
	build = build_by_id();
	return build ? 0 : -EINVAL;
}

/* What RCU is to call must be there. */
static int prerevert(struct payload *p)
{
	(void)p;
	return __atomic_load_n(&graces, __ATOMIC_ACQUIRE) == begun ? 0 : -EBUSY;
}

static void loaded(void)
{
	if (hypfs_add_dir(&hypfs_root, &probe_dir, false))
		return;
	hypfs_add_leaf(&probe_dir, &ask_leaf, false);
	hypfs_add_leaf(&probe_dir, &answer_leaf, false);
}

static void unloaded(void)
{
	flushes_forget();
	hypfs_dir_unlink(&probe_dir);
}

static int (*const preapply_hook)(struct payload *) SECTION(".livepatch.hooks.preapply") = preapply;
static int (*const prerevert_hook)(struct payload *)
	SECTION(".livepatch.hooks.prerevert") = prerevert;
static void (*const load_hook)(void) SECTION(".livepatch.hooks.load") = loaded;
static void (*const unload_hook)(void) SECTION(".livepatch.hooks.unload") = unloaded;
