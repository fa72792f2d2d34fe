// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a claimed namespace. A mapping exists only during the access: when Xen takes the
 * range, a PV dom0 that touched a mapping would die.
 *
 * The mapping is uncached: Xen would make any other one uncached, and libnvdimm maps the range so
 * in the end as well. Others, a guest for example, may have left lines of the range in a cache. So
 * the lines are written back and dropped first; CLFLUSH works on the physical line.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "claim.h"
#include "claim_io.h"
#include "compat.h"
#include "infoblock.h"

static void __iomem *bytes_map(struct claim *claim, u64 off, size_t len)
{
	void __iomem *at;

	at = ioremap(claim->spa->start + off, len);
	if (at)
		arch_invalidate_pmem((void __force *)at, len);
	return at;
}

/* Touching a known bad line would be a machine check. */
static int bytes_check(struct claim *claim, u64 off, size_t len)
{
	sector_t first = off >> SECTOR_SHIFT, bad;
	sector_t end = (off + len + SECTOR_SIZE - 1) >> SECTOR_SHIFT;
	int nr_bad;

	if (off > resource_size(claim->spa) || len > resource_size(claim->spa) - off)
		return -EINVAL;
	return badblocks_check(&claim->bb, first, end - first, &bad, &nr_bad) ? -EIO : 0;
}

int claim_io_read(struct claim *claim, void *buf, u64 off, size_t len)
{
	void __iomem *at;
	size_t left;
	int rc;

	rc = bytes_check(claim, off, len);
	if (rc)
		return rc;
	at = bytes_map(claim, off, len);
	if (!at)
		return -ENOMEM;
	/* An unknown bad line is a machine check, which this copy survives, as nd_pmem's does. */
	left = copy_mc_to_kernel(buf, (void __force *)at, len);
	iounmap(at);
	return left ? -EIO : 0;
}

int claim_io_write(struct device *dev, struct claim *claim, const void *buf, u64 off, size_t len)
{
	void __iomem *at;
	int rc;

	rc = bytes_check(claim, off, len);
	if (rc)
		return rc;
	at = bytes_map(claim, off, len);
	if (!at)
		return -ENOMEM;
	memcpy_toio(at, buf, len);
	/* Fences, and writes the flush hints or what else the region has for it. */
	rc = nvdimm_flush(to_nd_region(dev->parent), NULL);
	iounmap(at);
	return rc;
}

static enum namespace_mode info_block_mode(const struct info_block *info)
{
	if (info_block_is(info, INFO_BLOCK_BTT))
		return MODE_SECTOR;
	if (info_block_is(info, INFO_BLOCK_PFN) || info_block_is(info, INFO_BLOCK_DAX))
		return MODE_PAGES;
	return MODE_RAW;
}

enum namespace_mode claim_io_mode(struct claim *claim, uuid_t *uuid)
{
	static const u64 places[] = { 0, SZ_4K };
	enum namespace_mode mode;
	struct info_block info;
	int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (claim_io_read(claim, &info, places[i], sizeof(info)))
			continue;
		mode = info_block_mode(&info);
		if (mode == MODE_RAW || memcmp(info.parent_uuid, &claim->uuid, sizeof(uuid_t)))
			continue;
		memcpy(uuid, info.uuid, sizeof(*uuid));
		return mode;
	}
	return MODE_RAW;
}
