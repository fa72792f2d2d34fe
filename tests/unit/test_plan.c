/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's vNVDIMMs and RAM become: the lists for its ACPI tables, its memory map's new
 * entries, and what the tables say of the host's persistence domain.
 */
#include "suite.h"

#undef fail	/* cmocka's: the library has a function of that name */
#include "lib/guest_plan.h"

#define G ((uint64_t)1 << 30)
#define SLOT ((uint64_t)XEN_PMEM_LABEL_SIZE)

static const struct memmap_entry map[] = { { 0, G / 2, 1, 0 } };
static const struct place_guest guest = {
	.map = map, .nr_map = 1, .ram_top = G / 2, .address_bits = 39,
};

static struct xenpmem_vnvdimm whole(uint64_t spa, uint64_t length)
{
	return (struct xenpmem_vnvdimm){
		.backing = { .uuid = { 0xaa }, .spa = spa, .length = length }, .whole = length,
		.gpa = XENPMEM_ANYWHERE, .node = XENPMEM_NO_NODE,
	};
}

static struct xenpmem_vnvdimm ram(uint64_t spa, uint64_t length, bool own_node)
{
	struct xenpmem_vnvdimm v = whole(spa, length);

	v.ram = true;
	v.own_node = own_node;
	return v;
}

/* The host's domains of one, two or three vNVDIMMs, and the bits that the guest's NFIT has. */
#define U XENPMEM_PERSISTENCE_UNKNOWN
#define N XENPMEM_PERSISTENCE_NONE
#define M XENPMEM_PERSISTENCE_MEMORY_CONTROLLER
#define C XENPMEM_PERSISTENCE_CPU_CACHE

static const struct caps_row {
	const char *name;
	unsigned int nr;
	enum xenpmem_persistence domains[3];
	uint32_t bits;
} caps_rows[] = {
	{ "unknown", 1, { U }, 0 },
	{ "none", 1, { N }, 0 },
	{ "memory controller", 1, { M }, 2 },
	{ "CPU cache", 1, { C }, 3 },
	{ "all CPU cache", 3, { C, C, C }, 3 },
	{ "the weakest is in front", 3, { M, C, C }, 2 },
	{ "the weakest is last", 3, { C, C, M }, 2 },
	{ "one of which nothing is known", 3, { C, U, C }, 0 },
	{ "one without", 2, { N, C }, 0 },
};

static void caps(void **state)
{
	const struct caps_row *row = *state;
	struct xenpmem_vnvdimm v[3];
	xenpmem_handle h = { 0 };
	struct plan plan;
	unsigned int i;
	int fault = -1;

	for (i = 0; i < row->nr; i++) {
		v[i] = whole((10 + i) * G, G);
		v[i].persistence = row->domains[i];
	}
	assert_int_equal(plan_make(&h, &guest, v, row->nr, &plan, &fault), 0);
	assert_int_equal(plan.caps.bits, row->bits);
	assert_int_equal(plan.caps.highest_valid, 1);
}

/*
 *   4G  first, whole, labels
 *   5G  second, a part, read-only, node 3
 *   6G  third, whole, labels
 *       label areas of the first and the third
 */
static void planned(void **state)
{
	struct xenpmem_vnvdimm v[3] = { whole(10 * G, G), whole(20 * G, G), whole(30 * G, G) };
	xenpmem_handle h = { 0 };
	struct plan plan;
	int fault = -1;

	(void)state;
	v[0].labels = v[2].labels = (struct xenpmem_range){ .spa = 9 * G, .length = SLOT };
	v[1].whole = 8 * G;
	v[1].offset = 2 * G;
	v[1].ro = true;
	v[1].node = 3;
	assert_int_equal(plan_make(&h, &guest, v, 3, &plan, &fault), 0);
	assert_int_equal(plan.nr, 3);
	assert_int_equal(v[2].gpa, 6 * G);
	assert_int_equal(v[0].labels_gpa, 7 * G);
	assert_int_equal(v[1].labels_gpa, 0);
	assert_int_equal(v[2].labels_gpa, 7 * G + SLOT);
	assert_int_equal(plan.tables[0].label_gpa, 7 * G);
	assert_int_equal(plan.tables[0].part_length, 0);
	assert_int_equal(plan.tables[0].flags, 0);
	assert_int_equal(plan.tables[0].node, VNVDIMM_NO_NODE);
	assert_int_equal(plan.tables[1].gpa, 5 * G);
	assert_int_equal(plan.tables[1].length, G);
	assert_int_equal(plan.tables[1].part_offset, 2 * G);
	assert_int_equal(plan.tables[1].part_length, G);
	assert_int_equal(plan.tables[1].flags, VNVDIMM_NOT_ARMED);
	assert_int_equal(plan.tables[1].node, 3);
	assert_int_equal(plan.tables[1].uuid[0], 0xaa);
	assert_int_equal(plan.nr_entries, 4);
	assert_int_equal(plan.entries[2].addr, 6 * G);
	assert_int_equal(plan.entries[2].type, MEMMAP_PMEM);
	assert_int_equal(plan.entries[3].addr, 7 * G);
	assert_int_equal(plan.entries[3].size, 2 * SLOT);
	assert_int_equal(plan.entries[3].type, MEMMAP_RESERVED);
}

