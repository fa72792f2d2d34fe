// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: tells libnvdimm of a media error (len bytes at start, in region) as the platform
 * would, and, with busy=1, takes the range as another driver would, until it is unloaded.
 */
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/libnvdimm.h>
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

static int badrange_inject(void)
{
	struct device *dev;
	int rc;

	rc = nd_driver_register(&inject_driver);
	if (rc)
		return rc;
	dev = bus_find_device_by_name(inject_driver.drv.bus, NULL, region);
	nd_driver_unregister(&inject_driver);
	if (!dev)
		return -ENXIO;
	rc = nvdimm_bus_add_badrange(to_nvdimm_bus(dev->parent), start, len);
	nvdimm_region_notify(to_nd_region(dev), NVDIMM_REVALIDATE_POISON);
	put_device(dev);
	return rc;
}

static int __init inject_init(void)
{
	if (busy)
		return request_mem_region(start, len, "inject") ? 0 : -EBUSY;
	return badrange_inject();
}

static void __exit inject_exit(void)
{
	if (busy)
		release_mem_region(start, len);
}

module_init(inject_init);
module_exit(inject_exit);
MODULE_DESCRIPTION("Media errors and busy ranges for tests");
MODULE_LICENSE("GPL");
