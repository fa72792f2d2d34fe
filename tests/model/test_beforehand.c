// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tool finds beforehand (core/servable.h) is what the extension refuses: random ranges on
 * each machine. dom0 may map nothing there, so a range that can be served is refused for that.
 */
#include "suite.h"

#include "model.h"
#include "script.h"
#include "servable.h"

#define RANGES	2000

static void empty(void) { }

static void shadowed(void)
{
	unsigned int pv = guest_create(0, 0);

	FIELD(doms[pv].xen, uint32_t, builds[0].paging_mode) = PAGING_SHADOW;
}

static const struct row {
	const char *name;
	const struct config *config;
	void (*before_load)(void);
	uint64_t hole, end;
	uint32_t slots_empty;
} rows[] = {
	{ "an NVDIMM behind RAM", &config_plain, empty, 0, GIB(1024), 0x3fc },
	{ "between two blocks of RAM", &config_middle, empty, 0, GIB(1024), 0x3fc },
	{ "a hole of frame numbers", &config_hole, empty, 0xfc0000000, GIB(1024), 0x3fc },
	{ "AMD's IOMMU", &config_amd, empty, 0, GIB(512), 0x3fc },
	{ "an NVDIMM in an empty slot", &config_high, empty, 0, GIB(5120), 0 },
	{ "the same where the slots stay empty", &config_high, shadowed, 0, GIB(5120), 0x3fe },
};

static uint64_t seed;

/* Around powers of two, where the borders are. */
static struct frames range_random(void)
{
	const uint64_t at = (1ull << (32 + random_next(&seed) % 12)) +
			    random_next(&seed) % 4096 * MIB(2);
	const uint64_t before = random_next(&seed) % 2 ? MIB(4096) : 0;

	const uint64_t most = random_next(&seed) % 2 ? 16 : 4096;

	return (struct frames){ (at - (at >= GIB(8) ? before : 0)) >> 12,
				(1 + random_next(&seed) % most) << 9 };
}

static void range_compare(const struct servable_host *host)
{
	const struct frames f = range_random();
	struct xen_pmem_command c = command_range(XEN_PMEM_OP_RESERVE, 1, f);
	uint64_t length = f.count << 12;
	const bool can = servable_part(host, f.first << 12, &length) == SERVABLE &&
			 length == f.count << 12;
	int rc;

	/* The model's ACPI tables are right below the NVDIMM; regions of real hosts have none. */
	if (frames_intersect(f, (struct frames){ machine.config.nvdimm.first - 16, 16 }).count)
		return;
	rc = command(&c);
	if (rc != (can ? -EPERM : -ERANGE))
		broken("%#lx + %#lx: %d %s, and it is %s servable", f.first << 12, f.count << 12,
		       rc, c.reason, can ? "" : "not");
}

static void test_machine(void **state)
{
	const struct row *r = *state;
	struct xen_pmem_command c = command_range(XEN_PMEM_OP_HELLO, 0, (struct frames){ 0, 0 });
	struct servable_ram ram[RAM_BLOCKS];
	struct servable_host host = { .ram = ram };

	machine_boot(r->config);
	extension_fresh();
	script_fresh();
	r->before_load();
	if (extension_load(false))
		broken("not loaded: %s", machine.log);
	caps_change(0, (struct frames){ 0, MFN_LIMIT }, false);
	assert_int_equal(command(&c), 0);
	assert_int_equal(c.gpa, r->hole);
	assert_int_equal(c.pending, r->end);
	assert_int_equal(c.state, r->slots_empty);
	host.hole = c.gpa;
	host.end = c.pending;
	host.slots_empty = c.state;
	for (unsigned int i = 0; i < RAM_BLOCKS; i++)
		if (r->config->ram[i].count)
			ram[host.nr_ram++] = (struct servable_ram){
				r->config->ram[i].first << 12, r->config->ram[i].count << 12
			};
	seed = 15;
	for (unsigned int i = 0; i < RANGES; i++)
		range_compare(&host);
}

int main(void)
{
	suite_add_rows(test_machine, rows);
	return suite_run("beforehand");
}