static void refused(void **state)
{
	struct xenpmem_vnvdimm v[2] = { whole(10 * G, G), whole(20 * G, G) };
	xenpmem_handle h = { 0 };
	struct plan plan;
	int fault = -1;

	(void)state;
	v[1].gpa = 4096;
	assert_int_equal(plan_make(&h, &guest, v, 2, &plan, &fault), -EINVAL);
	assert_int_equal(fault, 1);
	assert_string_equal(h.error.line,
			    "the vNVDIMM's address is where the guest has or may get RAM");
	v[1] = whole(20 * G, 508 * G);
	v[0].gpa = XENPMEM_ANYWHERE;
	fault = -1;
	assert_int_equal(plan_make(&h, &guest, v, 2, &plan, &fault), -EINVAL);
	assert_int_equal(fault, 1);
	v[1] = whole(20 * G, 507 * G);
	v[1].labels = (struct xenpmem_range){ .spa = 9 * G, .length = SLOT };
	fault = -1;
	assert_int_equal(plan_make(&h, &guest, v, 2, &plan, &fault), -EINVAL);
	assert_int_equal(fault, -1);
	assert_string_equal(h.error.line, "the guest can address no room for its vNVDIMMs' labels");
}

/* A part of 100 MiB a page behind a boundary; a file there begins on 2 MiB all the same. */
static void unmappable(void **state)
{
	struct xenpmem_vnvdimm v[3] = {
		whole(10 * G, G), whole(20 * G + 4096, 100 << 20), whole(30 * G + 4096, G),
	};
	xenpmem_handle h = { 0 };
	struct plan plan;
	int fault = -1;

	(void)state;
	v[2].path.kind = XENPMEM_PATH_FILE;
	assert_int_equal(plan_make(&h, &guest, v, 3, &plan, &fault), 0);
	assert_int_equal(v[0].unmappable, 0);
	assert_int_equal(v[1].unmappable, XENPMEM_UNMAPPABLE_BASE | XENPMEM_UNMAPPABLE_SIZE);
	assert_int_equal(v[2].unmappable, 0);
}

/*
 *   4G  RAM, own node, from a part of its namespace
 *   5G  vNVDIMM, labels, node 1
 *   6G  RAM, node 0, where Linux would map no vNVDIMM
 *       label area
 */
static void ram_planned(void **state)
{
	struct xenpmem_vnvdimm v[3] = {
		ram(10 * G, G, true), whole(20 * G, G), ram(30 * G + 4096, 4096, false),
	};
	xenpmem_handle h = { 0 };
	struct plan plan;
	int fault = -1;

	(void)state;
	v[0].whole = 8 * G;
	v[1].labels = (struct xenpmem_range){ .spa = 9 * G, .length = SLOT };
	v[1].node = 1;
	v[1].persistence = XENPMEM_PERSISTENCE_CPU_CACHE;
	v[2].unmappable = 7;
	assert_int_equal(plan_make(&h, &guest, v, 3, &plan, &fault), 0);
	assert_int_equal(v[0].gpa, 4 * G);
	assert_int_equal(v[2].gpa, 6 * G + 4096);
	assert_int_equal(v[2].unmappable, 0);
	assert_int_equal(v[0].labels_gpa | v[2].labels_gpa, 0);
	assert_int_equal(plan.nr, 1);
	assert_int_equal(plan.tables[0].gpa, 5 * G);
	assert_int_equal(plan.caps.bits, 3);
	assert_int_equal(plan.own, 2);
	assert_int_equal(plan.nr_ram, 2);
	assert_int_equal(plan.ram[0].gpa, 4 * G);
	assert_int_equal(plan.ram[0].length, G);
	assert_int_equal(plan.ram[0].node, 2);
	assert_int_equal(plan.ram[1].gpa, 6 * G + 4096);
	assert_int_equal(plan.ram[1].node, 0);
	assert_int_equal(plan.nr_entries, 4);
	assert_int_equal(plan.entries[0].type, MEMMAP_RAM);
	assert_int_equal(plan.entries[0].size, G);
	assert_int_equal(plan.entries[1].type, MEMMAP_PMEM);
	assert_int_equal(plan.entries[2].type, MEMMAP_RAM);
	assert_int_equal(plan.entries[3].type, MEMMAP_RESERVED);
}

