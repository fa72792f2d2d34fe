// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Xen that is another one: each fact that does not fit is named when the extension is loaded, and
 * nothing of the extension stays. And a Xen that was not tested, or has no room in hypfs.
 */
#include "suite.h"

#include "model.h"

static void no_e820(void) { e820.nr = 0; }
static void wrong_max_pdx(void) { max_pdx++; }
static void wrong_io_owner(void) { info(0xa0)->owner++; }
static void wrong_io_count(void) { info(0xa0)->count_info++; }
static void wrong_io_type(void) { info(0xa0)->type_info++; }
static void wrong_m2p(void) { *m2p(0xa0) = 0xa0; }
static void wrong_options(void) { FIELD(hardware_domain, uint32_t, builds[0].options) = CDF_HVM; }
static void wrong_dying(void) { FIELD(hardware_domain, uint32_t, builds[0].is_dying) = 7; }
static void wrong_created(void)
{
	FIELD(hardware_domain, uint8_t, builds[0].creation_finished) = 0;
}

static void wrong_caps(void) { FIELD(hardware_domain, void *, builds[0].iomem_caps) = (void *)8; }
static void wrong_ports(void) { FIELD(hardware_domain, void *, builds[0].ioport_caps) = (void *)8; }

static void wrong_ports_kind(void)
{
	FIELD(hardware_domain, void *, builds[0].ioport_caps) =
		FIELD(hardware_domain, void *, builds[0].iomem_caps);
}

static void wrong_refs(void) { FIELD(hardware_domain, int32_t, builds[0].refcnt) = 0; }
static void wrong_iommu(void) { FIELD(hardware_domain, void *, builds[0].iommu_ops) = (void *)8; }
static void wrong_sync(void) { FIELD(hardware_domain, uint8_t, builds[0].iommu_need_sync) = 1; }
static void wrong_bound(void) { machine.config.io_frames = 1ul << 40; }

static void wrong_sizes(void)
{
	FIELD(hardware_domain, uint32_t, builds[0].options) |= CDF_IOMMU;
	FIELD(hardware_domain, void *, builds[0].iommu_ops) = &iommu_ops;
	FIELD(&iommu_ops, uint64_t, 0) = IOMMU_SIZE_4K | 8;
}

static void wrong_list(void)
{
	FIELD(hardware_domain, void *, builds[0].next_in_list) = (void *)0x41;
}

static void wrong_p2m(void)
{
	unsigned int id = guest_create(CDF_HVM | CDF_HAP, 1);

	FIELD(doms[id].xen, void *, builds[0].p2m) = (void *)8;
}

static struct vcpu *first_vcpu(unsigned int id)
{
	return FIELD(doms[id].xen, struct vcpu **, builds[0].vcpus)[0];
}

static void wrong_system_vcpus(void) { FIELD(dom_io, uint32_t, builds[0].max_vcpus) = 1; }
static void wrong_no_vcpus(void) { FIELD(hardware_domain, uint32_t, builds[0].max_vcpus) = 0; }

static void wrong_max_vcpus(void)
{
	FIELD(hardware_domain, uint32_t, builds[0].max_vcpus) = VCPUS_MAX + 1;
}

static void wrong_vcpus(void) { FIELD(hardware_domain, void *, builds[0].vcpus) = (void *)8; }
static void wrong_vcpu(void) { FIELD(hardware_domain, void **, builds[0].vcpus)[1] = (void *)8; }
static void no_vcpu(void) { FIELD(hardware_domain, void **, builds[0].vcpus)[0] = NULL; }
static void wrong_vcpu_domain(void) { FIELD(first_vcpu(0), void *, builds[0].vcpu_domain) = NULL; }
static void wrong_vcpu_next(void) { FIELD(first_vcpu(0), void *, builds[0].vcpu_next) = NULL; }
static void wrong_pv_mode(void) { FIELD(hardware_domain, uint32_t, builds[0].paging_mode) = ~0u; }

static void wrong_mode_lock(void)
{
	FIELD(hardware_domain, int32_t, builds[0].paging_mode - 12) = 0;
}

static void wrong_mode_name(void)
{
	FIELD(hardware_domain, char *, builds[0].paging_mode - 8) += 2;
}

