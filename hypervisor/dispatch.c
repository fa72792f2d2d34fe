// SPDX-License-Identifier: GPL-2.0-only
/* One hypfs write: takes the caller's bytes, hands a checked command to its operation, and copies the answer back. */
#include "extension.h"

#include "command.h"

const char *refusal;
uint64_t work, longest;

static int hello(struct xen_pmem_command *c)
{
	c->abi = XEN_PMEM_ABI;
	c->count = ranges_count();
	c->spa = reserved.frames.first << 12;
	c->length = reserved.frames.count << 12;
	memcpy(c->uuid, reserved.uuid, 16);
	c->bytes_used = chunks_used() << 21;
	c->bytes_total = chunks_total() << 21;
	c->done = longest;
	return 0;
}

static int command_run(struct xen_pmem_command *c)
{
	switch (c->op) {
	case XEN_PMEM_OP_HELLO:
		return hello(c);
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
		return extents_assign(c);
	default:
		return -EOPNOTSUPP;
	}
}

static int command_checked(struct xen_pmem_command *c)
{
	int rc;

	work = 0;
	groups_sweep();
	groups_settle();
	refusal = "";	/* what they could not do is no answer to this command */
	rc = command_run(c);
	if (work > longest)
		longest = work;
	return rc == MORE ? 0 : rc;	/* `done` tells */
}

/*
 * Unloading is decided outside of hypfs' lock and done a little later, with every CPU stopped. In between nothing may be
 * taken into use. Xen does not say when it gave up on stopping the CPUs, so the gate opens again by itself.
 */
#define CLOSED_FOR	10000000000ll

static int64_t gate;			/* 0 open, 1 a command is running, else closed, at this time */

static bool gate_move(int64_t from, int64_t to)
{
	return __atomic_compare_exchange_n(&gate, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Closing again changes the time, so whoever is about to find the gate open again after the last closing fails. */
bool commands_close(void)
{
	int64_t seen = __atomic_load_n(&gate, __ATOMIC_SEQ_CST);

	return seen != 1 && gate_move(seen, get_s_time());
}

void commands_open(void)
{
	__atomic_store_n(&gate, 0, __ATOMIC_SEQ_CST);
}

static bool command_enter(void)
{
	int64_t seen = __atomic_load_n(&gate, __ATOMIC_SEQ_CST);

	return seen == 0 ? gate_move(0, 1) : seen != 1 && get_s_time() - seen > CLOSED_FOR && gate_move(seen, 1);
}

static int command_gated(struct xen_pmem_command *c)
{
	int rc;

	if (!command_enter())
		return REFUSE(EBUSY, "the extension is being unloaded");
	rc = command_checked(c);
	commands_open();
	return rc;
}

/*
 * hypfs_write_leaf() copies the caller's buffer into the leaf's. A shorter write would leave the tail of the one before
 * in it, so the length is checked with the rest. The answer goes to where the command came from.
 */
int command_write(struct hypfs_leaf *leaf, const void *guest, unsigned int len)
{
	struct xen_pmem_command *c = leaf->content;
	int rc;

	if (len != sizeof(*c))
		return -EINVAL;
	rc = hypfs_write_leaf(leaf, guest, len);
	if (rc)
		return rc;
	refusal = "";
	rc = command_decode(c, len, &refusal);
	if (!rc)
		rc = command_gated(c);
	else
		memset(c->reason, 0, sizeof(c->reason));
	snprintf(c->reason, sizeof(c->reason), "%s", rc ? refusal : "");
	if (!rc)
		status_leaf.e.size = status_update(longest);
	return copy_to_guest_pv((void *)guest, c, len) ? -EFAULT : rc;
}
