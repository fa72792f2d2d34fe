// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's kernel that asks Xen for whatever it is told to: takes "NUMBER OPERATION ARGUMENT..."
 * from data/do of the guest's own folder in xenstore, does it, and writes "NUMBER ANSWER VALUE" to
 * data/did.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/xenbus.h>

#include "hostile.h"

#define ARGS	4

static const struct { const char *name; op_fn fn; } ops[] = {
	{ "decrease", op_decrease }, { "populate", op_populate }, { "exchange", op_exchange },
	{ "claim", op_claim },
	{ "move", op_move }, { "batch", op_batch }, { "hook", op_hook }, { "foreign", op_foreign },
	{ "remove", op_remove },
	{ "access", op_access }, { "resource", op_resource },
	{ "grant", op_grant }, { "ungrant", op_ungrant }, { "map", op_map }, { "unmap", op_unmap },
	{ "copy_in", op_copy_in }, { "copy_out", op_copy_out }, { "copy", op_copy },
	{ "transfer", op_transfer },
	{ "write", op_write }, { "read", op_read }, { "ram", op_ram },
	{ "vcpu_info", op_vcpu_info }, { "runstate", op_runstate }, { "time", op_time },
	{ "fifo_control", op_fifo_control }, { "fifo_array", op_fifo_array },
	{ "run", op_run }, { "argument", op_argument },
	{ "mem_type", op_mem_type }, { "dm", op_dm }, { "altp2m", op_altp2m },
	{ "param", op_param },
	{ "stores", op_stores }, { "answer", op_answer }, { "tables", op_tables },
	{ "storm", op_storm }, { "die", op_die }, { "panic", op_panic },
};

static op_fn op_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (!strcmp(ops[i].name, name))
			return ops[i].fn;
	return NULL;
}

static void order_do(char *order)
{
	const char *number = strsep(&order, " "), *name = strsep(&order, " "), *word;
	u64 arg[ARGS] = { 0 }, out = 0;
	op_fn fn = name ? op_find(name) : NULL;
	unsigned int i;
	long rc;

	for (i = 0; i < ARGS && (word = strsep(&order, " ")); i++)
		if (kstrtou64(word, 0, &arg[i]))
			fn = NULL;
	if (!fn) {
		xenbus_printf(XBT_NIL, "data", "did", "%s what?", number);
		return;
	}
	rc = fn(arg, &out);
	xenbus_printf(XBT_NIL, "data", "did", "%s %ld %#llx", number, rc, out);
}

static void orders_changed(struct xenbus_watch *watch, const char *path, const char *token)
{
	char *order = xenbus_read(XBT_NIL, "data", "do", NULL);

	if (IS_ERR(order))
		return;
	if (*order)
		order_do(order);
	kfree(order);
}

static struct xenbus_watch orders = { .node = "data/do", .callback = orders_changed };

static int __init hostile_init(void)
{
	int rc = register_xenbus_watch(&orders);

	return rc ?: xenbus_printf(XBT_NIL, "data", "did", "0 ready");
}

module_init(hostile_init);
MODULE_DESCRIPTION("A hostile guest, for tests");
MODULE_LICENSE("GPL");
