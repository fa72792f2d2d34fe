/* SPDX-License-Identifier: GPL-2.0-only */
/* What the extension's decoder takes and what it refuses, one field at a time. */
#include "suite.h"
#include <errno.h>
#include "command.h"

#define G ((uint64_t)1 << 30)
#define AT(field) offsetof(struct xen_pmem_command, field)

/* The well-formed command of each operation; the rows below spoil one field of it each. */
static struct xen_pmem_command good(unsigned int op)
{
	struct xen_pmem_command c = {
		.magic = XEN_PMEM_COMMAND_MAGIC, .abi = XEN_PMEM_ABI, .op = op,
	};

	if (op == XEN_PMEM_OP_RESERVE || op == XEN_PMEM_OP_SERVE || op == XEN_PMEM_OP_ASSIGN ||
	    op == XEN_PMEM_OP_RETIRE || op == XEN_PMEM_OP_TAKE || op == XEN_PMEM_OP_RESTORE) {
		c.spa = 4 * G;
		c.length = G;
	}
	if ((c.length && op < XEN_PMEM_OP_RETIRE) || op == XEN_PMEM_OP_UNSERVE ||
	    op == XEN_PMEM_OP_RELEASE || op == XEN_PMEM_OP_ERASE)
		c.uuid[3] = 7;
	if (op == XEN_PMEM_OP_ASSIGN)
		c.gpa = 8 * G;
	if (op == XEN_PMEM_OP_ASSIGN || op == XEN_PMEM_OP_RELEASE ||
	    op == XEN_PMEM_OP_ASSIGN_EXTENTS)
		c.domain = 5;
	if (op == XEN_PMEM_OP_ASSIGN_EXTENTS) {
		c.gpa = 8 * G;
		c.length = G;
		c.index = 3;
		c.list = 0x7fff00001230;
	}
	return c;
}

