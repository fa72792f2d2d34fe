// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a script can see: asks whoever answers for everything there is, and writes it down so that
 * it is the same everywhere.
 */
#include "script.h"

#include <string.h>

#define WINDOWS 64u

static struct { unsigned int g; uint64_t gfn, count; } windows[WINDOWS];	/* g 0: unused */

static unsigned long ul(uint64_t n) { return n; }

static struct xen_pmem_command question(unsigned int op, unsigned int index)
{
	return (struct xen_pmem_command){
		.magic = XEN_PMEM_COMMAND_MAGIC, .abi = XEN_PMEM_ABI, .op = op, .index = index
	};
}

/* Not how long the longest command was: that depends on how much RAM there is. */
void watch_hello(FILE *out)
{
	struct xen_pmem_command c = question(XEN_PMEM_OP_HELLO, 0);
	int rc = back_command(&c);

	if (out && rc)
		fprintf(out, "  hello (%d): %s\n", -rc, c.reason);
	else if (out)
		fprintf(out, "  ranges %lu, reserved %u: %#lx + %#lx, metadata %#lx of %#lx\n",
			ul(c.count), c.uuid[0], ul(c.spa), ul(c.length), ul(c.bytes_used),
			ul(c.bytes_total));
}

static void range_line(const struct xen_pmem_command *c, FILE *out)
{
	static const char *const may[] = { "none of it", "some of it", "it" };

	fprintf(out,
		"  range %u: %#lx + %#lx, state %u, assigned %lu, metadata %#lx; dom0 may map %s\n",
		c->uuid[0], ul(c->spa), ul(c->length), c->state, ul(c->count), ul(c->bytes_used),
		may[back_dom0(c->spa >> 12, c->length >> 12)]);
}

void watch_ranges(FILE *out)
{
	for (unsigned int i = 0; ; i++) {
		struct xen_pmem_command c = question(XEN_PMEM_OP_QUERY_RANGE, i);

		if (back_command(&c))
			return;
		if (out)
			range_line(&c, out);
	}
}

static unsigned int guest_by_domid(unsigned int domid)
{
	unsigned int g;

	for (g = 1; g < SCRIPT_GUESTS && back_domid(g) != domid; g++)
		;
	return g;
}

void watch_holdings(FILE *out)
{
	for (unsigned int i = 0; ; i++) {
		struct xen_pmem_command c = question(XEN_PMEM_OP_QUERY_HOLDING, i);

		if (back_command(&c))
			return;
		if (out)
			fprintf(out, "  guest %u, range %u: %#lx at %#lx, pages %lu, state %u\n",
				guest_by_domid(c.domain), c.uuid[0], ul(c.spa), ul(c.gpa),
				ul(c.count), c.state);
	}
}

static void page_line(uint64_t mfn, uint64_t run, const struct script_page *is, FILE *out)
{
	fprintf(out, "  %#lx: %lu pages, ", ul(mfn << 12), ul(run));
	if (!is->there)
		fprintf(out, "no page_info\n");
	else if (is->gfn == ~0ull)
		fprintf(out, "count %#lx, type %#lx, owner %u, nowhere\n", ul(is->count),
			ul(is->type), is->owner);
	else
		fprintf(out, "count %#lx, type %#lx, owner %u, at %#lx\n", ul(is->count),
			ul(is->type), is->owner, ul(is->gfn << 12));
}

void watch_pages(uint64_t mfn, uint64_t count, FILE *out)
{
	uint64_t run;

	for (; count; mfn += run, count -= run) {
		struct script_page is = { .there = false };

		run = back_pages(mfn, count, &is);
		if (out)
			page_line(mfn, run, &is, out);
	}
}

void watch_map(unsigned int g, uint64_t gfn, uint64_t count, FILE *out)
{
	uint64_t run;

	for (; count; gfn += run, count -= run) {
		struct script_leaf is = { .what = LEAF_HOLE };

		run = back_map(g, gfn, count, &is);
		if (!run)
			return;
		if (!out)
			continue;
		fprintf(out, "  guest %u at %#lx: %lu pages, ", g, ul(gfn << 12), ul(run));
		if (is.what == LEAF_PMEM)
			fprintf(out, "%#lx on, type %u, leaves of order %u\n", ul(is.mfn << 12),
				is.type, is.order);
		else
			fprintf(out, "%s\n", is.what == LEAF_RAM ? "RAM" : "a hole");
	}
}

void watch_add(unsigned int g, uint64_t gfn, uint64_t count)
{
	for (unsigned int i = 0; i < WINDOWS; i++) {
		if (windows[i].g == g && gfn - windows[i].gfn < windows[i].count &&
		    gfn + count <= windows[i].gfn + windows[i].count)
			return;
		if (windows[i].g)
			continue;
		windows[i].g = g;
		windows[i].gfn = gfn;
		windows[i].count = count;
		return;
	}
}

void script_watch(FILE *out)
{
	watch_hello(out);
	watch_ranges(out);
	watch_holdings(out);
	watch_pages(script_nvdimm.first, script_nvdimm.count, out);
	for (unsigned int i = 0; i < WINDOWS && windows[i].g; i++)
		watch_map(windows[i].g, windows[i].gfn, windows[i].count, out);
}

void watch_fresh(void) { memset(windows, 0, sizeof(windows)); }
