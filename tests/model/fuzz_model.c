// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes bytes as a sequence of commands, whatever they ask for, and of what guests and dom0 do
 * between them, fails calls of Xen on the way, and lets guests act in the middle of a command. What
 * must hold is checked after each step; at the end all is given back, and Xen has to be as it was.
 */
#include "fuzz.h"

#include "tables.h"
#include "model.h"

#define STEPS 60u

/* Steps are read from the front, interruptions from the back. */
static const uint8_t *next_byte, *last_byte;
static unsigned int steps;
static struct frames was_reserved;
static bool lost;	/* dom0 gave up a page of its own: that range stays for ever */

static uint8_t byte(void) { return next_byte < last_byte ? *next_byte++ : 0; }
static uint8_t byte_back(void) { return next_byte < last_byte ? *--last_byte : 0; }
static uint64_t base(void) { return machine.config.nvdimm.first; }

static const struct frames pieces[] = {
	{ 0, 0x2000 },        { 0x50000, 0x2000 }, { 0, 0xa00 },       { 0x2000, 0x1000 },
	{ 0xc000, 0x8000 },   { 0x14000, 0x2003 }, { 0x3001, 0x3fff }, { 0x8000, 1 },
	{ 0x10000, 0x10000 }, { 0x1c000, 0x600 },  { 0x2fe00, 0x400 }, { 0x40000, 0x200 },
	{ 0x1000, 0x1000 },   { 0x5f000, 0x1000 }, { 0x5ff00, 0x100 }, { 0x52000, 0x40 },
};

static struct frames piece(uint8_t b)
{
	struct frames f = pieces[b % ARRAY_SIZE(pieces)];

	return (struct frames){ base() + f.first, f.count };
}

static uint8_t uuid(uint8_t b) { return 1 + b % 5; }

/* A guest's frame that something of ours is at, or was. */
static uint64_t gfn_near(uint8_t b)
{
	const struct holding *h = &holdings[b % 4];

	return (h->domain ? h->gfn : 0x400000) + (b >> 2) % 16 * 0x81;
}

static unsigned int guest(uint8_t b) { return 1 + b % 4; }

/* ---- what others do ---- */

static void m2p_take(uint64_t mfn)
{
	uint64_t home = translate((unsigned long)m2p(mfn));

	if (home != INVALID_MFN && is_nvdimm(home))
		system_take(home);
}

/* A PV table of anybody's is validated, becomes data, or is freed. */
static void top_change(uint8_t which, uint8_t how)
{
	if (how % 3 == 0)
		top_validate(which % TOPS);
	else if (how % 3 == 1)
		top_end(which % TOPS);
	else
		top_free(which % TOPS);
}

static void event(uint8_t (*b)(void))
{
	uint8_t what = b(), who = b(), where = b();
	unsigned int g = guest(who);

	switch (what % 25) {
	case 23: if (tops_room()) who & 1 ? top_begin(0) : top_new(0); break;
	case 24: top_change(where, who); break;
	case 21: if (who < 16) lost |= dom0_give_up(piece(where).first + who % 4); break;
	case 22: dom0_m2p(piece(where).first + who % 4, who); break;
	case 0: guest_give_up(g, gfn_near(where)); break;
	case 1: guest_unhook(g, gfn_near(where)); break;
	case 2: guest_move(g, gfn_near(where), gfn_near(where) + who); break;
	case 3: guest_populate(g, gfn_near(where)); break;
	case 4: guest_retype(g, gfn_near(where), who & 16 ? P2M_RAM_RW : 2); break;
	case 5: case 6: ref_take(g, gfn_near(where), who & 8); break;
	case 7: case 8: ref_drop(where % REFS); break;
	case 9: dom0_map(piece(where).first + who % 4); break;
	case 10: dom0_map_begin(piece(where).first + who % 4); break;
	case 11: case 12: dom0_unmap(where % MAPS); break;
	case 13: grace_pass(); break;
	case 14: time_pass(where * 100000000ll); break;
	case 15: if (doms[g].xen && !guest_dying(g)) guest_unpause(g); break;
	case 16: if (doms[g].xen && !guest_dying(g)) guest_kill(g); break;
	case 17:
		if (doms[g].xen && guest_dying(g) == DOMDYING_DYING && (doms[g].pv || !p2m_held(g)))
			guest_reap(g);
		break;
	case 18: iomem_grant(g, (struct frames){ piece(where).first, 1 }); break;
	case 20: m2p_take(piece(where).first); break;
	case 19: if (who == where) hot_add(); break;
	}
}

static void interrupted(void)
{
	if (byte_back() % 4 == 3)
		event(byte_back);
}

/* Calls fail, and are interrupted, in commands only. */
static void event_quiet(void)
{
	uint64_t fail_at = machine.fail_at;
	void (*interrupt)(void) = machine.interrupt;

	machine.fail_at = 0;
	machine.interrupt = NULL;
	event(byte);
	machine.interrupt = interrupt;
	machine.fail_at = fail_at > machine.points ? fail_at : 0;
}

