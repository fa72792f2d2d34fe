// SPDX-License-Identifier: GPL-2.0-only
/* Xen's calls at load and unload: hangs /pmem into hypfs, and takes it out again. */
#include "dispatch.h"
#include "facts.h"
#include "unloading.h"
#include "group.h"
#include "media.h"
#include "slots.h"
#include "status.h"
#include "tables.h"

#define SECTION(name)	__attribute__((section(name), used))

/*
 * `xen-pmem load --accept-build` sets it to 1 in the file. Volatile: the compiler must not know its
 * value.
 */
static volatile uint32_t accept_build SECTION(".xen_pmem.accept") = 0;

static uint32_t abi_value = XEN_PMEM_ABI;

static struct hypfs_leaf abi_leaf = {
	.e = { .type = HYPFS_UINT,
	       .size = sizeof(abi_value),
	       .name = "abi",
	       .funcs = &hypfs_leaf_ro_funcs },
	.content = &abi_value,
};

static struct hypfs_dir pmem_dir = {
	.e = {
		.type = HYPFS_DIR, .name = "pmem", .list = { &pmem_dir.e.list, &pmem_dir.e.list },
		.funcs = &hypfs_dir_funcs,
	},
	.dirlist = { &pmem_dir.dirlist, &pmem_dir.dirlist },
};

/* In normal context; may refuse. */
static int extension_preapply(struct payload *p)
{
	int rc = facts_check(accept_build);

	(void)p;
	return rc ? rc : slots_prepare();
}

/* All CPUs are stopped. It cannot refuse: extension_preapply() has checked everything. */
static void extension_loaded(void)
{
	slots_fill();
	media_hook();
	status_update(0);
	if (hypfs_add_dir(&hypfs_root, &pmem_dir, false))
		return;
	hypfs_add_leaf(&pmem_dir, &abi_leaf, false);
	hypfs_add_leaf(&pmem_dir, &command_leaf, false);
	hypfs_add_leaf(&pmem_dir, &status_leaf, false);
}

static bool extension_in_use(void)
{
	return reserved.state || ranges_count() || !groups_idle();
}

/* In normal context; may refuse. It closes the gate before it looks for the last time. */
static int extension_prerevert(struct payload *p)
{
	(void)p;
	if (!extension_in_use() && gate_close()) {
		if (!extension_in_use())
			return 0;
		gate_open();
	}
	printk("<0>xen-pmem: not unloaded: ranges are in use, or were until just now\n");
	return -EBUSY;
}

/* All CPUs are stopped. */
static void extension_unloaded(void)
{
	media_unhook();
	hypfs_dir_unlink(&pmem_dir);
}

static int (*const preapply_hook)(struct payload *)
	SECTION(".livepatch.hooks.preapply") = extension_preapply;
static void (*const load_hook)(void) SECTION(".livepatch.hooks.load") = extension_loaded;
static int (*const prerevert_hook)(struct payload *)
	SECTION(".livepatch.hooks.prerevert") = extension_prerevert;
static void (*const unload_hook)(void) SECTION(".livepatch.hooks.unload") = extension_unloaded;
