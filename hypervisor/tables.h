/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the extension knows: the ranges that are served, the guests that hold pages of them, and the
 * groups of frames that have metadata. Every scan of these tables is here.
 *
 * The tables are touched under hypfs' lock, which a write holds exclusively, or with every CPU
 * stopped (load and unload hooks).
 */
#ifndef XEN_PMEM_HYPERVISOR_TABLES_H
#define XEN_PMEM_HYPERVISOR_TABLES_H

#include "builds.h"
#include "map.h"
#include "page.h"
#include "range.h"
#include <xen-pmem/command.h>

#pragma GCC visibility push(hidden)

_Static_assert(GROUP_FRAMES << 12 == XEN_PMEM_GROUP_SIZE, "one definition of a group");

/* ---- ranges ---- */

/*
 * ranges.h draws how one follows the other. The order matters: what comes after CHECKED was proven,
 * and is Xen's.
 */
enum range_state {
	RANGE_UNUSED,		/* a free slot of the table */
	RANGE_WAITING,		/* dom0 may not map it; whether a domain does is not proven */
	RANGE_CHECKING,		/* in the pass that is to prove it */
	RANGE_CHECKED,		/* no domain maps it; its SERVE has not seen that yet */
	RANGE_SERVED,		/* proven, and free but for what guests hold */
	RANGE_TO_HOST,		/* a host range whose free pages become dom0's, from the first on */
	RANGE_HOST,		/* a host range: dom0's, but for what guests hold */
	RANGE_FROM_HOST,	/* a host range whose pages become free, from the last on */
};

struct range {
	struct frames frames;
	uint8_t uuid[16];
	enum range_state state;
	bool host;		/* SERVE had the flag HOST */
	bool mapped;		/* in Xen's direct map */
	uint64_t grace;		/* WAITING: until this is over, a CPU may map it for dom0 */
	uint64_t assigned;	/* pages that guests hold */
	uint64_t hosted;	/* pages, counted from the first, in state host or held by guests */
	uint64_t looked;	/* UNSERVE has found this many of them unmapped */
	bool unserve_failed;	/* TO_HOST: dom0 mapped one; UNSERVE is refused at the end */
};

extern struct range reserved, ranges[XEN_PMEM_RANGES];

static inline bool range_proven(const struct range *r) { return r->state > RANGE_CHECKED; }

/* Whether guests may be given pages of it. */
static inline bool range_ready(const struct range *r)
{
	return r->state == (r->host ? RANGE_HOST : RANGE_SERVED);
}

/* Each returns NULL if no range matches. */
struct range *range_find(const uint8_t *uuid);
struct range *range_around(struct frames f);		/* that has all of these frames */
struct range *range_slot(void);
struct range *range_nth(uint32_t n);			/* of those in use, from 0 */

unsigned int ranges_count(void);

/* How many are in this state, the reserved area included; list (or NULL) gets them. */
#define RANGES_ALL (XEN_PMEM_RANGES + 1)
unsigned int ranges_in(enum range_state state, struct range *list[RANGES_ALL]);

bool ranges_overlap(struct frames f);

/* The frames that the command's spa and length name. */
static inline struct frames command_frames(const struct xen_pmem_command *c)
{
	return (struct frames){ c->spa >> 12, c->length >> 12 };
}

/* Whether the frame belongs to a range or to the reserved area. */
bool frame_known(uint64_t mfn);

/* Whether some of it is RAM or firmware's memory, by the map that Xen got. Takes no lock. */
bool ram_overlaps(struct frames f);

/* Neither of these: an NVDIMM is such memory, whoever has it. */
bool frame_may_be_nvdimm(uint64_t mfn);

/* What the interface calls the range's state. */
enum xen_pmem_range_state range_public_state(const struct range *r);

/* ---- holdings: one guest's pages of one range ---- */

/* Frames that go to gfn on in one step: one leaf, or up to 512 small ones. */
struct piece {
	struct frames frames;
	uint64_t gfn;
	enum page_kind kind;
};

struct holding {
	struct domain *domain;	/* referenced; NULL: a free slot */
	struct range *range;
	uint64_t pages;
	uint64_t mfn, gfn;	/* of the first page assigned */
	struct piece piece;	/* under way over several commands; count 0: idle */
	uint64_t converted;	/* its pages below this are the guest's, and not mapped */
	int failed;		/* -errno: the piece is being undone by every command; or 0 */
	const char *why;	/* the line of that refusal */
};

extern struct holding holdings[XEN_PMEM_HOLDINGS];

#define FOR_EACH_HOLDING(h) \
	for (struct holding *h = holdings; h < holdings + XEN_PMEM_HOLDINGS; h++) \
		if (h->domain)

/* Each returns NULL if no holding matches. */
struct holding *holding_find(uint16_t domain, const struct range *r);
struct holding *holding_slot(void);
struct holding *holding_nth(uint32_t n);		/* of those in use, from 0 */

/*
 * Frees the slot and drops the reference to the domain, if the holding has no page and no failed
 * piece.
 */
void holding_drop_if_empty(struct holding *h);
void holdings_drop_empty(uint16_t domain);

enum xen_pmem_holder_state holding_state(const struct holding *h);

/* ---- groups: 256 MiB of frames, the unit of metadata; group.h draws the states ---- */

#define GROUPS		(MFN_LIMIT >> GROUP_ORDER)
#define GIBS		(MFN_LIMIT >> ORDER_1G)
#define GIB_GROUPS	(1u << (ORDER_1G - GROUP_ORDER))	/* groups of one GiB */

enum group_state { GROUP_NONE, GROUP_LIVE, GROUP_CLOSING, GROUP_WAITING, GROUP_GONE };

struct group {
	uint8_t state;
	uint16_t chunk;		/* that its page_infos are in; not with GROUP_NONE */
	uint32_t used;		/* pages of guests, of host ranges, and of M2P */
	uint32_t guests;	/* pages of guests */
};

extern struct group groups[GROUPS];

#define FOR_EACH_GROUP(g, f) \
	for (uint64_t g = (f).first >> GROUP_ORDER; \
	     g <= ((f).first + (f).count - 1) >> GROUP_ORDER; g++)

static inline struct frames group_frames(uint64_t group)
{
	return (struct frames){ group << GROUP_ORDER, GROUP_FRAMES };
}

static inline struct group *group_of(uint64_t mfn) { return &groups[mfn >> GROUP_ORDER]; }

/* Whether pages of the group may be used. */
static inline bool group_live(uint64_t mfn) { return group_of(mfn)->state == GROUP_LIVE; }

/* Whether the group's page_infos are there, perhaps on their way out. */
static inline bool group_present(uint64_t mfn) { return group_of(mfn)->state != GROUP_NONE; }

/* The part of f, from its first frame on, that lies in one group. */
static inline struct frames group_part(struct frames f)
{
	return frames_intersect(f, group_frames(f.first >> GROUP_ORDER));
}

#pragma GCC visibility pop

#endif
