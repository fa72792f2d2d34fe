// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real Xen answers scripts (tests/model/script.h): runs the files that it is given, in dom0, and
 * prints what came of each line and everything that can be seen after it. Guests are domains
 * without a kernel, so that nobody but the script acts for them; those of kind xl are made by xl,
 * of the config file that SCRIPT_XL names. What page_info and the guests' physical maps say comes
 * from the probe.
 */
#include "../model/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xencall.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xen/grant_table.h>
#include <xen/arch-x86/xen.h>

#define HYPFS_OP	42
#define HYPFS_READ	1
#define HYPFS_WRITE	2
#define HYPFS_HEADER	12u		/* before the contents that are read */
#define NOBODY		0x7fefu		/* no domain has this number */
#define TAKEN		8u
#define HELD		32u
#define PATIENCE	60		/* s */
#define WANTED_FOR	1100000u	/* us; see groups_wanted() */

static xencall_handle *call;
static xc_interface *xc;
static xenforeignmemory_handle *memory;
static xengnttab_handle *grants;
static char *path;
static unsigned char *wire;
static unsigned int ids[SCRIPT_GUESTS];	/* 0: none */
static bool by_xl[SCRIPT_GUESTS];
static struct { uint64_t gfn; void *at; bool grant; } taken[SCRIPT_GUESTS][TAKEN];
static struct { uint64_t mfn; void *at; } held[HELD];
static struct timespec last_assign;

