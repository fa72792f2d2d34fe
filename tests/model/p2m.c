// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests' physical maps: takes entries of 4 KiB, 2 MiB or 1 GiB, and keeps them in tables out of
 * the guest's own pool.
 */
#include "model.h"

#include <stdlib.h>

#define LEVELS 4u

struct entry {
	uint64_t mfn;
	uint8_t type;
	bool leaf;
	struct entry *table;	/* neither leaf nor table: a hole */
};

static struct p2m {
	struct entry *top;
	uint64_t pool;		/* tables left */
	uint64_t highest;	/* gfn that ever had something */
	unsigned int held;
} p2ms[DOMAINS];

static struct entry *table_new(struct p2m *p)
{
	struct entry *table = !p->pool || point("p2m table") ? NULL : calloc(512, sizeof(*table));

	if (table)
		p->pool--;
	return table;
}

static void table_free(struct p2m *p, struct entry *table)
{
	if (!table)
		return;
	for (unsigned int i = 0; i < 512; i++)
		table_free(p, table[i].table);
	free(table);
	p->pool++;
}

void p2m_new(unsigned int slot, uint64_t pool)
{
	p2ms[slot] = (struct p2m){ .top = calloc(512, sizeof(struct entry)), .pool = pool };
}

void p2m_free(unsigned int slot)
{
	table_free(&p2ms[slot], p2ms[slot].top);
	p2ms[slot] = (struct p2m){ .top = NULL };
}

void p2m_clear(unsigned int slot)
{
	for (unsigned int i = 0; i < 512; i++) {
		table_free(&p2ms[slot], p2ms[slot].top[i].table);
		p2ms[slot].top[i] = (struct entry){ .leaf = false };
	}
	p2ms[slot].pool = 0;
}

static unsigned int order_of(unsigned int level) { return level * 9; }

static struct entry *entry_at(struct entry *table, unsigned int level, uint64_t gfn)
{
	return &table[gfn >> order_of(level) & 511];
}

/* A leaf becomes a table of 512 smaller ones, a hole one of holes. */
static bool entry_open(struct p2m *p, struct entry *e, unsigned int level)
{
	struct entry *table;

	if (e->table)
		return true;
	table = table_new(p);
	if (!table)
		return false;
	for (uint64_t i = 0; e->leaf && i < 512; i++)
		table[i] = (struct entry){ .mfn = e->mfn + (i << order_of(level - 1)),
					   .type = e->type,
					   .leaf = true };
	*e = (struct entry){ .table = table };
	return true;
}

int p2m_put(unsigned int slot, uint64_t gfn, uint64_t mfn, unsigned int order, unsigned int type)
{
	struct p2m *p = &p2ms[slot];
	struct entry *table = p->top, *e;

	for (unsigned int level = LEVELS - 1; ; level--) {
		e = entry_at(table, level, gfn);
		if (order_of(level) == order)
			break;
		if (!entry_open(p, e, level))
			return -ENOMEM;
		table = e->table;
	}
	table_free(p, e->table);
	*e = mfn == INVALID_MFN ? (struct entry){ .leaf = false } :
				  (struct entry){ .mfn = mfn, .type = type, .leaf = true };
	if (mfn != INVALID_MFN && gfn + (1ul << order) - 1 > p->highest)
		p->highest = gfn + (1ul << order) - 1;
	return 0;
}

/* Above all that there ever was Xen does not look into the tables: a hole as large as may be. */
static unsigned int hole_above(const struct p2m *p, uint64_t gfn)
{
	unsigned int level = LEVELS - 1;

	while (level && (gfn & ~((1ul << order_of(level)) - 1)) <= p->highest)
		level--;
	return order_of(level);
}

struct leaf p2m_look(unsigned int slot, uint64_t gfn)
{
	struct entry *table = p2ms[slot].top;
	unsigned int level;

	if (table && gfn > p2ms[slot].highest)
		return (struct leaf){ INVALID_MFN, P2M_MMIO_DM, hole_above(&p2ms[slot], gfn) };
	for (level = LEVELS - 1; table; level--) {
		const struct entry *e = entry_at(table, level, gfn);

		if (e->leaf)
			return (struct leaf){ e->mfn + (gfn & ((1ul << order_of(level)) - 1)),
					      e->type, order_of(level) };
		if (!e->table)
			return (struct leaf){ INVALID_MFN, P2M_MMIO_DM, order_of(level) };
		table = e->table;
	}
	return (struct leaf){ INVALID_MFN, P2M_INVALID, 0 };
}

