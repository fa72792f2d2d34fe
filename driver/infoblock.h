/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The info blocks by which a namespace is in sector, fsdax or devdax mode: how btt, pfn and dax
 * devices begin. The formats are as old as the modes and cannot change (Linux, drivers/nvdimm:
 * struct btt_sb in btt.h, struct nd_pfn_sb in pfn.h).
 */
#ifndef XEN_PMEM_INFOBLOCK_H
#define XEN_PMEM_INFOBLOCK_H

#include <linux/string.h>
#include <linux/types.h>

/* A signature ends with a NUL, or with two. */
#define INFO_BLOCK_BTT	"BTT_ARENA_INFO\0"
#define INFO_BLOCK_PFN	"NVDIMM_PFN_INFO"
#define INFO_BLOCK_DAX	"NVDIMM_DAX_INFO"

struct info_block {
	char signature[16];
	u8 uuid[16];			/* of the btt, pfn or dax device */
	u8 parent_uuid[16];		/* of the namespace */
	__le32 flags;
	__le16 version[2];
	__le64 dataoff;			/* of pfn and dax: bytes from the namespace's start */
};

static inline bool info_block_is(const struct info_block *info, const char *signature)
{
	return !memcmp(info->signature, signature, sizeof(info->signature));
}

#endif
