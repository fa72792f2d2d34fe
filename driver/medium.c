// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to the first bytes of a namespace: takes offsets into a claim, hands on bytes. A mapping
 * exists only during the access, so that none is left when Xen takes the range: a PV dom0 would
 * die of touching it.
 *
 * The mapping is uncached (Xen would make any other one uncached, and libnvdimm maps it so in the
 * end as well). Somebody else may have left lines of the range in a cache, a guest for one, so
 * they are written back and dropped first; CLFLUSH works on the physical line.
 */
#include <linux/io.h>

#include "driver.h"

static void __iomem *medium_map(struct claim *claim, u64 off, size_t len)
{
	void __iomem *at;

	at = ioremap(claim->spa->start + off, len);
	if (at)
		arch_invalidate_pmem((void __force *)at, len);
	return at;
}

/* Touching a bad line is a machine check, fatal in dom0. */
static int medium_check(struct claim *claim, u64 off, size_t len)
{
	sector_t first = off >> SECTOR_SHIFT, bad;
	sector_t end = (off + len + SECTOR_SIZE - 1) >> SECTOR_SHIFT;
	int nr_bad;

	if (off > resource_size(claim->spa) || len > resource_size(claim->spa) - off)
		return -EINVAL;
	return badblocks_check(&claim->bb, first, end - first, &bad, &nr_bad) ? -EIO : 0;
}

int medium_read(struct claim *claim, void *buf, u64 off, size_t len)
{
	void __iomem *at;
	int rc;

	rc = medium_check(claim, off, len);
	if (rc)
		return rc;
	at = medium_map(claim, off, len);
	if (!at)
		return -ENOMEM;
	memcpy_fromio(buf, at, len);
	iounmap(at);
	return 0;
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

/*
 * What the info blocks of btt, pfn and dax devices have in common; the formats are as old as the
 * modes and cannot change.
 */
struct info_block {
	u8 signature[16];
	u8 uuid[16];
	u8 parent_uuid[16];
};

static bool info_block_is(const struct info_block *info, const struct claim *claim)
{
	static const char signatures[][sizeof(info->signature)] = {
		"BTT_ARENA_INFO\0", "NVDIMM_PFN_INFO", "NVDIMM_DAX_INFO",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(signatures); i++)
		if (!memcmp(info->signature, signatures[i], sizeof(info->signature)))
			return !memcmp(info->parent_uuid, &claim->uuid, sizeof(claim->uuid));
	return false;
}

/*
 * Whether the namespace is in sector, fsdax or devdax mode, going by the medium: version 1.1
 * labels do not tell. A guest may make namespaces of its own on its vNVDIMM, and their info
 * blocks then stand in the same place: those name another parent.
 */
bool medium_has_info_block(struct claim *claim)
{
	static const u64 places[] = { 0, SZ_4K };
	struct info_block info;
	int i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (!medium_read(claim, &info, places[i], sizeof(info)) &&
		    info_block_is(&info, claim))
			return true;
	return false;
}