static void walk(unsigned int slot, struct entry *table, unsigned int level, uint64_t gfn,
		 void (*f)(unsigned int slot, uint64_t gfn, struct leaf leaf))
{
	for (uint64_t i = 0; table && i < 512; i++) {
		uint64_t at = gfn + (i << order_of(level));

		if (table[i].leaf)
			f(slot, at, (struct leaf){ table[i].mfn, table[i].type, order_of(level) });
		else if (table[i].table)
			walk(slot, table[i].table, level - 1, at, f);
	}
}

void p2m_walk(unsigned int slot, void (*f)(unsigned int slot, uint64_t gfn, struct leaf leaf))
{
	walk(slot, p2ms[slot].top, LEVELS - 1, 0, f);
}

/* ---- what the extension calls ---- */

static unsigned int slot_by(const struct p2m_domain *p2m)
{
	return slot_of(FIELD(p2m, struct domain *, builds[machine.config.build].p2m_domain));
}

unsigned long p2m_get_gfn_type_access(struct p2m_domain *p2m, unsigned long gfn, unsigned int *type,
				      unsigned int *access, unsigned int query, unsigned int *order,
				      bool locked)
{
	unsigned int slot = slot_by(p2m);
	struct leaf leaf;

	moment();
	leaf = p2m_look(slot, gfn);
	if (query)
		broken("p2m query %u", query);
	if (locked) {
		p2ms[slot].held++;
		machine.locks++;
	}
	*type = leaf.type;
	*access = FIELD(p2m, uint32_t, builds[machine.config.build].p2m_access);
	if (order)
		*order = leaf.order;
	return leaf.mfn;
}

void p2m_put_gfn(struct p2m_domain *p2m, unsigned long gfn)
{
	(void)gfn;
	if (!p2ms[slot_by(p2m)].held--)
		broken("a p2m that is not held is let go");
	machine.locks--;
	moment();
}

/* AMD's entries have no room for a type if they are not present: it is a hole then. */
static int p2m_break(unsigned int slot, uint64_t gfn, uint64_t mfn, unsigned int order)
{
	if (order || p2m_look(slot, gfn).mfn != mfn)
		broken("gfn %#lx is broken as frame %#lx, which is not there", gfn, mfn);
	return p2m_put(slot, gfn, machine.config.intel ? mfn : INVALID_MFN, 0, P2M_RAM_BROKEN);
}

/* The same mapping again, in a smaller entry. */
static bool p2m_splits(unsigned int slot, uint64_t gfn, uint64_t mfn, unsigned int order,
		       unsigned int type)
{
	struct leaf leaf = p2m_look(slot, gfn);

	return leaf.mfn == mfn && leaf.order > order && leaf.type == type;
}

int p2m_set_entry(struct p2m_domain *p2m, unsigned long gfn, unsigned long mfn, unsigned int order,
		  unsigned int type, unsigned int access)
{
	unsigned int slot = slot_by(p2m);

	if (!p2ms[slot].held)
		broken("a p2m is changed without its lock");
	if (access != FIELD(p2m, uint32_t, builds[machine.config.build].p2m_access))
		broken("p2m access %u", access);
	if (mfn != INVALID_MFN && order == 18 && machine.config.intel && guest_walks(slot))
		broken("Xen looks at each page of 1 GiB under the p2m lock");
	/* Xen on Intel splits all of the leaf into pages. */
	if (machine.config.intel && !order && p2m_look(slot, gfn).mfn != INVALID_MFN &&
	    p2m_look(slot, gfn).order > ORDER_2M)
		return -ENOMEM;
	if (guest_devices_tables(slot) && !heap_left())
		broken("Xen has crashed the guest: no memory for an I/O page table");
	if (type == P2M_RAM_BROKEN)
		return p2m_break(slot, gfn, mfn, order);
	if (mfn != INVALID_MFN && p2m_look(slot, gfn).mfn != INVALID_MFN &&
	    !p2m_splits(slot, gfn, mfn, order, type))
		broken("gfn %#lx has something", gfn);
	if (mfn == INVALID_MFN && is_nvdimm(p2m_look(slot, gfn).mfn))
		stale_note(p2m_look(slot, gfn).mfn, slot);
	return p2m_put(slot, gfn, mfn, order, type);
}

bool p2m_held(unsigned int slot) { return p2ms[slot].held; }
