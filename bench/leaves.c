// SPDX-License-Identifier: GPL-2.0-only
/*
 * A live-patch payload for the bench alone: counts the leaves of a guest's physical map that lead
 * to NVDIMM, as Xen's own lookup finds them.
 *   xenhypfs write /leaves/domain 3    counts
 *   xenhypfs cat /leaves/count         "1g 7 2m 512 4k 0"
 */
#include "builds.h"

#define SECTION(name)	__attribute__((section(name), used))
#define GFN_LIMIT	(1ul << 28)	/* 1 TiB: more than any guest of the bench */
/* The test bed's RAM ends below 4 GiB, and its NVDIMMs begin there. */
#define NVDIMM_MFN	(1ul << 20)

static uint32_t domain;
static char text[64];

static int count_write(struct hypfs_leaf *leaf, const void *guest, unsigned int len);

static const struct hypfs_funcs domain_funcs = {
	.enter = hypfs_node_enter,
	.exit = hypfs_node_exit,
	.read = hypfs_read_leaf,
	.write = count_write,
	.getsize = hypfs_getsize,
	.findentry = hypfs_leaf_findentry,
};
static struct hypfs_leaf domain_leaf = {
	.e = { .type = HYPFS_UINT,
		.size = sizeof(domain),
		.max_size = sizeof(domain),
		.name = "domain",
		.funcs = &domain_funcs },
	.content = &domain,
};
static struct hypfs_leaf count_leaf = {
	.e = { .type = HYPFS_STRING, .size = 1, .name = "count", .funcs = &hypfs_leaf_ro_funcs },
	.content = text,
};
static struct hypfs_dir leaves_dir = {
	.e = { .type = HYPFS_DIR,
		.name = "leaves",
		.list = { &leaves_dir.e.list, &leaves_dir.e.list },
		.funcs = &hypfs_dir_funcs },
	.dirlist = { &leaves_dir.dirlist, &leaves_dir.dirlist },
};

static void leaves_count(struct p2m_domain *p2m, unsigned long count[3])
{
	unsigned long gfn, mfn;
	unsigned int type, access, order;

	p2m_get_gfn_type_access(p2m, 0, &type, &access, 0, &order, true);	/* takes the lock */
	for (gfn = 0; gfn < GFN_LIMIT; gfn += (1ul << order) - (gfn & ((1ul << order) - 1))) {
		order = 0;
		mfn = p2m_get_gfn_type_access(p2m, gfn, &type, &access, 0, &order, false);
		if (type == P2M_RAM_RW && mfn >= NVDIMM_MFN && mfn != INVALID_MFN)
			count[order >= 18 ? 0 : order >= 9 ? 1 : 2]++;
	}
	p2m_put_gfn(p2m, 0);
}

static int count_write(struct hypfs_leaf *leaf, const void *guest, unsigned int len)
{
	unsigned long count[3] = { 0, 0, 0 };
	struct domain *d;
	int rc = hypfs_write_leaf(leaf, guest, len);

	if (rc)
		return rc;
	d = get_domain_by_id(domain);
	if (!d)
		return -ESRCH;
	if (domain_is_hvm(d))
		leaves_count(domain_p2m(d), count);
	domain_put(d);
	count_leaf.e.size =
		snprintf(text, sizeof(text), "1g %lu 2m %lu 4k %lu", count[0], count[1], count[2]) +
		1;
	return 0;
}

static int preapply(struct payload *p)
{
	(void)p;
	build = build_by_id();
	return build ? 0 : -EINVAL;
}

static void loaded(void)
{
	if (hypfs_add_dir(&hypfs_root, &leaves_dir, false))
		return;
	hypfs_add_leaf(&leaves_dir, &domain_leaf, false);
	hypfs_add_leaf(&leaves_dir, &count_leaf, false);
}

static int (*const preapply_hook)(struct payload *) SECTION(".livepatch.hooks.preapply") = preapply;
static void (*const load_hook)(void) SECTION(".livepatch.hooks.load") = loaded;
