// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to a namespace's bytes: takes offsets into a claim, hands on bytes. A mapping
 * exists only during the access, so that none is left when Xen takes the range: a PV dom0 would
 * die of touching it.
 *
 * The mapping is uncached (Xen would make any other one uncached, and libnvdimm maps it so in the
 * end as well). Somebody else may have left lines of the range in a cache, a guest for one, so
 * they are written back and dropped first; CLFLUSH works on the physical line.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "driver.h"

static void __iomem *medium_map(struct claim *claim, u64 off, size_t len)
{
	void __iomem *at;

	at = ioremap(claim->spa->start + off, len);
	if (at)
		arch_invalidate_pmem((void __force *)at, len);
	return at;
}

/* Known bad lines are left alone: to touch one is a machine check. */
static int medium_check(struct claim *claim, u64 off, size_t len)
{
	sector_t first = off >> SECTOR_SHIFT, bad;
	sector_t end = (off + len + SECTOR_SIZE - 1) >> SECTOR_SHIFT;
	int nr_bad;

	if (off > resource_size(claim->spa) || len > resource_size(claim->spa) - off)
		return -EINVAL;
	return badblocks_check(&claim->bb, first, end - first, &bad, &nr_bad) ? -EIO : 0;
}

/* A bad line that was not known is a machine check, which this copy survives as nd_pmem's does. */
int medium_read(struct claim *claim, void *buf, u64 off, size_t len)
{
	void __iomem *at;
	size_t left;
	int rc;

	rc = medium_check(claim, off, len);
	if (rc)
		return rc;
	at = medium_map(claim, off, len);
	if (!at)
		return -ENOMEM;
	left = copy_mc_to_kernel(buf, (void __force *)at, len);
	iounmap(at);
	return left ? -EIO : 0;
}

int medium_write(struct device *dev, struct claim *claim, const void *buf, u64 off, size_t len)
{
	void __iomem *at;
	int rc;

	rc = medium_check(claim, off, len);
	if (rc)
		return rc;
	at = medium_map(claim, off, len);
	if (!at)
		return -ENOMEM;
	memcpy_toio(at, buf, len);
	/* Fences, and writes the flush hints or what else the region has for it. */
	rc = nvdimm_flush(to_nd_region(dev->parent), NULL);
	iounmap(at);
	return rc;
}

/* Any bytes of it, for those who copy a whole namespace (include/xen-pmem/pin.h). */
int medium_copy(struct device *dev, struct claim *claim, const struct xen_pmem_copy *arg,
		void *bytes)
{
	if (arg->offset > resource_size(claim->spa) ||
	    arg->length > resource_size(claim->spa) - arg->offset)
		return -ERANGE;
	if (arg->write)
		return medium_write(dev, claim, bytes, arg->offset, arg->length);
	return medium_read(claim, bytes, arg->offset, arg->length);
}

/*
 * What the info blocks of btt, pfn and dax devices have in common; the formats are as old as the
 * modes and cannot change.
 */
struct info_block {
	u8 signature[16];
	u8 uuid[16];
	u8 parent_uuid[16];
};

static enum medium_mode info_block_mode(const struct info_block *info)
{
	static const struct {
		char signature[sizeof(info->signature)];
		enum medium_mode mode;
	} kinds[] = {
		{ "BTT_ARENA_INFO\0", MEDIUM_SECTOR },
		{ "NVDIMM_PFN_INFO", MEDIUM_PAGES },
		{ "NVDIMM_DAX_INFO", MEDIUM_PAGES },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!memcmp(info->signature, kinds[i].signature, sizeof(info->signature)))
			return kinds[i].mode;
	return MEDIUM_RAW;
}

/*
 * Whether the namespace is in sector, fsdax or devdax mode, going by the medium: version 1.1
 * labels do not tell. A guest may make namespaces of its own on its vNVDIMM, and their info
 * blocks then stand in the same place: those name another parent. *@uuid: of that block.
 */
enum medium_mode medium_mode(struct claim *claim, uuid_t *uuid)
{
	static const u64 places[] = { 0, SZ_4K };
	struct info_block info;
	int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (medium_read(claim, &info, places[i], sizeof(info)))
			continue;
		if (!info_block_mode(&info) || memcmp(info.parent_uuid, &claim->uuid, sizeof(uuid_t)))
			continue;
		memcpy(uuid, info.uuid, sizeof(*uuid));
		return info_block_mode(&info);
	}
	return MEDIUM_RAW;
}
