// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the caller's bytes, hands a checked command to its operation, and copies the answer back.
 */
#include "dispatch.h"

#include "answer.h"
#include "assign.h"
#include "command.h"
#include "erase.h"
#include "unloading.h"
#include "group.h"
#include "noted.h"
#include "query.h"
#include "ranges.h"
#include "release.h"
#include "retired.h"
#include "status.h"
#include "take.h"

uint64_t command_longest;

static int command_dispatch(struct xen_pmem_command *c)
{
	switch (c->op) {
	case XEN_PMEM_OP_HELLO:
		return hello_query(c, command_longest);
	case XEN_PMEM_OP_RESERVE:
		return range_reserve(c);
	case XEN_PMEM_OP_UNRESERVE:
		return range_unreserve(c);
	case XEN_PMEM_OP_SERVE:
		return range_serve(c);
	case XEN_PMEM_OP_UNSERVE:
		return range_unserve(c);
	case XEN_PMEM_OP_ASSIGN:
		return holding_assign(c);
	case XEN_PMEM_OP_RELEASE:
		return holding_release(c);
	case XEN_PMEM_OP_QUERY_RANGE:
		return range_query(c);
	case XEN_PMEM_OP_QUERY_HOLDING:
		return holding_query(c);
	case XEN_PMEM_OP_ERASE:
		return range_erase(c);
	case XEN_PMEM_OP_ASSIGN_EXTENTS:
		return holding_assign_extents(c);
	case XEN_PMEM_OP_QUERY_MEDIA:
		return media_query(c);
	case XEN_PMEM_OP_RETIRE:
		return area_retire(c);
	case XEN_PMEM_OP_QUERY_RETIRED:
		return retired_query(c);
	case XEN_PMEM_OP_TAKE:
		return pages_take(c);
	case XEN_PMEM_OP_RESTORE:
		return pages_restore(c);
	default:
		return -EOPNOTSUPP;
	}
}

static int command_run(struct xen_pmem_command *c)
{
	int rc;

	command_work = 0;
	groups_expire();
	groups_reap();
	command_refusal = "";	/* what those two could not do is no answer to this command */
	rc = command_dispatch(c);
	if (command_work > command_longest)
		command_longest = command_work;
	return rc == MORE ? 0 : rc;	/* `done` says how far it came */
}

static int command_gated(struct xen_pmem_command *c)
{
	int rc;

	if (!gate_enter())
		return REFUSE(EBUSY, "the extension is being unloaded");
	rc = command_run(c);
	gate_open();
	return rc;
}

/*
 * hypfs_write_leaf() copies the caller's buffer into the leaf's. A shorter write would leave the
 * tail of an earlier one in it, so the length must be exact. The answer goes to where the command
 * came from.
 */
static int command_write(struct hypfs_leaf *leaf, const void *guest, unsigned int len)
{
	struct xen_pmem_command *c = leaf->content;
	int rc;

	if (len != sizeof(*c))
		return -EINVAL;
	rc = hypfs_write_leaf(leaf, guest, len);
	if (rc)
		return rc;
	rc = command_decode(c, len, &command_refusal);
	if (!rc)
		rc = command_gated(c);
	else
		memset(c->reason, 0, sizeof(c->reason));
	snprintf(c->reason, sizeof(c->reason), "%s", rc ? command_refusal : "");
	if (!rc)
		status_update(command_longest);
	return copy_to_guest_pv((void *)guest, c, len) ? -EFAULT : rc;
}

static struct xen_pmem_command command_buffer;

static const struct hypfs_funcs command_funcs = {
	.enter = hypfs_node_enter,
	.exit = hypfs_node_exit,
	.read = hypfs_read_leaf,
	.write = command_write,
	.getsize = hypfs_getsize,
	.findentry = hypfs_leaf_findentry,
};

struct hypfs_leaf command_leaf = {
	.e = {
		.type = HYPFS_BLOB, .size = sizeof(command_buffer),
		.max_size = sizeof(command_buffer), .name = "command", .funcs = &command_funcs,
	},
	.content = &command_buffer,
};
