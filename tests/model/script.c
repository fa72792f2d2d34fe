// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs scripts: takes a line, brings it to whoever answers, and writes down what is to be the same
 * everywhere.
 */
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 16

static char *words[WORDS];
static unsigned int count, calls_limit;
struct script_nvdimm script_nvdimm;
uint64_t script_done;
char script_reason[64];

uint64_t script_number(const char *word)
{
	char *end;
	uint64_t n = strtoull(word + (*word == '@'), &end, 0);

	if (*end)
		n <<= *end == 'G' ? 30 : *end == 'M' ? 20 : 10;
	return *word == '@' ? n + (script_nvdimm.first << 12) : n;
}

static uint64_t number(unsigned int i) { return i < count ? script_number(words[i]) : 0; }

/* ---- commands ---- */

static bool goes_on(const struct xen_pmem_command *c)
{
	return c->op != XEN_PMEM_OP_UNSERVE && c->op != XEN_PMEM_OP_UNRESERVE &&
	       c->op != XEN_PMEM_OP_HELLO && c->done != c->length;
}

static void next_call(struct xen_pmem_command *c)
{
	if (c->op == XEN_PMEM_OP_RELEASE || (c->op == XEN_PMEM_OP_ERASE && !c->spa))
		c->length = 0;
	if (c->op == XEN_PMEM_OP_SERVE || c->op == XEN_PMEM_OP_UNSERVE ||
	    c->op == XEN_PMEM_OP_TAKE || c->op == XEN_PMEM_OP_RESTORE)
		c->done = 0;
	c->count = c->pending = c->state = 0;
	memset(c->reason, 0, sizeof(c->reason));
	back_wait();
}

