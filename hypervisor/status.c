// SPDX-License-Identifier: GPL-2.0-only
/* Writes what the tables say as text. */
#include "status.h"

#include "caches.h"
#include "chunk.h"
#include "slots.h"
#include "tables.h"
#include "version.h"

#define STATUS_SIZE 32768u

static char status_text[STATUS_SIZE];

struct hypfs_leaf status_leaf = {
	.e = { .type = HYPFS_STRING, .name = "status", .funcs = &hypfs_leaf_ro_funcs },
	.content = status_text,
};

static const char *const holder_names[] = {
	[XEN_PMEM_HOLDER_BUILDING] = "being built",
	[XEN_PMEM_HOLDER_RUNNING] = "running",
	[XEN_PMEM_HOLDER_DYING] = "dying",
	[XEN_PMEM_HOLDER_DEAD] = "dead, not released",
};

struct text {
	char *at;
	size_t left;
};

#define text_add(t, ...) text_advance(t, snprintf((t)->at, (t)->left, __VA_ARGS__))

static void text_advance(struct text *t, int n)
{
	size_t step = n < 0 ? 0 : (size_t)n < t->left ? (size_t)n : t->left - 1;

	t->at += step;
	t->left -= step;
}

static void text_uuid(struct text *t, const uint8_t *u)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		text_add(t, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", u[i]);
}

static const char *const state_names[] = {
	[XEN_PMEM_RANGE_CHECKING] = "being checked",
	[XEN_PMEM_RANGE_SERVED] = "served",
	[XEN_PMEM_RANGE_HOST] = "dom0's own",
};

static void text_range(struct text *t, const struct range *r)
{
	enum xen_pmem_range_state state = range_public_state(r);

	text_add(t, "range ");
	text_uuid(t, r->uuid);
	text_add(t, " spa %#lx, %lu MiB, %s: %lu pages %s, %lu with guests\n",
		 (unsigned long)r->frames.first << 12, (unsigned long)r->frames.count >> 8,
		 state_names[state], (unsigned long)(r->frames.count - r->assigned),
		 state == XEN_PMEM_RANGE_HOST ? "dom0's" : "free", (unsigned long)r->assigned);
	FOR_EACH_HOLDING(h)
		if (h->range == r)
			text_add(t, "  domain %u: %lu pages, gpa %#lx, %s\n", domain_id(h->domain),
				 (unsigned long)h->pages, (unsigned long)h->gfn << 12,
				 holder_names[holding_state(h)]);
}

static void text_reserved(struct text *t)
{
	if (!reserved.state) {
		text_add(t, "no reserved area\n");
		return;
	}
	text_add(t, "reserved spa %#lx, %lu MiB, %s: metadata %lu of %lu KiB",
		 (unsigned long)reserved.frames.first << 12,
		 (unsigned long)reserved.frames.count >> 8,
		 range_proven(&reserved) ? "in use" : "being checked",
		 (unsigned long)chunks_used() << 11, (unsigned long)chunks_room() << 11);
	if (chunks_retired())
		text_add(t, ", %lu KiB retired", (unsigned long)chunks_retired() << 11);
	text_add(t, "\n");
}

void status_update(uint64_t longest)
{
	struct text t = { status_text, STATUS_SIZE };
	const struct range *r;
	uint32_t n;

	text_add(&t,
		 "xen-pmem " XEN_PMEM_VERSION
		 ", abi %u, Xen %s, longest command %lu pages, %lu WBINVDs, "
		 "%u slots filled, %lu PV tables after that\n",
		 XEN_PMEM_ABI, build->version, (unsigned long)longest,
		 (unsigned long)wbinvds_count(), slots_filled(), slots_pv_filled());
	text_reserved(&t);
	for (n = 0; (r = range_nth(n)); n++)
		text_range(&t, r);
	status_leaf.e.size = t.at - status_text + 1;	/* with the closing NUL */
}