static void no_mode_name(void) { FIELD(hardware_domain, char *, builds[0].paging_mode - 8) = NULL; }

static void wrong_mode(void)
{
	unsigned int id = guest_create(CDF_HVM | CDF_HAP, 1);

	FIELD(doms[id].xen, uint32_t, builds[0].paging_mode) = PAGING_EXTERNAL | PAGING_SHADOW;
}

static uint64_t *monitor_new(void)
{
	unsigned int id = guest_create(CDF_HVM | CDF_HAP, 1);

	return &FIELD(first_vcpu(id), uint64_t, builds[0].monitor_table);
}

static void wrong_monitor(void) { ++*monitor_new(); }
static void no_monitor(void) { *monitor_new() = 0; }

static void wrong_top(void) { ((uint64_t *)virt(cr3_read() >> 12))[L4_SELF] = 0; }
static void wrong_top_type(void) { info(cr3_read() >> 12)->type_info = PGT_l1_table | 1; }
static void wrong_lock(void) { info(cr3_read() >> 12)->type_info &= ~0xfful; }

static void wrong_banks(void) { mca_allbanks->count = 0; }
static void wrong_map(void) { mca_allbanks->map = (unsigned long *)8; }
static void wrong_handlers(void) { mce_dhandler_num = 9; }

static void wrong_handler(void)
{
	static struct mca_error_handler wrong;

	mce_dhandlers = &wrong;
	mce_dhandler_num = 1;
}

static void wrong_hypfs(void) { hypfs_root.e.type = HYPFS_UINT; }

static void wrong_entry(void)
{
	char *list = (char *)hypfs_root.dirlist.next;

	((struct hypfs_entry *)(list - offsetof(struct hypfs_entry, list)))->parent = NULL;
}

static const struct {
	const char *name;
	void (*spoil)(void);
	const char *said;
} facts[] = {
	{ "fact: count of banks", wrong_banks, "banks of machine checks" },
	{ "fact: map of banks", wrong_map, "banks of machine checks" },
	{ "fact: number of handlers", wrong_handlers, "handlers of machine checks" },
	{ "fact: handler", wrong_handler, "handlers of machine checks" },
	{ "fact: e820", no_e820, "e820" },
	{ "fact: max_pdx", wrong_max_pdx, "max_pdx" },
	{ "fact: owner", wrong_io_owner, "owner of an I/O page" },
	{ "fact: count_info", wrong_io_count, "count_info" },
	{ "fact: type_info", wrong_io_type, "type_info" },
	{ "fact: M2P", wrong_m2p, "M2P of an I/O page" },
	{ "fact: options", wrong_options, "options" },
	{ "fact: is_dying", wrong_dying, "is_dying" },
	{ "fact: creation_finished", wrong_created, "creation_finished" },
	{ "fact: iomem_caps", wrong_caps, "iomem_caps" },
	{ "fact: ioport_caps", wrong_ports, "ioport_caps" },
	{ "fact: ioport_caps: of another kind", wrong_ports_kind, "ioport_caps of dom0" },
	{ "fact: refcnt", wrong_refs, "refcnt" },
	{ "fact: iommu_ops", wrong_iommu, "iommu_ops" },
	{ "fact: iommu_need_sync", wrong_sync, "iommu_need_sync" },
	{ "fact: iommu_ops: sizes", wrong_sizes, "iommu_ops: sizes of entries" },
	{ "fact: get_upper_mfn_bound", wrong_bound, "get_upper_mfn_bound" },
	{ "fact: next_in_list", wrong_list, "next_in_list" },
	{ "fact: p2m", wrong_p2m, "p2m" },
	{ "fact: max_vcpus: of a system domain", wrong_system_vcpus, "vcpus of a system domain" },
	{ "fact: max_vcpus: 0 of dom0", wrong_no_vcpus, "vcpus of dom0" },
	{ "fact: max_vcpus: too many", wrong_max_vcpus, "max_vcpus" },
	{ "fact: vcpus", wrong_vcpus, "vcpus" },
	{ "fact: vcpus: the second", wrong_vcpu, "vcpu" },
	{ "fact: vcpus: none", no_vcpu, "vcpus of a domain that has run" },
	{ "fact: vcpu_domain", wrong_vcpu_domain, "vcpu_domain" },
	{ "fact: vcpu_next", wrong_vcpu_next, "vcpu_next" },
	{ "fact: paging_mode: PV", wrong_pv_mode, "paging_mode of a PV domain" },
	{ "fact: paging_mode", wrong_mode, "paging_mode" },
	{ "fact: paging_mode: lock", wrong_mode_lock, "paging_mode: the lock before it" },
	{ "fact: paging_mode: lock: who", wrong_mode_name, "paging_mode: the lock before it" },
	{ "fact: paging_mode: lock: NULL", no_mode_name, "paging_mode: the lock before it" },
	{ "fact: monitor_table", wrong_monitor, "monitor_table" },
	{ "fact: monitor_table: 0", no_monitor, "monitor_table" },
	{ "fact: top-level page table", wrong_top, "top-level page table" },
	{ "fact: top-level page table: type", wrong_top_type, "type_info of a top-level" },
	{ "fact: lock of a page table", wrong_lock, "lock of a page table" },
	{ "fact: hypfs_root", wrong_hypfs, "hypfs_root" },
	{ "fact: hypfs entry", wrong_entry, "hypfs entry" },
};

