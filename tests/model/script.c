// SPDX-License-Identifier: GPL-2.0-only
/* Runs scripts: takes a line, brings it to whoever answers, and writes down what is to be the same everywhere. */
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 8

static char *words[WORDS];
static unsigned int count;
uint64_t script_done;
char script_reason[64];

static uint64_t number(unsigned int i)
{
	char *end;
	uint64_t n = i < count ? strtoull(words[i], &end, 0) : 0;

	if (i < count && *end)
		n <<= *end == 'G' ? 30 : *end == 'M' ? 20 : 10;
	return n;
}

/* ---- commands ---- */

static bool goes_on(const struct xen_pmem_command *c)
{
	return c->op != XEN_PMEM_OP_UNSERVE && c->op != XEN_PMEM_OP_UNRESERVE && c->op != XEN_PMEM_OP_HELLO && c->done != c->length;
}

static void next_call(struct xen_pmem_command *c)
{
	if (c->op == XEN_PMEM_OP_RELEASE || c->op == XEN_PMEM_OP_ERASE)
		c->length = 0;
	c->count = c->pending = c->state = 0;
	memset(c->reason, 0, sizeof(c->reason));
	back_wait();
}

/* Until it is over or refused; counts add up. */
static int command_all(struct xen_pmem_command *c)
{
	uint64_t pages = 0, pending = 0;
	unsigned int calls;
	int rc = 0;

	for (calls = 0; calls < 20000; calls++) {
		rc = back_command(c);
		pages += c->count;
		pending += c->pending;
		if (rc ? rc != -EAGAIN : !goes_on(c))
			break;
		next_call(c);
	}
	c->count = pages;
	c->pending = pending;
	script_done = c->done;
	snprintf(script_reason, sizeof(script_reason), "%s", c->reason);
	return rc;
}

static struct xen_pmem_command command_of(unsigned int op, unsigned int uuid_word, unsigned int spa_word)
{
	struct xen_pmem_command c = { .magic = XEN_PMEM_COMMAND_MAGIC, .abi = XEN_PMEM_ABI, .op = op };

	if (uuid_word)
		memset(c.uuid, number(uuid_word), sizeof(c.uuid));
	if (spa_word) {
		c.spa = number(spa_word);
		c.length = number(spa_word + 1);
	}
	return c;
}

static int run_command(struct xen_pmem_command c, FILE *out)
{
	int rc = command_all(&c);

	if (out && rc)
		fprintf(out, "  refused (%d): %s\n", -rc, c.reason);
	if (out && !rc && c.op == XEN_PMEM_OP_RELEASE)
		fprintf(out, "  pages %lu, pending %lu\n", (unsigned long)c.count, (unsigned long)c.pending);
	return rc;
}

static int do_assign(FILE *out)
{
	struct xen_pmem_command c = command_of(XEN_PMEM_OP_ASSIGN, 2, 3);

	c.domain = back_domid(number(1));
	c.gpa = number(5);
	c.flags = number(6);
	return run_command(c, out);
}

static int do_release(FILE *out)
{
	struct xen_pmem_command c = command_of(XEN_PMEM_OP_RELEASE, 2, 0);

	c.domain = back_domid(number(1));
	return run_command(c, out);
}

static int do_reserve(FILE *out) { return run_command(command_of(XEN_PMEM_OP_RESERVE, 1, 2), out); }
static int do_serve(FILE *out) { return run_command(command_of(XEN_PMEM_OP_SERVE, 1, 2), out); }
static int do_unserve(FILE *out) { return run_command(command_of(XEN_PMEM_OP_UNSERVE, 1, 0), out); }
static int do_unreserve(FILE *out) { return run_command(command_of(XEN_PMEM_OP_UNRESERVE, 0, 0), out); }
static int do_erase(FILE *out) { return run_command(command_of(XEN_PMEM_OP_ERASE, 1, 0), out); }

/* ---- what can be asked ---- */

static int do_hello(FILE *out)
{
	struct xen_pmem_command c = command_of(XEN_PMEM_OP_HELLO, 0, 0);
	int rc = back_command(&c);

	if (out)
		fprintf(out, "  ranges %lu, reserved %#lx + %#lx\n", (unsigned long)c.count, (unsigned long)c.spa, (unsigned long)c.length);
	return rc;
}

static int do_ranges(FILE *out)
{
	for (unsigned int i = 0; ; i++) {
		struct xen_pmem_command c = command_of(XEN_PMEM_OP_QUERY_RANGE, 0, 0);

		c.index = i;
		if (back_command(&c))
			return 0;
		if (out)
			fprintf(out, "  range %u: %#lx + %#lx, state %u, assigned %lu, metadata %lu\n", c.uuid[0], (unsigned long)c.spa,
				(unsigned long)c.length, c.state, (unsigned long)c.count, (unsigned long)c.bytes_used);
	}
}

