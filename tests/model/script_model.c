// SPDX-License-Identifier: GPL-2.0-only
/* The model answers scripts. */
#include "model.h"
#include "script.h"

#include <string.h>

static unsigned int ids[SCRIPT_GUESTS];	/* of the script's guests; 0: none */

static int done(bool ok) { return ok ? 0 : -EINVAL; }

void script_fresh(void) { memset(ids, 0, sizeof(ids)); }
unsigned int back_domid(unsigned int g) { return g < SCRIPT_GUESTS && ids[g] ? ids[g] : DOMAINS; }
int back_command(struct xen_pmem_command *c) { return command(c); }
void back_wait(void) { grace_pass(); }

int back_guest(unsigned int g, const char *kind)
{
	ids[g] = guest_create(!strcmp(kind, "pv") ? 0 : !strcmp(kind, "nohap") ? CDF_HVM :
			      CDF_HVM | CDF_HAP | (strcmp(kind, "nested") ? 0 : CDF_NESTED_VIRT), 512);
	return done(ids[g]);
}

int back_unpause(unsigned int g)
{
	guest_unpause(ids[g]);
	return 0;
}

int back_destroy(unsigned int g)
{
	guest_kill(ids[g]);
	guest_reap(ids[g]);
	return 0;
}

int back_populate(unsigned int g, uint64_t gfn) { return done(guest_populate(ids[g], gfn)); }
int back_give_up(unsigned int g, uint64_t gfn) { return done(guest_give_up(ids[g], gfn)); }
int back_unhook(unsigned int g, uint64_t gfn) { return done(guest_unhook(ids[g], gfn)); }
int back_move(unsigned int g, uint64_t from, uint64_t to) { return done(guest_move(ids[g], from, to)); }

static uint64_t taken[SCRIPT_GUESTS][8][2];	/* gfn, mfn */

int back_take(unsigned int g, uint64_t gfn)
{
	uint64_t mfn = p2m_look(ids[g], gfn).mfn;

	for (unsigned int i = 0; i < 8; i++)
		if (!taken[g][i][0]) {
			if (!ref_take(ids[g], gfn))
				return -EINVAL;
			taken[g][i][0] = gfn;
			taken[g][i][1] = mfn;
			return 0;
		}
	return -ENOSPC;
}

int back_drop(unsigned int g, uint64_t gfn)
{
	for (unsigned int i = 0; i < 8; i++)
		for (unsigned int r = 0; taken[g][i][0] == gfn && r < REFS; r++)
			if (refs[r].id == ids[g] && refs[r].mfn == taken[g][i][1]) {
				taken[g][i][0] = 0;
				return done(ref_drop(r));
			}
	return -ENOENT;
}

int back_at(unsigned int g, uint64_t gfn) { return p2m_look(ids[g], gfn).mfn != INVALID_MFN; }

static unsigned int owner_name(uint32_t owner)
{
	for (unsigned int g = 1; g < SCRIPT_GUESTS; g++)
		if (ids[g] && doms[ids[g]].xen && owner == ((unsigned long)doms[ids[g]].xen - DIRECTMAP_START) >> 12)
			return g;
	return owner == ((unsigned long)dom_io - DIRECTMAP_START) >> 12 ? DOMID_IO :
	       owner == ((unsigned long)dom_xen - DIRECTMAP_START) >> 12 ? DOMID_XEN : 0;
}

bool back_page(uint64_t mfn, uint64_t *count, uint64_t *type, unsigned int *owner)
{
	if (!frame_valid(mfn))
		return false;
	*count = info(mfn)->count_info;
	*type = info(mfn)->type_info;
	*owner = owner_name(info(mfn)->owner);
	return true;
}
