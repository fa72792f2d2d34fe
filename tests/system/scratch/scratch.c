// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests, in a guest: takes mib MiB of unpopulated memory, as backends and gntdev do for mapping
 * grants, and keeps it until it is unloaded. Linux takes it from the first holes of iomem, 128 MiB
 * ("Xen scratch") at a time.
 */
#include <linux/module.h>
#include <linux/vmalloc.h>
#include <xen/xen.h>

static unsigned int mib;
module_param(mib, uint, 0400);

#define CHUNK	256u	/* pages: a MiB */

static struct page **pages;
static unsigned int chunks;

static void chunks_free(void)
{
	while (chunks--)
		xen_free_unpopulated_pages(CHUNK, pages + chunks * CHUNK);
	vfree(pages);
}

static int __init scratch_init(void)
{
	int rc = 0;

	pages = vzalloc(array3_size(mib, CHUNK, sizeof(*pages)));
	if (!pages)
		return -ENOMEM;
	for (chunks = 0; chunks < mib && !rc; chunks += !rc)
		rc = xen_alloc_unpopulated_pages(CHUNK, pages + chunks * CHUNK);
	if (rc) {
		pr_err("scratch: only %u MiB: %d\n", chunks, rc);
		chunks_free();
	}
	return rc;
}

static void __exit scratch_exit(void)
{
	chunks_free();
}

module_init(scratch_init);
module_exit(scratch_exit);
MODULE_LICENSE("GPL");