/* ---- steps ---- */

static void assign(void)
{
	uint8_t part = byte(), flags;
	struct xen_pmem_command c = command_range(XEN_PMEM_OP_ASSIGN, uuid(byte()), piece(byte()));
	struct frames f = range_by_uuid(c.uuid);

	if (f.count && !(part & 8))
		c.spa = (f.first + (part & 1 ? f.count / 2 : 0)) << 12,
		c.length = (part & 3 ? (f.count + 1) / 2 : f.count) << 12;
	c.domain = guest(byte());
	c.gpa = (0x400000 + (uint64_t)(byte() % 8) * 0x8000 + (part & 4 ? 1 : 0)) << 12;
	flags = byte();
	c.flags = flags % 8 || c.length > 64 << 20 ? 0 : 1u << part % 2;
	c.flags |= flags & 8 ? XEN_PMEM_ASSIGN_RUNNING : 0;
	if (flags >> 4 == 1 || flags >> 4 == 2)
		c.flags |= flags >> 4 == 1 ? XEN_PMEM_ASSIGN_RO : XEN_PMEM_ASSIGN_UNCACHED;
	if (part & 16)
		command(&c);
	else
		command_finish(&c);
}

static void serve(void)
{
	struct xen_pmem_command c = command_range(XEN_PMEM_OP_SERVE, uuid(byte()), piece(byte()));
	uint8_t how = byte();

	c.flags = how & 2 && c.length <= 256 << 20 ? XEN_PMEM_SERVE_HOST : 0;
	how & 1 ? command(&c) : command_finish(&c);
}

/* Of what is served, mostly. */
static void extents(void)
{
	static struct xen_pmem_extent list[16];
	struct xen_pmem_command c = command_new(XEN_PMEM_OP_ASSIGN_EXTENTS);
	uint8_t how = byte();

	for (c.index = 0; c.index < 1u + how % 16; c.index++) {
		uint8_t which = byte(), where = byte();
		struct frames f =
			ranges[which % 4].frames.count ? ranges[which % 4].frames : piece(where);
		uint64_t n = which >> 2 & 15,
			 at = where & 128 ? (uint64_t)(where & 127) * 37 : (uint64_t)where * 512;

		n = n == 15 ? 1024 : n == 14 ? 512 : n + 1;
		list[c.index] = (struct xen_pmem_extent){ (f.first + at % f.count) << 12, n << 12 };
		c.length += n << 12;
	}
	c.domain = guest(byte());
	c.gpa = (0x400000 + (uint64_t)(byte() % 8) * 0x8000 + (how & 16 ? 1 : 0)) << 12;
	c.flags = (how & 32 ? XEN_PMEM_ASSIGN_RUNNING : 0) |
		  (how & 64 ? XEN_PMEM_ASSIGN_NO_2M : 0) | (how >> 6 == 3 ? XEN_PMEM_ASSIGN_RO : 0);
	c.list = (uintptr_t)list;
	command_finish(&c);
}

/* RELEASE would wait for this guest to be torn down. */
static bool teardown_waits(const struct xen_pmem_command *c)
{
	return c->op == XEN_PMEM_OP_RELEASE && doms[c->domain].xen &&
	       guest_dying(c->domain) == DOMDYING_DYING;
}

/* A few pages of the range, or one too many. */
static void erase_part(struct xen_pmem_command *c, uint8_t b)
{
	struct frames f = range_by_uuid(c->uuid);
	uint64_t at = f.count * (b >> 4) / 16;

	if (!(b & 1) || !f.count)
		return;
	c->spa = (f.first + at) << 12;
	c->length = (b & 2 ? f.count + 1 - at : 1 + (b & 12)) << 12;
}

static void one(unsigned int op)
{
	struct xen_pmem_command c = command_new(op);

	memset(c.uuid, op == XEN_PMEM_OP_UNRESERVE || op == XEN_PMEM_OP_HELLO ? 0 : uuid(byte()),
	       16);
	if (op == XEN_PMEM_OP_RELEASE) {
		uint8_t who = byte();

		c.domain = guest(who);
		c.flags = who & 128 ? XEN_PMEM_RELEASE_RUNNING : 0;
	}
	c.done = (op == XEN_PMEM_OP_RELEASE || op == XEN_PMEM_OP_ERASE) && byte() > 240 ?
			 0x40000000 :
			 0;
	if (op == XEN_PMEM_OP_ERASE)
		erase_part(&c, byte());
	if (op == XEN_PMEM_OP_ERASE || byte() & 1 || teardown_waits(&c))
		command(&c);
	else
		command_finish(&c);
}

static void reserve(void)
{
	struct frames f = piece(byte() % 4);
	struct xen_pmem_command c = command_range(XEN_PMEM_OP_RESERVE, 9, f);

	/* One place for each run: its bytes are not looked at. */
	if (!was_reserved.count || f.first == was_reserved.first) {
		was_reserved = f;
		was_reserved.count = 0x2000;
		command_finish(&c);
	}
}

