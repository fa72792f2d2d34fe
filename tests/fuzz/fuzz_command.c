/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands: nothing crashes the decoder, and what it accepts keeps every promise that the extension
 * relies on.
 */
#include "fuzz.h"
#include "command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct xen_pmem_command c;
	const char *why = NULL;

	if (command_decode(data, len, &why)) {
		must(why && *why);
		return 0;
	}
	must(len == sizeof(c));
	memcpy(&c, data, sizeof(c));
	must(c.magic == XEN_PMEM_COMMAND_MAGIC && c.abi == XEN_PMEM_ABI && c.op < XEN_PMEM_OPS);
	must(!((c.spa | c.gpa | c.length | c.done) % 4096));
	must(!c.length ||
	     (c.spa + c.length - 1 >= c.spa && c.gpa + c.length - 1 >= c.gpa &&
	      c.done <= c.length));
	must(c.op != XEN_PMEM_OP_ASSIGN ||
	     (c.flags & (XEN_PMEM_ASSIGN_RO | XEN_PMEM_ASSIGN_UNCACHED)) !=
	     (XEN_PMEM_ASSIGN_RO | XEN_PMEM_ASSIGN_UNCACHED));
	must(c.length || !c.spa);
	must(c.op != XEN_PMEM_OP_ASSIGN_EXTENTS ||
	     (c.index && c.index <= XEN_PMEM_EXTENTS_MAX && c.length && !c.spa));
	must(c.op == XEN_PMEM_OP_ASSIGN_EXTENTS || !c.list);
	must(!c.pad0 && !c.pad && !c.reason[0] && !c.count && !c.pending);
	return 0;
}