/* Up to three: r RAM on the own node, R RAM on node 0, a digit a vNVDIMM on that node, - on none */
static const struct own_row {
	const char *name;
	const char *list;
	uint32_t own;
} own_rows[] = {
	{ "RAM alone is node 1", "r", 1 },
	{ "RAM of two parts is one node", "rr", 1 },
	{ "RAM of both kinds", "Rr", 1 },
	{ "RAM of node 0 alone has no node", "R", 0 },
	{ "vNVDIMMs alone have no node of RAM", "12", 0 },
	{ "a vNVDIMM on no node", "-r", 1 },
	{ "a vNVDIMM on node 0", "r0", 1 },
	{ "a vNVDIMM on node 1", "1r", 2 },
	{ "a vNVDIMM on node 2", "r2", 1 },
	{ "vNVDIMMs on nodes 2 and 1", "2r1", 3 },
};

static void own(void **state)
{
	const struct own_row *row = *state;
	unsigned int nr = (unsigned int)strlen(row->list), i;
	struct xenpmem_vnvdimm v[3];
	xenpmem_handle h = { 0 };
	struct plan plan;
	int fault = -1;

	for (i = 0; i < nr; i++) {
		v[i] = whole((10 + i) * G, G);
		v[i].ram = row->list[i] == 'r' || row->list[i] == 'R';
		v[i].own_node = row->list[i] == 'r';
		if (row->list[i] >= '0' && row->list[i] <= '9')
			v[i].node = (uint32_t)(row->list[i] - '0');
	}
	assert_int_equal(plan_make(&h, &guest, v, nr, &plan, &fault), 0);
	assert_int_equal(plan.own, row->own);
	for (i = 0; i < plan.nr_ram; i++)
		assert_true(plan.ram[i].node == 0 || plan.ram[i].node == plan.own);
	assert_int_equal(plan.nr + plan.nr_ram, nr);
}

/* A vNVDIMM, then RAM, which is good but for what the row says. */
static const struct ram_row {
	const char *name;
	bool hvm;
	unsigned int nodes;
	bool labels, file, ro;
	int rc;
	const char *said;
} ram_rows[] = {
	{ "RAM of a PVH guest", false, 0, false, false, false, 0, NULL },
	{ "RAM of an HVM guest", true, 0, false, false, false, -EPERM,
	  "emulated devices of an HVM guest do not reach RAM on an NVDIMM: use type=\"pvh\"" },
	{ "RAM of a guest with virtual NUMA", false, 1, false, false, false, -EPERM,
	  "a guest with virtual NUMA (vnuma), or with vNVDIMMs or RAM on an NVDIMM already, "
	  "can get no RAM on an NVDIMM" },
	{ "RAM with labels", false, 0, true, false, false, -EINVAL, NULL },
	{ "RAM of a file", false, 0, false, true, false, -EINVAL, NULL },
	{ "RAM that is read-only", false, 0, false, false, true, -EINVAL, NULL },
};

static void ram_checked(void **state)
{
	const struct ram_row *row = *state;
	struct xenpmem_vnvdimm v[2] = { whole(10 * G, G), ram(20 * G, G, true) };
	xenpmem_handle h = { 0 };
	int fault = 7;

	v[1].labels.length = row->labels ? SLOT : 0;
	v[1].path.kind = row->file ? XENPMEM_PATH_FILE : XENPMEM_PATH_NONE;
	v[1].ro = row->ro;
	assert_int_equal(plan_ram_check(&h, row->hvm, row->nodes, v, 2, &fault), row->rc);
	assert_int_equal(fault, row->rc ? 1 : -1);
	if (row->said)
		assert_string_equal(h.error.line, row->said);
	assert_int_equal(plan_ram_check(&h, row->hvm, row->nodes, v, 1, &fault), 0);
}

int main(void)
{
	suite_add_rows(caps, caps_rows);
	suite_add("planned", planned);
	suite_add("refused", refused);
	suite_add("what Linux does not map is told", unmappable);
	suite_add("RAM planned", ram_planned);
	suite_add_rows(own, own_rows);
	suite_add_rows(ram_checked, ram_rows);
	return suite_run("plan");
}