/* HELLO; or dom0 lists a bad block in some pages, or has cleared them. */
static void hello_or_bad(void)
{
	uint8_t what = byte(), where = byte();
	const struct range *r = &ranges[what >> 4 & 3];
	struct xen_pmem_command c = command_new(what % 4 < 2 ? XEN_PMEM_OP_TAKE :
							       XEN_PMEM_OP_RESTORE);

	if (what % 4 == 3)
		c = command_new(XEN_PMEM_OP_HELLO);
	else if (r->frames.count)
		c.spa = (r->frames.first + where * 37 % r->frames.count) << 12, c.length = 3 << 12;
	command_finish(&c);
}

static void garbage(void)
{
	struct xen_pmem_command c = command_new(byte() % 12);

	for (unsigned int n = byte() % 4; n; n--)
		((uint8_t *)&c)[byte() % sizeof(c)] ^= byte();
	if (c.op != XEN_PMEM_OP_RESERVE && c.op != XEN_PMEM_OP_ERASE)
		command(&c);
}

static void step(void)
{
	switch (byte() % 26) {
	case 24: case 25: extents(); break;
	case 0: case 1: reserve(); break;
	case 2: case 3: case 4: serve(); break;
	case 5: case 6: case 7: case 8: assign(); break;
	case 9: case 10: one(XEN_PMEM_OP_RELEASE); break;
	case 11: one(XEN_PMEM_OP_UNSERVE); break;
	case 12: one(XEN_PMEM_OP_UNRESERVE); break;
	case 13: one(XEN_PMEM_OP_ERASE); break;
	case 14: garbage(); break;
	case 15: machine.fail_at = machine.points + 1 + byte() % 16; break;
	case 16: guest_create(byte() % 8 ? CDF_HVM | CDF_HAP : byte(), 1 + byte()); break;
	case 17: hello_or_bad(); break;
	default: event_quiet(); break;
	}
}

/* ---- the end: everything is given back ---- */

static void must_finish(struct xen_pmem_command c)
{
	int rc = command_finish(&c);

	if (rc == -EBUSY && lost && (c.op == XEN_PMEM_OP_UNSERVE || c.op == XEN_PMEM_OP_UNRESERVE))
		return;
	if (rc == -EFAULT || rc == -ENOMEM)	/* an earlier piece's error */
		rc = command_finish(&c);
	if (rc)
		broken("operation %u at the end: %d %s", c.op, rc, c.reason);
}

static void guests_end(void)
{
	for (unsigned int i = 0; i < REFS; i++)
		ref_drop(i);
	for (unsigned int i = 0; i < MAPS; i++)
		dom0_unmap(i);
	for (unsigned int id = 1; id < DOMAINS; id++) {
		if (doms[id].xen && !guest_dying(id))
			guest_kill(id);
		if (doms[id].xen && guest_dying(id) == DOMDYING_DYING)
			guest_reap(id);
	}
}

static void all_back(void)
{
	machine.interrupt = NULL;
	machine.fail_at = 0;
	grace_pass();
	guests_end();
	for (unsigned int i = 0; i < XEN_PMEM_HOLDINGS; i++)
		if (holdings[i].domain) {
			struct xen_pmem_command c = command_new(XEN_PMEM_OP_RELEASE);

			memcpy(c.uuid, holdings[i].range->uuid, 16);
			c.domain = domain_id(holdings[i].domain);
			must_finish(c);
		}
	for (unsigned int i = 0; i < XEN_PMEM_RANGES; i++)
		if (ranges[i].frames.count) {
			struct xen_pmem_command c = command_new(XEN_PMEM_OP_UNSERVE);

			memcpy(c.uuid, ranges[i].uuid, 16);
			must_finish(c);
		}
	if (reserved.frames.count && !hot_added())
		must_finish(command_new(XEN_PMEM_OP_UNRESERVE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config *const configs[] = { &config_plain, &config_iommu,
							&config_middle, &config_hole,
							&config_high };

	next_byte = data;
	last_byte = data + size;
	was_reserved = (struct frames){ 0, 0 };
	lost = false;
	machine_boot(configs[byte() % ARRAY_SIZE(configs)]);
	extension_fresh();
	if (extension_load(false))
		broken("not loaded: %s", machine.log);
	if (byte() & 1)
		machine.interrupt = interrupted;
	for (steps = 0; steps < STEPS && next_byte < last_byte; steps++) {
		step();
		check_all();
	}
	all_back();
	check_all();
	data_check(was_reserved);
	settle();
	if (!hot_added() && !lost &&
	    (extension_unload() || hypfs_entries() != 1 || heap_lost() > 1 ||
	     max_page != max_page_at_boot()))
		broken("something is left: %s", machine.log);
	return 0;
}
