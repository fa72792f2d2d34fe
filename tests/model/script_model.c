// SPDX-License-Identifier: GPL-2.0-only
/* The model answers scripts. */
#include "model.h"
#include "script.h"

#include <string.h>

static unsigned int ids[SCRIPT_GUESTS];	/* of the script's guests; 0: none */

static int done(bool ok) { return ok ? 0 : -EINVAL; }

/* Pages that dom0 maps; id 0: unused. */
static struct { unsigned int id; uint64_t gfn, mfn; bool grant; } taken[SCRIPT_GUESTS][8];

void script_fresh(void)
{
	memset(ids, 0, sizeof(ids));
	memset(taken, 0, sizeof(taken));
	script_nvdimm =
		(struct script_nvdimm){ machine.config.nvdimm.first, machine.config.nvdimm.count };
	watch_fresh();
}

void script_begin(const struct config *config)
{
	machine_boot(config);
	extension_fresh();
	script_fresh();
	if (extension_load(false))
		broken("not loaded: %s", machine.log);
}

void script_must(const char *line)
{
	if (script_line(line, NULL))
		broken("%s: %s", line, script_reason);
	check_all();
}

void script_expect(const char *line, int error, const char *why)
{
	int rc = script_line(line, NULL);

	if (rc != -error || !strstr(script_reason, why))
		broken("%s: %d, %s", line, rc, script_reason);
	check_all();
}

unsigned int back_domid(unsigned int g) { return g < SCRIPT_GUESTS && ids[g] ? ids[g] : DOMAINS; }
int back_command(struct xen_pmem_command *c) { return command(c); }
void back_wait(void) { grace_pass(); }
void back_settle(void) { settle(); }

#define XL_RAM		0x4000u		/* RAM of a guest made by xl, where scripts look */
#define XL_RAM_PAGES	2048u

/* A number that Xen has given again is not any more that of the guest who had it. */
int back_guest(unsigned int g, const char *kind)
{
	unsigned int id = guest_create(
		!strcmp(kind, "pv")    ? 0 :
		!strcmp(kind, "nohap") ? CDF_HVM :
					 CDF_HVM | CDF_HAP |
						 (strcmp(kind, "nested") ? 0 : CDF_NESTED_VIRT) |
						 (strcmp(kind, "devices") ? 0 : CDF_IOMMU),
		strcmp(kind, "poor") ? 512 : 1);

	for (unsigned int i = 0; i < SCRIPT_GUESTS; i++)
		ids[i] = ids[i] == id ? 0 : ids[i];
	ids[g] = id;
	for (unsigned int i = 0; id && !strcmp(kind, "xl") && i < XL_RAM_PAGES; i++)
		guest_populate(id, XL_RAM + i);
	return done(id);
}

int back_unpause(unsigned int g)
{
	unsigned int id = back_domid(g);

	if (id == DOMAINS || !doms[id].xen || domain_has_run(doms[id].xen))
		return -EINVAL;
	guest_unpause(id);
	return 0;
}

int back_destroy(unsigned int g)
{
	unsigned int id = back_domid(g);

	if (id == DOMAINS || !doms[id].xen)
		return -EINVAL;
	if (!guest_dying(id)) {
		guest_kill(id);
		guest_reap(id);
	}
	return 0;
}

int back_populate(unsigned int g, uint64_t gfn) { return done(guest_populate(ids[g], gfn)); }
int back_give_up(unsigned int g, uint64_t gfn) { return done(guest_give_up(ids[g], gfn)); }
int back_unhook(unsigned int g, uint64_t gfn) { return done(guest_unhook(ids[g], gfn)); }
int back_move(unsigned int g, uint64_t from, uint64_t to)
{
	return done(guest_move(ids[g], from, to));
}

/*
 * A grant is mapped twice: for the process that asks, and for dom0's kernel. What a PV domain maps
 * of an HVM guest is not counted by type.
 */
static unsigned int refs_of(bool grant) { return grant ? 2 : 1; }

/* Of RAM it does not matter who has it. */
int back_take(unsigned int g, uint64_t gfn, bool grant)
{
	uint64_t mfn = p2m_look(ids[g], gfn).mfn;

	for (unsigned int i = 0; i < 8; i++)
		if (!taken[g][i].id) {
			if (is_ram(mfn) ? guest_dying(ids[g]) : !ref_take(ids[g], gfn, false))
				return -EINVAL;
			if (!is_ram(mfn) && grant)
				ref_take(ids[g], gfn, false);
			taken[g][i].id = ids[g];
			taken[g][i].gfn = gfn;
			taken[g][i].mfn = mfn;
			taken[g][i].grant = grant;
			return 0;
		}
	return -ENOSPC;
}