/* At byte `offset` of operation `op` stands `value` (of 1, 2, 4 or 8 bytes) instead. */
static const struct command_row {
	const char *name;
	unsigned int op;
	size_t offset, width;
	uint64_t value;
	int rc;
} rows[] = {
	{ "hello", XEN_PMEM_OP_HELLO, AT(abi), 2, XEN_PMEM_ABI, 0 },
	{ "reserve", XEN_PMEM_OP_RESERVE, AT(abi), 2, XEN_PMEM_ABI, 0 },
	{ "unreserve", XEN_PMEM_OP_UNRESERVE, AT(abi), 2, XEN_PMEM_ABI, 0 },
	{ "serve", XEN_PMEM_OP_SERVE, AT(abi), 2, XEN_PMEM_ABI, 0 },
	{ "unserve", XEN_PMEM_OP_UNSERVE, AT(abi), 2, XEN_PMEM_ABI, 0 },
	{ "assign", XEN_PMEM_OP_ASSIGN, AT(abi), 2, XEN_PMEM_ABI, 0 },
	{ "release", XEN_PMEM_OP_RELEASE, AT(abi), 2, XEN_PMEM_ABI, 0 },
	{ "query range", XEN_PMEM_OP_QUERY_RANGE, AT(index), 4, 9, 0 },
	{ "query holding", XEN_PMEM_OP_QUERY_HOLDING, AT(index), 4, 9, 0 },
	{ "erase", XEN_PMEM_OP_ERASE, AT(done), 8, 4096, 0 },
	{ "retire", XEN_PMEM_OP_RETIRE, AT(length), 8, 4096, 0 },
	{ "query retired", XEN_PMEM_OP_QUERY_RETIRED, AT(index), 4, 9, 0 },
	{ "take", XEN_PMEM_OP_TAKE, AT(length), 8, 4096, 0 },
	{ "restore", XEN_PMEM_OP_RESTORE, AT(length), 8, 4096, 0 },
	{ "assign, 4 KiB leaves", XEN_PMEM_OP_ASSIGN, AT(flags), 4,
	  XEN_PMEM_ASSIGN_NO_1G | XEN_PMEM_ASSIGN_NO_2M, 0 },
	{ "assign, read-only", XEN_PMEM_OP_ASSIGN, AT(flags), 4,
	  XEN_PMEM_ASSIGN_RO | XEN_PMEM_ASSIGN_NO_1G, 0 },
	{ "assign, uncached", XEN_PMEM_OP_ASSIGN, AT(flags), 4, XEN_PMEM_ASSIGN_UNCACHED, 0 },
	{ "assign, running", XEN_PMEM_OP_ASSIGN, AT(flags), 4,
	  XEN_PMEM_ASSIGN_RUNNING | XEN_PMEM_ASSIGN_RO, 0 },
	{ "release, running", XEN_PMEM_OP_RELEASE, AT(flags), 4, XEN_PMEM_RELEASE_RUNNING, 0 },
	{ "assign, half done", XEN_PMEM_OP_ASSIGN, AT(done), 8, G / 2, 0 },
	{ "assign, all done", XEN_PMEM_OP_ASSIGN, AT(done), 8, G, 0 },
	{ "serve for the host", XEN_PMEM_OP_SERVE, AT(flags), 4, XEN_PMEM_SERVE_HOST, 0 },
	{ "assign extents", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(abi), 2, XEN_PMEM_ABI, 0 },
	{ "assign extents, half done", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(done), 8, G / 2, 0 },
	{ "as many extents as there may be", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(index), 4,
	  XEN_PMEM_EXTENTS_MAX, 0 },
	{ "assign extents, read-only, to who runs", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(flags), 4,
	  XEN_PMEM_ASSIGN_RO | XEN_PMEM_ASSIGN_RUNNING, 0 },
	{ "a page", XEN_PMEM_OP_SERVE, AT(length), 8, 4096, 0 },
	{ "up to the last page", XEN_PMEM_OP_SERVE, AT(spa), 8, 0 - G, 0 },

	{ "nothing to retire", XEN_PMEM_OP_RETIRE, AT(length), 8, 0, -EINVAL },
	{ "retire half a page", XEN_PMEM_OP_RETIRE, AT(length), 8, 2048, -EINVAL },
	{ "a uuid in retire", XEN_PMEM_OP_RETIRE, AT(uuid), 1, 1, -EINVAL },
	{ "nothing to take", XEN_PMEM_OP_TAKE, AT(length), 8, 0, -EINVAL },
	{ "take half a page", XEN_PMEM_OP_TAKE, AT(length), 8, 2048, -EINVAL },
	{ "a domain in take", XEN_PMEM_OP_TAKE, AT(domain), 2, 1, -EINVAL },
	{ "where take is to go on", XEN_PMEM_OP_TAKE, AT(done), 8, 4096, -EINVAL },
	{ "nothing to restore", XEN_PMEM_OP_RESTORE, AT(length), 8, 0, -EINVAL },
	{ "a uuid in restore", XEN_PMEM_OP_RESTORE, AT(uuid), 1, 1, -EINVAL },
	{ "spa in query retired", XEN_PMEM_OP_QUERY_RETIRED, AT(spa), 8, 4096, -EINVAL },
	{ "no magic", XEN_PMEM_OP_HELLO, AT(magic), 4, 0, -EINVAL },
	{ "older ABI", XEN_PMEM_OP_HELLO, AT(abi), 2, 0, -EPROTO },
	{ "newer ABI", XEN_PMEM_OP_HELLO, AT(abi), 2, XEN_PMEM_ABI + 1, -EPROTO },
	{ "operation past the last", XEN_PMEM_OP_HELLO, AT(op), 2, XEN_PMEM_OPS, -EOPNOTSUPP },
	{ "operation 65535", XEN_PMEM_OP_HELLO, AT(op), 2, 0xffff, -EOPNOTSUPP },
	{ "flags where there are none", XEN_PMEM_OP_RESERVE, AT(flags), 4, 1, -EINVAL },
	{ "a second flag of serve", XEN_PMEM_OP_SERVE, AT(flags), 4, XEN_PMEM_SERVE_HOST << 1,
	  -EINVAL },
	{ "uncached extents", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(flags), 4, XEN_PMEM_ASSIGN_UNCACHED,
	  -EINVAL },
	{ "no extents", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(index), 4, 0, -EINVAL },
	{ "more extents than there may be", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(index), 4,
	  XEN_PMEM_EXTENTS_MAX + 1, -EINVAL },
	{ "extents of no length", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(length), 8, 0, -EINVAL },
	{ "extents' length off a page", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(length), 8, G + 16,
	  -EINVAL },
	{ "spa beside extents", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(spa), 8, 4096, -EINVAL },
	{ "uuid beside extents", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(uuid), 1, 1, -EINVAL },
	{ "extents done past the end", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(done), 8, G + 4096, -EINVAL },
	{ "extents wrap", XEN_PMEM_OP_ASSIGN_EXTENTS, AT(gpa), 8, 0 - G + 4096, -EINVAL },
	{ "a list in assign", XEN_PMEM_OP_ASSIGN, AT(list), 8, 4096, -EINVAL },
	{ "a list in hello", XEN_PMEM_OP_HELLO, AT(list), 8, 1, -EINVAL },
	{ "unknown flag", XEN_PMEM_OP_ASSIGN, AT(flags), 4, 1u << 31, -EINVAL },
	{ "flag past the last", XEN_PMEM_OP_ASSIGN, AT(flags), 4, XEN_PMEM_ASSIGN_RUNNING << 1,
	  -EINVAL },
	{ "a flag of assign in release", XEN_PMEM_OP_RELEASE, AT(flags), 4, XEN_PMEM_ASSIGN_RO,
	  -EINVAL },
	{ "read-only and uncached", XEN_PMEM_OP_ASSIGN, AT(flags), 4,
	  XEN_PMEM_ASSIGN_RO | XEN_PMEM_ASSIGN_UNCACHED, -EINVAL },
	{ "padding in the middle", XEN_PMEM_OP_HELLO, AT(pad0), 4, 1u << 31, -EINVAL },
	{ "padding at the end", XEN_PMEM_OP_HELLO, AT(pad) + 7, 1, 1, -EINVAL },
	{ "reason on the way in", XEN_PMEM_OP_HELLO, AT(reason) + 63, 1, 1, -EINVAL },
	{ "state on the way in", XEN_PMEM_OP_HELLO, AT(state), 2, 1, -EINVAL },
	{ "count on the way in", XEN_PMEM_OP_RELEASE, AT(count), 8, 1, -EINVAL },
	{ "pending on the way in", XEN_PMEM_OP_RELEASE, AT(pending), 8, 1, -EINVAL },
	{ "bytes used on the way in", XEN_PMEM_OP_HELLO, AT(bytes_used), 8, 1, -EINVAL },
	{ "bytes total on the way in", XEN_PMEM_OP_HELLO, AT(bytes_total), 8, 1, -EINVAL },
	{ "domain in hello", XEN_PMEM_OP_HELLO, AT(domain), 2, 1, -EINVAL },
	{ "index in hello", XEN_PMEM_OP_HELLO, AT(index), 4, 1, -EINVAL },
	{ "uuid in hello", XEN_PMEM_OP_HELLO, AT(uuid) + 15, 1, 1, -EINVAL },
	{ "spa in unserve", XEN_PMEM_OP_UNSERVE, AT(spa), 8, 4096, -EINVAL },
	{ "length in unserve", XEN_PMEM_OP_UNSERVE, AT(length), 8, 4096, -EINVAL },
	{ "gpa in serve", XEN_PMEM_OP_SERVE, AT(gpa), 8, 4096, -EINVAL },
	{ "done in serve", XEN_PMEM_OP_SERVE, AT(done), 8, 4096, -EINVAL },
	{ "spa without length in erase", XEN_PMEM_OP_ERASE, AT(spa), 8, 4096, -EINVAL },
	{ "gpa in erase", XEN_PMEM_OP_ERASE, AT(gpa), 8, 4096, -EINVAL },
	{ "domain in erase", XEN_PMEM_OP_ERASE, AT(domain), 2, 1, -EINVAL },
	{ "flags in erase", XEN_PMEM_OP_ERASE, AT(flags), 4, 1, -EINVAL },
	{ "no uuid", XEN_PMEM_OP_UNSERVE, AT(uuid) + 3, 1, 0, -EINVAL },
	{ "empty range", XEN_PMEM_OP_SERVE, AT(length), 8, 0, -EINVAL },
	{ "spa off a page", XEN_PMEM_OP_SERVE, AT(spa), 8, 4 * G + 2048, -EINVAL },
	{ "length off a page", XEN_PMEM_OP_SERVE, AT(length), 8, G + 1, -EINVAL },
	{ "gpa off a page", XEN_PMEM_OP_ASSIGN, AT(gpa), 8, 8 * G + 512, -EINVAL },
	{ "done off a page", XEN_PMEM_OP_ASSIGN, AT(done), 8, 100, -EINVAL },
	{ "done past the end", XEN_PMEM_OP_ASSIGN, AT(done), 8, G + 4096, -EINVAL },
	{ "reserved area off 2 MiB", XEN_PMEM_OP_RESERVE, AT(spa), 8, 4 * G + 4096, -EINVAL },
	{ "reserved length off 2 MiB", XEN_PMEM_OP_RESERVE, AT(length), 8, G - 4096, -EINVAL },
	{ "spa wraps", XEN_PMEM_OP_SERVE, AT(spa), 8, 0 - G + 4096, -EINVAL },
	{ "gpa wraps", XEN_PMEM_OP_ASSIGN, AT(gpa), 8, 0 - G + 4096, -EINVAL },
	{ "length wraps", XEN_PMEM_OP_SERVE, AT(length), 8, 0 - (uint64_t)4096, -EINVAL },
};

