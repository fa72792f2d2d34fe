// SPDX-License-Identifier: GPL-2.0-only
/* The live-patch hooks: takes Xen's calls at load and unload, hangs /pmem into hypfs and takes it out again. */
#include "extension.h"

#define SECTION(name)	__attribute__((section(name), used))

/* Set to 1 in the file by `xen-pmem load --accept-build`. Volatile: the compiler must not know its value. */
static volatile uint32_t accept SECTION(".xen_pmem.accept") = 0;

static struct xen_pmem_command command_buffer;
static uint32_t abi_value = XEN_PMEM_ABI;

static const struct hypfs_funcs command_funcs = {
	.enter = hypfs_node_enter,
	.exit = hypfs_node_exit,
	.read = hypfs_read_leaf,
	.write = command_write,
	.getsize = hypfs_getsize,
	.findentry = hypfs_leaf_findentry,
};

static struct hypfs_leaf abi_leaf = {
	.e = { .type = HYPFS_UINT, .size = sizeof(abi_value), .name = "abi", .funcs = &hypfs_leaf_ro_funcs },
	.content = &abi_value,
};
static struct hypfs_leaf command_leaf = {
	.e = { .type = HYPFS_BLOB, .size = sizeof(command_buffer), .max_size = sizeof(command_buffer), .name = "command",
	       .funcs = &command_funcs },
	.content = &command_buffer,
};
struct hypfs_leaf status_leaf = {
	.e = { .type = HYPFS_STRING, .name = "status", .funcs = &hypfs_leaf_ro_funcs },
	.content = status_text,
};
static struct hypfs_dir pmem_dir = {
	.e = { .type = HYPFS_DIR, .name = "pmem", .list = { &pmem_dir.e.list, &pmem_dir.e.list },
	       .funcs = &hypfs_dir_funcs },
	.dirlist = { &pmem_dir.dirlist, &pmem_dir.dirlist },
};

/* Normal context, may refuse. */
static int preapply(struct payload *p)
{
	(void)p;
	return facts_check(accept);
}

/* All CPUs stopped, cannot fail: preapply has seen to everything. */
static void loaded(void)
{
	status_leaf.e.size = status_update(0);
	if (hypfs_add_dir(&hypfs_root, &pmem_dir, false))
		return;
	hypfs_add_leaf(&pmem_dir, &abi_leaf, false);
	hypfs_add_leaf(&pmem_dir, &command_leaf, false);
	hypfs_add_leaf(&pmem_dir, &status_leaf, false);
}

static bool in_use(void)
{
	return reserved.frames.count || ranges_count() || !groups_settled();
}

/* Normal context, may refuse. Shuts the gate before it looks for the last time. */
static int prerevert(struct payload *p)
{
	(void)p;
	if (!in_use() && commands_close()) {
		if (!in_use())
			return 0;
		commands_open();
	}
	printk("<0>xen-pmem: not unloaded: ranges are in use, or were until just now\n");
	return -EBUSY;
}

/* All CPUs stopped. */
static void unloaded(void)
{
	hypfs_dir_unlink(&pmem_dir);
}

static int (*const preapply_hook)(struct payload *) SECTION(".livepatch.hooks.preapply") = preapply;
static void (*const load_hook)(void) SECTION(".livepatch.hooks.load") = loaded;
static int (*const prerevert_hook)(struct payload *) SECTION(".livepatch.hooks.prerevert") = prerevert;
static void (*const unload_hook)(void) SECTION(".livepatch.hooks.unload") = unloaded;