/* Until it is over or refused; counts add up. */
static int command_all(struct xen_pmem_command *c)
{
	uint64_t pages = 0, pending = 0;
	unsigned int calls, limit = calls_limit ? calls_limit : 20000;
	int rc = 0;

	calls_limit = 0;
	for (calls = 0; calls < limit; calls++) {
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

static struct xen_pmem_command command_of(unsigned int op, unsigned int uuid_word,
					  unsigned int spa_word)
{
	struct xen_pmem_command c = { .magic = XEN_PMEM_COMMAND_MAGIC,
				      .abi = XEN_PMEM_ABI,
				      .op = op };

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
	bool limited = calls_limit;
	int rc = command_all(&c);

	if (out && limited)
		fprintf(out, "  as far as %#lx\n", (unsigned long)c.done);
	if (out && rc)
		fprintf(out, "  refused (%d): %s\n", -rc, c.reason);
	if (out && !rc && c.op == XEN_PMEM_OP_RELEASE)
		fprintf(out, "  pages %lu, pending %lu\n", (unsigned long)c.count,
			(unsigned long)c.pending);
	return rc;
}

static int do_assign(FILE *out)
{
	struct xen_pmem_command c = command_of(XEN_PMEM_OP_ASSIGN, 2, 3);

	watch_add(number(1), number(5) >> 12, c.length >> 12);
	c.domain = back_domid(number(1));
	c.gpa = number(5);
	c.flags = number(6);
	return run_command(c, out);
}

static int do_release(FILE *out)
{
	struct xen_pmem_command c = command_of(XEN_PMEM_OP_RELEASE, 2, 0);

	c.domain = back_domid(number(1));
	c.flags = number(3);
	return run_command(c, out);
}

static int do_reserve(FILE *out) { return run_command(command_of(XEN_PMEM_OP_RESERVE, 1, 2), out); }

static int do_serve(FILE *out)
{
	struct xen_pmem_command c = command_of(XEN_PMEM_OP_SERVE, 1, 2);

	c.flags = number(4);
	return run_command(c, out);
}

/* What there is to wait for is for a later SERVE. */
static int do_begin(FILE *out)
{
	int rc;

	calls_limit = 1;
	rc = do_serve(out);
	return rc == -EAGAIN ? 0 : rc;
}

/* extents GUEST GPA FLAGS SPA LENGTH... */
static int do_extents(FILE *out)
{
	static struct xen_pmem_extent list[WORDS / 2];
	struct xen_pmem_command c = command_of(XEN_PMEM_OP_ASSIGN_EXTENTS, 0, 0);

	for (; 2 * c.index + 5 < count; c.index++) {
		list[c.index] = (struct xen_pmem_extent){ number(2 * c.index + 4),
							  number(2 * c.index + 5) };
		c.length += list[c.index].length;
	}
	watch_add(number(1), number(2) >> 12, c.length >> 12);
	c.domain = back_domid(number(1));
	c.gpa = number(2);
	c.flags = number(3);
	c.list = (uintptr_t)list;
	return run_command(c, out);
}

static int do_unserve(FILE *out) { return run_command(command_of(XEN_PMEM_OP_UNSERVE, 1, 0), out); }
static int do_unreserve(FILE *out)
{
	return run_command(command_of(XEN_PMEM_OP_UNRESERVE, 0, 0), out);
}
static int do_erase(FILE *out)
{
	return run_command(command_of(XEN_PMEM_OP_ERASE, 1, count > 2 ? 2 : 0), out);
}

static int do_bad(FILE *out) { return run_command(command_of(XEN_PMEM_OP_TAKE, 0, 1), out); }
static int do_good(FILE *out) { return run_command(command_of(XEN_PMEM_OP_RESTORE, 0, 1), out); }

static int do_calls(FILE *out)
{
	(void)out;
	calls_limit = number(1);
	return 0;
}

/* ---- what can be asked ---- */

static int do_hello(FILE *out)
{
	watch_hello(out);
	return 0;
}

static int do_ranges(FILE *out)
{
	watch_ranges(out);
	return 0;
}

static int do_holdings(FILE *out)
{
	watch_holdings(out);
	return 0;
}

static int do_pages(FILE *out)
{
	watch_pages(number(1) >> 12, number(2) >> 12, out);
	return 0;
}

static int do_settle(FILE *out)
{
	(void)out;
	back_settle();
	return 0;
}

/* ---- guests ---- */

static int said(int rc, FILE *out)
{
	if (out)
		fprintf(out, rc ? "  refused\n" : "  done\n");
	return rc;
}

/* A guest's frame: watched from now on. */
static uint64_t gfn(unsigned int word)
{
	watch_add(number(1), number(word) >> 12, 1);
	return number(word) >> 12;
}

static int do_guest(FILE *out)
{
	return said(back_guest(number(1), count > 2 ? words[2] : "pvh"), out);
}
static int do_unpause(FILE *out) { return said(back_unpause(number(1)), out); }
static int do_destroy(FILE *out) { return said(back_destroy(number(1)), out); }
static int do_populate(FILE *out) { return said(back_populate(number(1), gfn(2)), out); }
static int do_giveup(FILE *out) { return said(back_give_up(number(1), gfn(2)), out); }
static int do_unhook(FILE *out) { return said(back_unhook(number(1), gfn(2)), out); }
static int do_take(FILE *out) { return said(back_take(number(1), gfn(2), false), out); }
static int do_drop(FILE *out) { return said(back_drop(number(1), gfn(2), false), out); }
static int do_grant(FILE *out) { return said(back_take(number(1), gfn(2), true), out); }
static int do_ungrant(FILE *out) { return said(back_drop(number(1), gfn(2), true), out); }

static int do_move(FILE *out)
{
	uint64_t from = gfn(2), to = gfn(3);

	return said(back_move(number(1), from, to), out);
}

static int do_hold(FILE *out) { return said(back_hold(number(1) >> 12), out); }
static int do_let(FILE *out) { return said(back_let(number(1) >> 12), out); }
static int do_iomem(FILE *out)
{
	return said(back_iomem(number(1), number(2) >> 12, number(3) >> 12), out);
}

static int do_at(FILE *out)
{
	watch_map(number(1), gfn(2), 1, out);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(FILE *out);
} verbs[] = {
	{ "reserve", do_reserve }, { "unreserve", do_unreserve }, { "serve", do_serve },
	{ "unserve", do_unserve }, { "assign", do_assign },       { "extents", do_extents },
	{ "release", do_release }, { "erase", do_erase },         { "calls", do_calls },
	{ "hello", do_hello },     { "ranges", do_ranges },       { "holdings", do_holdings },
	{ "pages", do_pages },     { "settle", do_settle },       { "guest", do_guest },
	{ "unpause", do_unpause }, { "destroy", do_destroy },     { "populate", do_populate },
	{ "giveup", do_giveup },   { "unhook", do_unhook },       { "move", do_move },
	{ "take", do_take },       { "drop", do_drop },           { "at", do_at },
	{ "grant", do_grant },     { "ungrant", do_ungrant },     { "hold", do_hold },
	{ "let", do_let },         { "iomem", do_iomem },         { "begin", do_begin },
	{ "bad", do_bad },         { "good", do_good },
};

int script_line(const char *line, FILE *out)
{
	static char copy[256];
	unsigned int i;

	snprintf(copy, sizeof(copy), "%s", line);
	count = 0;
	for (char *w = strtok(copy, " \t\n"); w && *w != '#' && count < WORDS;
	     w = strtok(NULL, " \t\n"))
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

/* ---- files ---- */

static bool file_take(struct script *s, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return false;
	n = fread(s->text, 1, sizeof(s->text) - 1, f);
	s->text[n] = 0;
	fclose(f);
	return n && n < sizeof(s->text) - 1;
}

bool script_read(struct script *s, const char *path)
{
	unsigned int n = 0;

	*s = (struct script){ .machine = "plain" };
	if (!file_take(s, path) || sscanf(s->text, "# %79[^\n]", s->name) != 1)
		return false;
	for (char *line = strtok(s->text, "\n"); line; line = strtok(NULL, "\n")) {
		if (*line == '#' || sscanf(line, "machine %15s", s->machine) == 1)
			continue;
		if (n == SCRIPT_LINES)
			return false;
		s->lines[n++] = line;
	}
	return n;
}