static void fatal(const char *what)
{
	fprintf(stderr, "script_xen: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- hypfs ---- */

static int hypfs(unsigned int op, const char *node, size_t len)
{
	strcpy(path, node);
	return xencall5(call, HYPFS_OP, op, (uint64_t)(uintptr_t)path, strlen(path) + 1,
		       (uint64_t)(uintptr_t)wire, len)
		       ? -errno
		       : 0;
}

int back_command(struct xen_pmem_command *c)
{
	int rc;

	if (c->op == XEN_PMEM_OP_ASSIGN || c->op == XEN_PMEM_OP_ASSIGN_EXTENTS ||
		(c->op == XEN_PMEM_OP_SERVE && c->flags))
		clock_gettime(CLOCK_MONOTONIC, &last_assign);
	memcpy(wire, c, sizeof(*c));
	rc = hypfs(HYPFS_WRITE, XEN_PMEM_COMMAND_PATH, sizeof(*c));
	memcpy(c, wire, sizeof(*c));
	return rc;
}

/* The probe's answer, or NULL. */
static const char *probe(const char *question)
{
	strcpy((char *)wire, question);
	if (hypfs(HYPFS_WRITE, "/probe/ask", strlen(question) + 1) ||
		hypfs(HYPFS_READ, "/probe/answer", 4096))
		return NULL;
	return (const char *)wire + HYPFS_HEADER;
}

#define PROBE(...) (snprintf(question, sizeof(question), __VA_ARGS__), probe(question))

/* ---- time ---- */

static unsigned long graces(void)
{
	const char *said = probe("grace");

	if (!said)
		fatal("the probe does not answer");
	return strtoul(said, NULL, 0);
}

/*
 * Two: a callback that was waiting before the first may be run after it, on another CPU. Each
 * question has this CPU leave Xen.
 */
static void grace_pass(void)
{
	unsigned long before = graces();
	time_t until = time(NULL) + PATIENCE;

	while (graces() < before + 2)
		if (time(NULL) > until)
			fatal("some CPU does not leave Xen");
}

void back_wait(void) { grace_pass(); }

/*
 * What one ASSIGN, or SERVE of a host range, has prepared and not used is kept for the next, for a
 * second.
 */
static void wanted_pass(void)
{
	struct timespec now;
	int64_t us;

	clock_gettime(CLOCK_MONOTONIC, &now);
	us = (now.tv_sec - last_assign.tv_sec) * 1000000ll +
	     (now.tv_nsec - last_assign.tv_nsec) / 1000;
	if (us < WANTED_FOR)
		usleep(WANTED_FOR - us);
}

/* Until four commands in a row, each with all CPUs out of Xen before it, find nothing to do. */
void back_settle(void)
{
	uint64_t used = ~0ull;
	time_t until = time(NULL) + PATIENCE;

	wanted_pass();
	for (unsigned int same = 0; same < 4; same++) {
		struct xen_pmem_command c = { .magic = XEN_PMEM_COMMAND_MAGIC,
			.abi = XEN_PMEM_ABI,
			.op = XEN_PMEM_OP_HELLO };

		grace_pass();
		if (back_command(&c))
			fatal("HELLO");
		if (time(NULL) > until)
			fatal("metadata come and go");
		same = c.bytes_used == used ? same : 0;
		used = c.bytes_used;
	}
}

/* ---- guests ---- */

unsigned int back_domid(unsigned int g) { return g < SCRIPT_GUESTS && ids[g] ? ids[g] : NOBODY; }
static int done(int rc) { return rc ? -(errno ? errno : EINVAL) : 0; }

static int guest_xl(unsigned int g)
{
	char line[256];
	FILE *f;
	int rc;

	snprintf(line, sizeof(line),
		"xl create -q -p %s 'name=\"guest%u\"' >/dev/null 2>&1 && xl domid guest%u",
		getenv("SCRIPT_XL"), g, g);
	f = popen(line, "r");
	rc = f && fscanf(f, "%u", &ids[g]) == 1 ? 0 : -EINVAL;
	if (f && pclose(f))
		rc = -EINVAL;
	by_xl[g] = !rc;
	return rc;
}

static int guest_bare(unsigned int g, unsigned int flags)
{
	struct xen_domctl_createdomain config = {
		.flags = flags,
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = 4,
		.max_maptrack_frames = 4,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
		.arch.emulation_flags = flags & XEN_DOMCTL_CDF_hvm ? XEN_X86_EMU_LAPIC : 0,
	};
	uint32_t id = 0;
	unsigned int mb = 2;

	if (xc_domain_create(xc, &id, &config))
		return done(-1);
	ids[g] = id;
	if (xc_domain_max_vcpus(xc, id, 1) || xc_domain_setmaxmem(xc, id, 16 << 10))
		return done(-1);
	return flags & XEN_DOMCTL_CDF_hvm ? done(xc_shadow_control(xc, id,
						    XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, &mb, 0))
					  : 0;
}

static int guest_make(unsigned int g, const char *kind)
{
	unsigned int pvh = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;

	return !strcmp(kind, "xl") ? guest_xl(g) :
	       guest_bare(g, !strcmp(kind, "pv") ? 0 : !strcmp(kind, "nohap") ? XEN_DOMCTL_CDF_hvm :
			  !strcmp(kind, "nested") ? pvh | XEN_DOMCTL_CDF_nested_virt : pvh);
}

int back_guest(unsigned int g, const char *kind)
{
	int rc;

	ids[g] = 0;
	rc = guest_make(g, kind);
	if (rc) {
		fprintf(stderr, "guest %u %s: %s\n", g, kind, strerror(-rc));
		back_destroy(g);
	}
	return rc;
}

int back_unpause(unsigned int g) { return done(xc_domain_unpause(xc, back_domid(g))); }

int back_destroy(unsigned int g)
{
	char line[64];

	if (!by_xl[g])
		return done(xc_domain_destroy(xc, back_domid(g)));
	by_xl[g] = false;
	snprintf(line, sizeof(line), "xl destroy guest%u >/dev/null", g);
	return system(line) ? -EINVAL : 0;
}

int back_populate(unsigned int g, uint64_t gfn)
{
	return done(xc_domain_populate_physmap_exact(xc, back_domid(g), 1, 0, 0, &gfn));
}
int back_give_up(unsigned int g, uint64_t gfn)
{
	return done(xc_domain_decrease_reservation_exact(xc, back_domid(g), 1, 0, &gfn));
}
int back_unhook(unsigned int g, uint64_t gfn)
{
	return done(xc_domain_remove_from_physmap(xc, back_domid(g), gfn));
}

int back_move(unsigned int g, uint64_t from, uint64_t to)
{
	return done(xc_domain_add_to_physmap(xc, back_domid(g), XENMAPSPACE_gmfn, from, to));
}

int back_iomem(unsigned int g, uint64_t mfn, uint64_t count)
{
	return done(xc_domain_iomem_permission(xc, back_domid(g), mfn, count, 1));
}

/* ---- dom0 ---- */

#define GRANTS_FROM	16u	/* below are those for xenstore and the console */

/* Writes what a guest that grants would write to its grant table; maps it. */
static void *grant_map(unsigned int g, unsigned int i, uint64_t gfn)
{
	void *at = NULL;
	xenforeignmemory_resource_handle *table = xenforeignmemory_map_resource(memory,
		back_domid(g), XENMEM_resource_grant_table, XENMEM_resource_grant_table_id_shared,
		0, 1, &at, PROT_READ | PROT_WRITE, 0);
	grant_entry_v1_t *entry = at;

	if (!table)
		return NULL;
	entry[GRANTS_FROM + i] =
		(grant_entry_v1_t){ .flags = GTF_permit_access, .domid = 0, .frame = gfn };
	xenforeignmemory_unmap_resource(memory, table);
	return xengnttab_map_grant_ref(
		grants, back_domid(g), GRANTS_FROM + i, PROT_READ | PROT_WRITE);
}

int back_take(unsigned int g, uint64_t gfn, bool grant)
{
	unsigned int i;

	for (i = 0; i < TAKEN && taken[g][i].at; i++)
		;
	if (i == TAKEN)
		return -ENOSPC;
	taken[g][i].gfn = gfn;
	taken[g][i].grant = grant;
	taken[g][i].at = grant ? grant_map(g, i, gfn)
			       : xenforeignmemory_map(memory, back_domid(g), PROT_READ | PROT_WRITE,
					 1, &gfn, NULL);
	return taken[g][i].at ? 0 : -EINVAL;
}

int back_drop(unsigned int g, uint64_t gfn, bool grant)
{
	for (unsigned int i = 0; i < TAKEN; i++)
		if (taken[g][i].at && taken[g][i].gfn == gfn && taken[g][i].grant == grant) {
			if (grant)
				xengnttab_unmap(grants, taken[g][i].at, 1);
			else
				xenforeignmemory_unmap(memory, taken[g][i].at, 1);
			taken[g][i].at = NULL;
			return 0;
		}
	return -ENOENT;
}

/* The page is read, so that dom0 has an entry for it. */
int back_hold(uint64_t mfn)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	unsigned int i;

	for (i = 0; i < HELD && held[i].at; i++)
		;
	if (fd < 0 || i == HELD)
		return -ENOSPC;
	held[i].at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, mfn << 12);
	close(fd);
	if (held[i].at == MAP_FAILED)
		fatal("/dev/mem");
	held[i].mfn = mfn;
	(void)*(volatile char *)held[i].at;
	return 0;
}