static void test_fact(void **state)
{
	const typeof(facts[0]) *f = *state;

	machine_boot(&config_plain);
	extension_fresh();
	f->spoil();
	assert_int_equal(extension_load(false), -EINVAL);
	assert_non_null(strstr(machine.log, f->said));
	assert_int_equal(hypfs_entries(), 1);
	assert_int_equal(machine.heap_used, 0);
}

static void test_another_build(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct config config = config_plain;

		config.build = i;
		machine_boot(&config);
		machine.another_build = true;
		extension_fresh();
		assert_int_equal(extension_load(false), -EINVAL);
		assert_non_null(strstr(machine.log, "not in the tested list"));
		assert_int_equal(extension_load(true), 0);
		check_all();
		assert_int_equal(extension_unload(), 0);
	}
	machine_boot(&config_plain);
	machine.another_build = true;
	extension_fresh();
	no_e820();
	assert_int_equal(extension_load(true), -EINVAL);
}

/* ---- another CPU makes a guest's second vCPU meanwhile: writes it down, then hangs it on ---- */

static struct {
	struct vcpu **all, *second;
	uint64_t moment, written_at;
} made;

static void vcpu_next_set(struct vcpu *next)
{
	FIELD(made.all[0], struct vcpu *, builds[0].vcpu_next) = next;
}

static void vcpu_make(void)
{
	if (++made.moment == made.written_at)
		made.all[1] = made.second;
	else if (made.moment == made.written_at + 1)
		vcpu_next_set(made.second);
}

static void test_vcpu_made(void **state)
{
	uint64_t n = 0;

	(void)state;
	do {
		unsigned int id;

		machine_boot(&config_plain);
		extension_fresh();
		id = guest_create(CDF_HVM | CDF_HAP, 1);
		made.all = FIELD(doms[id].xen, struct vcpu **, builds[0].vcpus);
		made.second = made.all[1];
		made.all[1] = NULL;
		vcpu_next_set(NULL);
		made.moment = 0;
		made.written_at = ++n;
		machine.interrupt = vcpu_make;
		assert_int_equal(extension_load(false), 0);
		machine.interrupt = NULL;
	} while (made.moment > n);
	assert_in_range(n, 5, 1000);
}

/* The hook cannot refuse: it leaves nothing, and unloading finds nothing. */
static void test_no_directory(void **state)
{
	(void)state;
	machine_boot(&config_plain);
	extension_fresh();
	machine.fail_at = machine.points + 3;	/* after memory_check()'s page, and a slot's */
	extension_load(false);
	assert_string_equal(machine.failed, "hypfs_add_dir");
	assert_int_equal(hypfs_entries(), 1);
	assert_int_equal(extension_unload(), 0);
	assert_int_equal(hypfs_entries(), 1);
}

int main(void)
{
	suite_add_rows(test_fact, facts);
	suite_add("a build that was not tested", test_another_build);
	suite_add("a vCPU that another CPU is about to make", test_vcpu_made);
	suite_add("no room for the directory", test_no_directory);
	return suite_run("facts");
}
