// SPDX-License-Identifier: GPL-2.0-only
/*
 * The extension in the model: takes it fresh as from its file, loads it as Xen does, and brings it
 * commands.
 */
#include "model.h"
#include "tables.h"

#include <stdlib.h>

/* The build gives the extension's variables and hooks sections of these names. */
extern char __start_ext_data[], __stop_ext_data[];
extern int (*const __start_hook_preapply[])(struct payload *),
	(*const __start_hook_prerevert[])(struct payload *);
extern void (*const __start_hook_load[])(void), (*const __start_hook_unload[])(void);

/* Word by word: between the variables are places that AddressSanitizer lets nobody else read. */
__attribute__((no_sanitize("address")))
static void words_copy(char *to, const char *from, size_t size)
{
	for (size_t i = 0; i < size; i += 8)
		*(volatile uint64_t *)(to + i) = *(const volatile uint64_t *)(from + i);
}

void extension_fresh(void)
{
	static char *first;
	size_t size = __stop_ext_data - __start_ext_data;

	if (!first) {
		first = malloc(size + 8);
		words_copy(first, __start_ext_data, size);
	}
	words_copy(__start_ext_data, first, size);
}

int extension_load(bool accept)
{
	extern volatile uint32_t __start_ext_accept[];
	int rc;

	__start_ext_accept[0] = accept;
	rc = __start_hook_preapply[0](NULL);
	if (!rc)
		__start_hook_load[0]();
	return rc;
}

int extension_unload(void)
{
	int rc = __start_hook_prerevert[0](NULL);

	if (!rc)
		__start_hook_unload[0]();
	return rc;
}

struct frames range_by_uuid(const uint8_t *uuid)
{
	const struct range *r = range_find(uuid);

	return r ? r->frames : (struct frames){ 0, 0 };
}

/* One hypercall. What ERASE did stands in the leaf, even where the caller was not told. */
int command(struct xen_pmem_command *c)
{
	struct hypfs_leaf *leaf = hypfs_leaf("command");
	int (*const write)(struct hypfs_leaf *, const void *, unsigned int) =
		((const struct hypfs_funcs *)leaf->e.funcs)->write;
	struct xen_pmem_command *ran = leaf->content;
	uint64_t from = c->done, part = c->length ? c->spa >> 12 : 0;
	int rc;

	machine.commands++;
	ran->magic = 0;
	rc = write(leaf, c, sizeof(*c));
	if (!rc && c->op == XEN_PMEM_OP_RESERVE && c->done == c->length)
		data_reserved((struct frames){ c->spa >> 12, c->length >> 12 });
	if (ran->magic && ran->op == XEN_PMEM_OP_ERASE && ran->done > from)
		data_erased((struct frames){ (part ? part : range_by_uuid(ran->uuid).first) +
						     (from >> 12),
					     (ran->done - from) >> 12 });
	time_pass(1000000);
	return rc;
}

static bool over(const struct xen_pmem_command *c)
{
	switch (c->op) {
	case XEN_PMEM_OP_RESERVE:
	case XEN_PMEM_OP_SERVE:
	case XEN_PMEM_OP_ASSIGN:
	case XEN_PMEM_OP_ASSIGN_EXTENTS:
	case XEN_PMEM_OP_RELEASE:
	case XEN_PMEM_OP_ERASE:
		return c->done == c->length;
	default:
		return true;
	}
}

/* What a call answers beside done and length is not for the next to read. */
static void answers_clear(struct xen_pmem_command *c)
{
	if (c->op == XEN_PMEM_OP_RELEASE || (c->op == XEN_PMEM_OP_ERASE && !c->spa))
		c->length = 0;
	if (c->op == XEN_PMEM_OP_SERVE || c->op == XEN_PMEM_OP_UNSERVE)
		c->done = 0;
	c->count = c->pending = c->state = 0;
	memset(c->reason, 0, sizeof(c->reason));
}

int command_finish(struct xen_pmem_command *c)
{
	uint64_t count = 0, pending = 0;
	unsigned int tries = 0;
	int rc;

	for (;;) {
		rc = command(c);
		count += c->count;
		pending += c->pending;
		if (tries++ > 20000)
			broken("operation %u does not come to its end", c->op);
		if ((rc && rc != -EAGAIN) || (!rc && over(c)))
			break;
		answers_clear(c);
		grace_pass();
	}
	c->count = count;
	c->pending = pending;
	return rc;
}

struct xen_pmem_command command_new(unsigned int op)
{
	return (struct xen_pmem_command){ .magic = XEN_PMEM_COMMAND_MAGIC,
					  .abi = XEN_PMEM_ABI,
					  .op = op };
}

struct xen_pmem_command note_read(uint32_t index)
{
	struct xen_pmem_command c = command_new(XEN_PMEM_OP_QUERY_MEDIA);

	c.index = index;
	if (command(&c))
		c.state = 0;
	return c;
}

unsigned int notes_count(void)
{
	unsigned int n = 0;

	while (note_read(n).state)
		n++;
	return n;
}

struct xen_pmem_command command_range(unsigned int op, uint8_t uuid, struct frames f)
{
	struct xen_pmem_command c = command_new(op);

	memset(c.uuid, uuid, sizeof(c.uuid));
	c.spa = f.first << 12;
	c.length = f.count << 12;
	return c;
}

void settle(void)
{
	for (unsigned int i = 0; i < 10; i++) {
		struct xen_pmem_command c = command_new(XEN_PMEM_OP_HELLO);

		time_pass(2000000000ll);
		grace_pass();
		if (command(&c))
			broken("HELLO: %s", c.reason);
	}
}