int back_let(uint64_t mfn)
{
	for (unsigned int i = 0; i < HELD; i++)
		if (held[i].at && held[i].mfn == mfn) {
			munmap(held[i].at, 4096);
			held[i].at = NULL;
			return 0;
		}
	return -ENOENT;
}

int back_dom0(uint64_t mfn, uint64_t count)
{
	char question[64];
	const char *said = PROBE("caps %#lx %#lx", (unsigned long)mfn, (unsigned long)count);

	if (!said)
		fatal("the probe does not answer");
	return !strcmp(said, "all") ? 2 : !strcmp(said, "some");
}

/* ---- what the probe sees ---- */

static unsigned int guest_by_id(unsigned int id)
{
	for (unsigned int g = 1; g < SCRIPT_GUESTS; g++)
		if (id && ids[g] == id)
			return g;
	return id;
}

uint64_t back_pages(uint64_t mfn, uint64_t limit, struct script_page *is)
{
	char question[64];
	const char *said = PROBE("run %#lx %#lx", (unsigned long)mfn, (unsigned long)limit);
	unsigned long run, count, type, gfn;
	unsigned int there, owner;

	if (!said || sscanf(said, "%lu %u %lx %lx %u %lx", &run, &there, &count, &type, &owner,
			     &gfn) != 6)
		fatal("the probe says nothing of frames");
	*is = (struct script_page){ there, count, type, guest_by_id(owner), there ? gfn : 0 };
	return run;
}

/* 0: the probe knows no such guest, or it has no physical map. */
static uint64_t map_run(unsigned int g, uint64_t gfn, uint64_t limit, struct script_leaf *is)
{
	char question[64];
	const char *said =
		PROBE("map %u %#lx %#lx", back_domid(g), (unsigned long)gfn, (unsigned long)limit);
	unsigned long run, mfn;
	unsigned int type, order;

	if (!said || sscanf(said, "%lu %lx %u %u", &run, &mfn, &type, &order) != 4)
		return 0;
	*is = (struct script_leaf){ .what = mfn == ~0ul ? LEAF_HOLE : LEAF_RAM };
	if (mfn - script_nvdimm.first < script_nvdimm.count)
		*is = (struct script_leaf){ LEAF_PMEM, mfn, type, order };
	return run;
}

/* Where a guest's RAM lies is its own affair. */
uint64_t back_map(unsigned int g, uint64_t gfn, uint64_t limit, struct script_leaf *is)
{
	uint64_t n = map_run(g, gfn, limit, is), more = n;

	while (more && n < limit && is->what != LEAF_PMEM) {
		struct script_leaf next;

		more = map_run(g, gfn + n, limit - n, &next);
		if (next.what != is->what)
			break;
		n += more;
	}
	return n;
}

/* ---- running ---- */

void script_fresh(void)
{
	memset(ids, 0, sizeof(ids));
	watch_fresh();
}

static void file_run(const char *file)
{
	static struct script s;

	if (!script_read(&s, file))
		fatal(file);
	script_fresh();
	printf("== %s\n", s.name);
	for (unsigned int i = 0; s.lines[i]; i++) {
		int rc = script_line(s.lines[i], stdout);

		if (rc || strncmp(s.lines[i], "assign", 6))
			back_settle();
		script_watch(stdout);
		fflush(stdout);
	}
	for (unsigned int g = 1; g < SCRIPT_GUESTS; g++)	/* those that the script leaves */
		back_destroy(g);
}

int main(int argc, char **argv)
{
	call = xencall_open(NULL, 0);
	xc = xc_interface_open(NULL, NULL, 0);
	memory = xenforeignmemory_open(NULL, 0);
	grants = xengnttab_open(NULL, 0);
	path = call ? xencall_alloc_buffer(call, 4096) : NULL;
	wire = path ? xencall_alloc_buffer(call, 8192) : NULL;
	if (!wire || !xc || !memory || !grants || argc < 4)
		fatal("usage: script_xen FRAME COUNT FILE...");
	script_nvdimm.first = strtoull(argv[1], NULL, 0);
	script_nvdimm.count = strtoull(argv[2], NULL, 0);
	for (int i = 3; i < argc; i++)
		file_run(argv[i]);
	return 0;
}
