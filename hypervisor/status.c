// SPDX-License-Identifier: GPL-2.0-only
/* /pmem/status: takes the tables, hands on text for people. */
#include "extension.h"
#include "version.h"

#define STATUS_SIZE 32768u

char status_text[STATUS_SIZE];

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
	unsigned int i;

	text_add(t, "range ");
	text_uuid(t, r->uuid);
	text_add(t, " spa %#lx, %lu MiB, %s: %lu pages %s, %lu with guests\n", (unsigned long)r->frames.first << 12,
		 (unsigned long)r->frames.count >> 8, state_names[range_state(r)],
		 (unsigned long)(r->frames.count - r->assigned),
		 range_state(r) == XEN_PMEM_RANGE_HOST ? "dom0's" : "free", (unsigned long)r->assigned);
	for (i = 0; i < XEN_PMEM_HOLDINGS; i++)
		if (holdings[i].domain && holdings[i].range == r)
			text_add(t, "  domain %u: %lu pages, gpa %#lx, %s\n", domain_id(holdings[i].domain),
				 (unsigned long)holdings[i].pages, (unsigned long)holdings[i].gfn << 12,
				 holder_names[holding_state(&holdings[i])]);
}

/* Returns the length with the closing NUL. */
unsigned int status_update(uint64_t longest_command)
{
	struct text t = { status_text, STATUS_SIZE };
	unsigned int i;

	text_add(&t, "xen-pmem " XEN_PMEM_VERSION ", abi %u, Xen %s, longest command %lu pages, %lu WBINVDs\n",
		 XEN_PMEM_ABI, build->version, (unsigned long)longest_command, (unsigned long)whole_flushes);
	if (reserved.frames.count)
		text_add(&t, "reserved spa %#lx, %lu MiB, %s: metadata %lu of %lu KiB\n",
			 (unsigned long)reserved.frames.first << 12, (unsigned long)reserved.frames.count >> 8,
			 reserved.state == XEN_PMEM_RANGE_SERVED ? "in use" : "being checked",
			 (unsigned long)chunks_used() << 11, (unsigned long)chunks_total() << 11);
	else
		text_add(&t, "no reserved area\n");
	for (i = 0; i < XEN_PMEM_RANGES; i++)
		if (ranges[i].frames.count)
			text_range(&t, &ranges[i]);
	return t.at - status_text + 1;
}