static void test_field(void **state)
{
	const struct command_row *row = *state;
	struct xen_pmem_command c = good(row->op);
	const char *why = NULL;

	memcpy((char *)&c + row->offset, &row->value, row->width);
	assert_int_equal(command_decode(&c, sizeof(c), &why), row->rc);
	assert_non_null(why);
	assert_true(row->rc ? *why != 0 : *why == 0);
}

/* ERASE of a part. */
static const struct part_row {
	const char *name;
	uint64_t spa, length, done;
	int rc;
} parts[] = {
	{ "erase a part", 4 * G, G, 0, 0 },
	{ "erase a part, all done", 4 * G, G, G, 0 },
	{ "erase a part at 0", 0, 4096, 0, 0 },
	{ "erase a part, done past the end", 4 * G, G, G + 4096, -EINVAL },
	{ "erase a part, spa off a page", 4 * G + 8, G, 0, -EINVAL },
	{ "erase a part, length off a page", 4 * G, G + 8, 0, -EINVAL },
	{ "erase a part that wraps", 0 - G, G + 4096, 0, -EINVAL },
	{ "erase all, far on", 0, 0, G << 10, 0 },
};

static void test_part(void **state)
{
	const struct part_row *row = *state;
	struct xen_pmem_command c = good(XEN_PMEM_OP_ERASE);
	const char *why = NULL;

	c.spa = row->spa;
	c.length = row->length;
	c.done = row->done;
	assert_int_equal(command_decode(&c, sizeof(c), &why), row->rc);
	assert_true(row->rc ? *why != 0 : *why == 0);
}

/* Every length but the right one, each in a buffer of just that size. */
static void test_size(void **state)
{
	struct xen_pmem_command c = good(XEN_PMEM_OP_HELLO);
	const char *why;
	size_t len;

	(void)state;
	for (len = 0; len < 2 * sizeof(c); len++) {
		uint8_t *buf = calloc(1, len ? len : 1);

		memcpy(buf, &c, len < sizeof(c) ? len : sizeof(c));
		assert_int_equal(command_decode(buf, len, &why), len == sizeof(c) ? 0 : -EINVAL);
		free(buf);
	}
}

int main(void)
{
	suite_add_rows(test_field, rows);
	suite_add_rows(test_part, parts);
	suite_add("every size", test_size);
	return suite_run("command");
}