static void refs_drop(unsigned int id, uint64_t mfn, bool grant)
{
	unsigned int n = refs_of(grant);

	for (unsigned int r = 0; n && r < REFS; r++)
		if (refs[r].id == id && refs[r].mfn == mfn) {
			ref_drop(r);
			n--;
		}
}

int back_drop(unsigned int g, uint64_t gfn, bool grant)
{
	for (unsigned int i = 0; i < 8; i++)
		if (taken[g][i].id && taken[g][i].gfn == gfn && taken[g][i].grant == grant) {
			if (!is_ram(taken[g][i].mfn))
				refs_drop(taken[g][i].id, taken[g][i].mfn, grant);
			taken[g][i].id = 0;
			return 0;
		}
	return -ENOENT;
}

int back_hold(uint64_t mfn) { return done(dom0_map(mfn)); }

int back_let(uint64_t mfn)
{
	for (unsigned int i = 0; i < MAPS; i++)
		if (dom0_maps[i] == mfn)
			return done(dom0_unmap(i));
	return -ENOENT;
}

int back_iomem(unsigned int g, uint64_t mfn, uint64_t count)
{
	return done(iomem_grant(ids[g], (struct frames){ mfn, count }));
}

int back_dom0(uint64_t mfn, uint64_t count)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < count; i++)
		n += caps_have(0, mfn + i);
	return n == count ? 2 : n ? 1 : 0;
}

static unsigned int owner_name(uint32_t owner)
{
	for (unsigned int g = 1; g < SCRIPT_GUESTS; g++)
		if (ids[g] && doms[ids[g]].xen &&
		    owner == ((unsigned long)doms[ids[g]].xen - DIRECTMAP_START) >> 12)
			return g;
	return owner == ((unsigned long)dom_io - DIRECTMAP_START) >> 12 ? DOMID_IO :
	       owner == ((unsigned long)dom_xen - DIRECTMAP_START) >> 12 ? DOMID_XEN : 0;
}

static struct script_page page_at(uint64_t mfn)
{
	if (!frame_valid(mfn))
		return (struct script_page){ .there = false };
	return (struct script_page){ true, info(mfn)->count_info, info(mfn)->type_info,
				     owner_name(info(mfn)->owner), *m2p(mfn) };
}

static bool page_follows(const struct script_page *a, uint64_t n, const struct script_page *b)
{
	return a->there == b->there && a->count == b->count && a->type == b->type &&
	       a->owner == b->owner &&
	       b->gfn == (a->there && a->gfn != ~0ull ? a->gfn + n : a->gfn);
}

uint64_t back_pages(uint64_t mfn, uint64_t limit, struct script_page *is)
{
	uint64_t n;

	*is = page_at(mfn);
	for (n = 1; n < limit; n++) {
		struct script_page next = page_at(mfn + n);

		if (!page_follows(is, n, &next))
			break;
	}
	return n;
}

static struct script_leaf leaf_at(unsigned int id, uint64_t gfn, uint64_t *rest)
{
	struct leaf leaf = p2m_look(id, gfn);

	*rest = (1ul << leaf.order) - (gfn & ((1ul << leaf.order) - 1));
	if (leaf.mfn == INVALID_MFN)
		return (struct script_leaf){ .what = LEAF_HOLE };
	if (!is_nvdimm(leaf.mfn))
		return (struct script_leaf){ .what = LEAF_RAM };
	return (struct script_leaf){ LEAF_PMEM, leaf.mfn, leaf.type, leaf.order };
}

/* 0 for a guest that is destroyed, and for a PV guest: it lacks a physical map. */
uint64_t back_map(unsigned int g, uint64_t gfn, uint64_t limit, struct script_leaf *is)
{
	unsigned int id = back_domid(g);
	uint64_t n, rest;

	if (id == DOMAINS || !doms[id].xen || doms[id].pv || guest_dying(id))
		return 0;
	*is = leaf_at(id, gfn, &rest);
	for (n = rest; n < limit; n += rest) {
		struct script_leaf next = leaf_at(id, gfn + n, &rest);

		if (next.what != is->what || next.type != is->type || next.order != is->order ||
		    (is->what == LEAF_PMEM && next.mfn != is->mfn + n))
			break;
	}
	return n < limit ? n : limit;
}
