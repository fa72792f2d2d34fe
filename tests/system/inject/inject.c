// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: tells libnvdimm of a media error (len bytes at start, in region) as the platform
 * would. Until it is unloaded, with busy=1, it takes the range as another driver would; with mc=1,
 * a read of a mapped device that a machine check may end is ended by one at its first byte; with
 * fail=FUNCTION, that function of the kernel returns -ENOMEM, after a second, and does nothing.
 * With clear=UNIT, until it is unloaded, the region's bus clears blocks of that size: the log has
 * each.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/kprobes.h>
#include <linux/libnvdimm.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nd.h>
#include <linux/ndctl.h>

static char *region = "region0";
module_param(region, charp, 0400);
static unsigned long long start;
module_param(start, ullong, 0400);
static unsigned long long len;
module_param(len, ullong, 0400);
static bool busy;
module_param(busy, bool, 0400);
static bool mc;
module_param(mc, bool, 0400);
static uint clear;
module_param(clear, uint, 0400);
static char *fail;
module_param(fail, charp, 0400);

/* Registered only to learn the address of the bus. */
static int inject_probe(struct device *dev)
{
	return -ENODEV;
}

static struct nd_device_driver inject_driver = {
	.drv = { .name = "xen_pmem_inject" },
	.type = ND_DRIVER_NAMESPACE_PMEM,
	.probe = inject_probe,
};

static struct device *region_find(void)
{
	struct device *dev;

	if (nd_driver_register(&inject_driver))
		return NULL;
	dev = bus_find_device_by_name(inject_driver.drv.bus, NULL, region);
	nd_driver_unregister(&inject_driver);
	return dev;
}

static int badrange_inject(void)
{
	struct device *dev = region_find();
	int rc;

	if (!dev)
		return -ENXIO;
	rc = nvdimm_bus_add_badrange(to_nvdimm_bus(dev->parent), start, len);
	nvdimm_region_notify(to_nd_region(dev), NVDIMM_REVALIDATE_POISON);
	put_device(dev);
	return rc;
}

/* In place of copy_mc_to_kernel(): all is left. */
static unsigned long mc_copy(void *to, const void *from, unsigned long len)
{
	return len;
}

/* What is in the direct map the kernel copies by it too, when a process writes to a shared page. */
static int mc_hit(struct kprobe *probe, struct pt_regs *regs)
{
	if (!is_vmalloc_addr((void *)regs->si))
		return 0;
	regs->ip = (unsigned long)mc_copy;
	return 1;
}

static struct kprobe mc_probe = { .symbol_name = "copy_mc_to_kernel", .pre_handler = mc_hit };

/* The second is for those who want to see what there is before the failure. */
static int fail_call(void)
{
	msleep(1000);
	return -ENOMEM;
}

static int fail_hit(struct kprobe *probe, struct pt_regs *regs)
{
	regs->ip = (unsigned long)fail_call;
	return 1;
}

static struct kprobe fail_probe = { .pre_handler = fail_hit };

/* ---- a bus that clears ---- */

static struct device *clear_region;
static struct nvdimm_bus_descriptor *bus;
static ndctl_fn bus_ctl;
static unsigned long bus_cmds;

static int clear_ctl(struct nvdimm_bus_descriptor *desc, struct nvdimm *nvdimm, unsigned int cmd,
		     void *buf, unsigned int len, int *cmd_rc)
{
	struct nd_cmd_ars_cap *cap = buf;
	struct nd_cmd_clear_error *error = buf;

	if (nvdimm || (cmd != ND_CMD_ARS_CAP && cmd != ND_CMD_CLEAR_ERROR))
		return bus_ctl(desc, nvdimm, cmd, buf, len, cmd_rc);
	*cmd_rc = 0;
	if (cmd == ND_CMD_ARS_CAP) {
		cap->status = 0;
		cap->clear_err_unit = clear;
		return 0;
	}
	pr_info("inject: cleared %#llx, %llu bytes\n", error->address, error->length);
	error->status = 0;
	error->cleared = error->length;
	return 0;
}

static int clear_begin(void)
{
	clear_region = region_find();
	if (!clear_region)
		return -ENXIO;
	bus = to_nd_desc(to_nvdimm_bus(clear_region->parent));
	bus_ctl = bus->ndctl;
	bus_cmds = bus->cmd_mask;
	bus->ndctl = clear_ctl;
	bus->cmd_mask |= BIT(ND_CMD_ARS_CAP) | BIT(ND_CMD_CLEAR_ERROR);
	return 0;
}

static void clear_end(void)
{
	bus->ndctl = bus_ctl;
	bus->cmd_mask = bus_cmds;
	put_device(clear_region);
}

static int __init inject_init(void)
{
	if (clear)
		return clear_begin();
	fail_probe.symbol_name = fail;
	if (fail)
		return register_kprobe(&fail_probe);
	if (mc)
		return register_kprobe(&mc_probe);
	if (busy)
		return request_mem_region(start, len, "inject") ? 0 : -EBUSY;
	return badrange_inject();
}

static void __exit inject_exit(void)
{
	if (clear)
		clear_end();
	if (fail)
		unregister_kprobe(&fail_probe);
	if (mc)
		unregister_kprobe(&mc_probe);
	if (busy)
		release_mem_region(start, len);
}

module_init(inject_init);
module_exit(inject_exit);
MODULE_DESCRIPTION("Media errors and busy ranges for tests");
MODULE_LICENSE("GPL");