static unsigned int guest_by_domid(unsigned int domid)
{
	unsigned int g;

	for (g = 1; g < SCRIPT_GUESTS && back_domid(g) != domid; g++)
		;
	return g;
}

static int do_holdings(FILE *out)
{
	for (unsigned int i = 0; ; i++) {
		struct xen_pmem_command c = command_of(XEN_PMEM_OP_QUERY_HOLDING, 0, 0);

		c.index = i;
		if (back_command(&c))
			return 0;
		if (out)
			fprintf(out, "  guest %u, range %u: %#lx at %#lx, pages %lu, state %u\n", guest_by_domid(c.domain), c.uuid[0],
				(unsigned long)c.spa, (unsigned long)c.gpa, (unsigned long)c.count, c.state);
	}
}

/* Runs of frames that say the same. The owner is a guest's number here, or a system domain's. */
static int do_pages(FILE *out)
{
	uint64_t first = number(1) >> 12, frames = number(2) >> 12, run = 0, was[2] = { 0, 0 };
	unsigned int owner_was = 0;
	bool there_was = false;

	for (uint64_t i = 0; i <= frames; i++) {
		uint64_t is[2] = { 0, 0 };
		unsigned int owner = 0;
		bool there = i < frames && back_page(first + i, &is[0], &is[1], &owner);

		if (i && (i == frames || there != there_was || owner != owner_was || memcmp(is, was, sizeof(is)))) {
			if (out && there_was)
				fprintf(out, "  %lu: count %#lx, type %#lx, owner %u\n", (unsigned long)run, (unsigned long)was[0],
					(unsigned long)was[1], owner_was);
			else if (out)
				fprintf(out, "  %lu: no page_info\n", (unsigned long)run);
			run = 0;
		}
		memcpy(was, is, sizeof(was));
		owner_was = owner;
		there_was = there;
		run++;
	}
	return 0;
}

/* ---- guests ---- */

static int said(int rc, FILE *out)
{
	if (out)
		fprintf(out, rc ? "  refused\n" : "  done\n");
	return rc;
}

static uint64_t gfn(unsigned int word) { return number(word) >> 12; }

static int do_guest(FILE *out) { return said(back_guest(number(1), count > 2 ? words[2] : "pvh"), out); }
static int do_unpause(FILE *out) { return said(back_unpause(number(1)), out); }
static int do_destroy(FILE *out) { return said(back_destroy(number(1)), out); }
static int do_populate(FILE *out) { return said(back_populate(number(1), gfn(2)), out); }
static int do_giveup(FILE *out) { return said(back_give_up(number(1), gfn(2)), out); }
static int do_unhook(FILE *out) { return said(back_unhook(number(1), gfn(2)), out); }
static int do_move(FILE *out) { return said(back_move(number(1), gfn(2), gfn(3)), out); }
static int do_take(FILE *out) { return said(back_take(number(1), gfn(2)), out); }
static int do_drop(FILE *out) { return said(back_drop(number(1), gfn(2)), out); }

static int do_at(FILE *out)
{
	int rc = back_at(number(1), gfn(2));

	if (out)
		fprintf(out, rc ? "  RAM\n" : "  a hole\n");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(FILE *out);
} verbs[] = {
	{ "reserve", do_reserve }, { "unreserve", do_unreserve }, { "serve", do_serve }, { "unserve", do_unserve },
	{ "assign", do_assign }, { "release", do_release }, { "erase", do_erase },
	{ "hello", do_hello }, { "ranges", do_ranges }, { "holdings", do_holdings }, { "pages", do_pages },
	{ "guest", do_guest }, { "unpause", do_unpause }, { "destroy", do_destroy }, { "populate", do_populate },
	{ "giveup", do_giveup }, { "unhook", do_unhook }, { "move", do_move }, { "take", do_take }, { "drop", do_drop }, { "at", do_at },
};

int script_line(const char *line, FILE *out)
{
	static char copy[256];
	unsigned int i;

	snprintf(copy, sizeof(copy), "%s", line);
	count = 0;
	for (char *w = strtok(copy, " \t\n"); w && *w != '#' && count < WORDS; w = strtok(NULL, " \t\n"))
		words[count++] = w;
	if (!count)
		return 0;
	if (out)
		fprintf(out, "%s\n", line);
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(words[0], verbs[i].name))
			return verbs[i].run(out);
	fprintf(stderr, "no such verb: %s\n", words[0]);
	exit(2);
}
