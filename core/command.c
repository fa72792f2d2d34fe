// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only
/* Checks the form of one command, the bytes of a hypfs write. */
#include "command.h"

#include "error.h"

enum {
	HAS_DOMAIN = 1 << 0,
	HAS_INDEX  = 1 << 1,
	HAS_UUID   = 1 << 2,
	HAS_SPA    = 1 << 3,	/* and length */
	HAS_GPA    = 1 << 4,
	HAS_DONE   = 1 << 5,
	MAY_SPA    = 1 << 6,	/* and length, or neither */
	HAS_LIST   = 1 << 7,	/* and length; index is its number of extents */
};

#define ASSIGN_FLAGS	(XEN_PMEM_ASSIGN_NO_1G | XEN_PMEM_ASSIGN_NO_2M | XEN_PMEM_ASSIGN_RO | \
			 XEN_PMEM_ASSIGN_RUNNING)

/* The fields of each operation, in the header's order. */
static const struct shape {
	uint32_t fields;
	uint32_t flags;
	uint64_t align;
} shapes[XEN_PMEM_OPS] = {
	[XEN_PMEM_OP_HELLO]         = { 0, 0, 4096 },
	[XEN_PMEM_OP_RESERVE]       = { HAS_SPA | HAS_UUID, 0, XEN_PMEM_RESERVED_ALIGN },
	[XEN_PMEM_OP_UNRESERVE]     = { 0, 0, 4096 },
	[XEN_PMEM_OP_SERVE]         = { HAS_SPA | HAS_UUID, XEN_PMEM_SERVE_HOST, 4096 },
	[XEN_PMEM_OP_UNSERVE]       = { HAS_UUID, 0, 4096 },
	[XEN_PMEM_OP_ASSIGN]        = { HAS_DOMAIN | HAS_UUID | HAS_SPA | HAS_GPA | HAS_DONE,
					ASSIGN_FLAGS | XEN_PMEM_ASSIGN_UNCACHED, 4096 },
	[XEN_PMEM_OP_RELEASE]       = { HAS_DOMAIN | HAS_UUID | HAS_DONE,
					XEN_PMEM_RELEASE_RUNNING, 4096 },
	[XEN_PMEM_OP_QUERY_RANGE]   = { HAS_INDEX, 0, 4096 },
	[XEN_PMEM_OP_QUERY_HOLDING] = { HAS_INDEX, 0, 4096 },
	[XEN_PMEM_OP_ERASE]         = { HAS_UUID | HAS_DONE | MAY_SPA, 0, 4096 },
	[XEN_PMEM_OP_ASSIGN_EXTENTS] = { HAS_DOMAIN | HAS_INDEX | HAS_GPA | HAS_DONE | HAS_LIST,
					ASSIGN_FLAGS, 4096 },
	[XEN_PMEM_OP_QUERY_MEDIA]   = { HAS_INDEX, 0, 4096 },
	[XEN_PMEM_OP_RETIRE]        = { HAS_SPA, 0, 4096 },
	[XEN_PMEM_OP_QUERY_RETIRED] = { HAS_INDEX, 0, 4096 },
	[XEN_PMEM_OP_TAKE]          = { HAS_SPA, 0, 4096 },
	[XEN_PMEM_OP_RESTORE]       = { HAS_SPA, 0, 4096 },
};

static bool bytes_zero(const void *at, size_t len)
{
	const uint8_t *p = at;

	while (len--)
		if (*p++)
			return false;
	return true;
}

/* Is every field that the operation does not use zero? */
static bool command_padding_zero(const struct xen_pmem_command *c, uint32_t fields)
{
	uint64_t stray = c->state | c->pad0 | c->count | c->pending | c->bytes_used |
		c->bytes_total | c->pad;

	stray |= fields & HAS_DOMAIN ? 0 : c->domain;
	stray |= fields & HAS_INDEX ? 0 : c->index;
	stray |= fields & HAS_SPA || (fields & MAY_SPA && c->length) ? 0 : c->spa;
	stray |= fields & (HAS_SPA | MAY_SPA | HAS_LIST) ? 0 : c->length;
	stray |= fields & HAS_GPA ? 0 : c->gpa;
	stray |= fields & HAS_DONE ? 0 : c->done;
	stray |= fields & HAS_LIST ? 0 : c->list;
	return !stray && bytes_zero(c->reason, sizeof(c->reason)) &&
	       (fields & HAS_UUID || bytes_zero(c->uuid, sizeof(c->uuid)));
}

static const char *command_addresses_wrong(const struct xen_pmem_command *c,
					   const struct shape *shape)
{
	if ((c->spa | c->length) & (shape->align - 1))
		return "range is not aligned";
	if ((c->gpa | c->done) & 4095)
		return "address is not a multiple of 4096";
	if (!(shape->fields & (HAS_SPA | HAS_LIST)) && !c->length)
		return NULL;
	if (!c->length)
		return "range is empty";
	if (c->spa + c->length - 1 < c->spa || c->gpa + c->length - 1 < c->gpa)
		return "range wraps";
	return c->done > c->length ? "done is beyond the range" : NULL;
}

int command_decode(const void *buf, size_t len, const char **why)
{
	struct xen_pmem_command c;
	const struct shape *shape;

	*why = "command has a wrong size";
	if (len != sizeof(c))
		return -EINVAL;
	memcpy(&c, buf, sizeof(c));
	*why = "not a command";
	if (c.magic != XEN_PMEM_COMMAND_MAGIC)
		return -EINVAL;
	*why = "tool and extension have different ABI versions";
	if (c.abi != XEN_PMEM_ABI)
		return -EPROTO;
	*why = "unknown operation";
	if (c.op >= XEN_PMEM_OPS)
		return -EOPNOTSUPP;
	shape = &shapes[c.op];
	*why = "unknown flags";
	if (c.flags & ~shape->flags)
		return -EINVAL;
	*why = "read-only and uncached do not go together";
	if (c.op == XEN_PMEM_OP_ASSIGN && c.flags & XEN_PMEM_ASSIGN_RO &&
	    c.flags & XEN_PMEM_ASSIGN_UNCACHED)
		return -EINVAL;
	*why = "padding is not zero";
	if (!command_padding_zero(&c, shape->fields))
		return -EINVAL;
	*why = command_addresses_wrong(&c, shape);
	if (*why)
		return -EINVAL;
	*why = "number of extents is not 1 to 4096";
	if (shape->fields & HAS_LIST && (!c.index || c.index > XEN_PMEM_EXTENTS_MAX))
		return -EINVAL;
	*why = "uuid is zero";
	if (shape->fields & HAS_UUID && bytes_zero(c.uuid, sizeof(c.uuid)))
		return -EINVAL;
	*why = "";
	return 0;
}
