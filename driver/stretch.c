// SPDX-License-Identifier: GPL-2.0-only
/* Where the bytes of a device are in memory: asks the device's DAX interface. */
#include <linux/mm.h>
#include <linux/pfn_t.h>

#include "gate.h"
#include "reason.h"
#include "stretch.h"

int stretch_find(const struct stretch_device *device, u64 at, u64 length,
		 enum dax_access_mode mode, struct stretch *stretch, char *reason)
{
	void *kaddr;
	pfn_t pfn;
	long nr;

	if (!device->dax) {
		stretch->pfn = PHYS_PFN(device->start + at);
		stretch->kaddr = (unsigned long)__va(device->start + at);
		stretch->nr = PHYS_PFN(length);
		return 0;
	}
	nr = dax_direct_access(device->dax, PHYS_PFN(device->start + at), PHYS_PFN(length), mode,
			       &kaddr, &pfn);
	if (nr <= 0)
		return fail(reason, -EIO, "no access at byte %llu of the device%s", at,
			    nr == -EIO || nr == -EHWPOISON ? ": bad blocks" : "");
	stretch->kaddr = (unsigned long)kaddr;
	stretch->pfn = pfn_t_to_pfn(pfn);
	stretch->nr = min_t(u64, nr, PHYS_PFN(length));
	return 0;
}

static int first_page_check(const struct stretch_device *device, char *reason)
{
	struct stretch stretch;
	int id, rc;

	id = dax_read_lock();
	rc = stretch_find(device, 0, PAGE_SIZE, DAX_ACCESS, &stretch, reason);
	dax_read_unlock(id);
	return rc ? rc : gate_find(device->class, stretch.pfn, reason);
}

int stretch_device_open(struct stretch_device *device, struct block_device *bdev, char *reason)
{
	int rc;

	device->class = bdev->bd_device.class;
	device->length = bdev_nr_bytes(bdev);
	if ((get_start_sect(bdev) * SECTOR_SIZE | device->length) & ~PAGE_MASK)
		return fail(reason, -EINVAL, "%pg does not start and end at multiples of 4096",
			    bdev);
	device->dax = fs_dax_get_by_bdev(bdev, &device->start, NULL, NULL);
	if (!device->dax)
		return fail(reason, -EOPNOTSUPP, "%pg has no DAX", bdev);
	if (dax_synchronous(device->dax))
		rc = first_page_check(device, reason);
	else
		rc = fail(reason, -ENXIO, "what is written to %pg needs a flush call to persist",
			  bdev);
	if (rc)
		stretch_device_close(device);
	return rc;
}

void stretch_device_close(struct stretch_device *device)
{
	put_dax(device->dax);
}
