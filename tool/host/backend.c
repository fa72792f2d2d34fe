// SPDX-License-Identifier: GPL-2.0-only
/* Resolves backends: finds the namespace, file or device of each, and the part that is wanted. */
#include "host/backend.h"

#include <string.h>

#include "core/place.h"
#include "host/pool_take.h"
#include "xen/nodes.h"

static bool vnvdimm_is_part(const struct xenpmem_vnvdimm *vnvdimm)
{
	return vnvdimm->backing.length != vnvdimm->whole;
}

bool vnvdimm_is_namespace(const struct xenpmem_vnvdimm *vnvdimm)
{
	return vnvdimm->path.kind == XENPMEM_PATH_NONE;
}

static int part_take(const struct backend *b, struct xenpmem_vnvdimm *v)
{
	uint64_t offset = b->spec.offset, size = b->spec.size;
	struct size_buf has, from, rest;

	if (offset >= v->whole)
		return backend_refuse(b, "offset", "%s is beyond %s, which has %s",
				      size_text(offset, &from), b->spec.name,
				      size_text(v->whole, &has));
	if (size > v->whole - offset)
		return backend_refuse(b, "size", "%s go beyond %s, which has %s from there on",
				      size_text(size, &has), b->spec.name,
				      size_text(v->whole - offset, &rest));
	v->offset = offset;
	v->backing.spa += offset;
	v->backing.length = size ? size : v->whole - offset;
	return EXIT_DONE;
}

static int path_resolve(struct inventory *inv, const struct backend *b, struct xenpmem_vnvdimm *v)
{
	struct xenpmem_path path;
	const char *why;
	int rc;

	if (b->spec.label == LABEL_ON)
		return backend_refuse(b, "label",
				      "on is for a namespace: a file or device has no labels");
	if (b->spec.badblocks == BAD_LIST)
		return backend_refuse(b, "badblocks", "list is for a namespace: bad blocks of a "
				      "file or device are always refused");
	if (xenpmem_path_open(inv->pmem, b->spec.name, &path))
		return backend_refuse(b, "backend", "%s", xenpmem_error(inv->pmem));
	*v = (struct xenpmem_vnvdimm){
		.path = path, .backing = { .length = path.size }, .whole = path.size,
		.gpa = b->spec.gpa, .node = b->spec.node, .ro = b->spec.ro,
		.persistence = path.persistence,
	};
	memcpy(v->backing.uuid, path.uuid, sizeof(v->backing.uuid));
	why = health_why_unfit(&path.health, b->spec.ro);
	rc = why ? backend_refuse(b, "backend", "%s", why) : part_take(b, v);
	if (!rc && xenpmem_path_look(inv->pmem, &v->path, v->offset, v->backing.length))
		rc = backend_refuse(b, "backend", "%s", xenpmem_error(inv->pmem));
	if (rc)
		xenpmem_path_close(&v->path);
	return rc;
}

static int namespace_resolve(struct inventory *inv, const struct backend *b,
			     const struct xenpmem_namespace *ns, struct xenpmem_vnvdimm *v)
{
	const bool refuse_bad = b->spec.badblocks == BAD_REFUSE;
	const unsigned int needs = (refuse_bad ? NEED_NO_BAD : 0) | NEED_ENABLED |
				   (b->spec.ro ? NEED_READABLE : NEED_WRITABLE);

	if (backend_need(inv, b, ns, needs))
		return EXIT_REFUSED;
	*v = (struct xenpmem_vnvdimm){
		.backing = inventory_range(inv, ns->range.uuid)->range, .gpa = b->spec.gpa,
		.node = b->spec.node, .ro = b->spec.ro, .persistence = ns->persistence,
	};
	v->whole = v->backing.length;
	if (part_take(b, v))
		return EXIT_REFUSED;
	/* Those that Xen alone knows Xen refuses, if they are not left out. */
	if (!refuse_bad && xenpmem_vnvdimm_find_bad(inv->pmem, ns, v))
		return backend_refuse(b, "backend", "%s", xenpmem_error(inv->pmem));
	return EXIT_DONE;
}

static int vnvdimm_resolve(struct inventory *inv, const struct backend *b,
			   struct xenpmem_vnvdimm *v)
{
	const struct xenpmem_namespace *ns;

	if (inventory_find_backend(inv, b->spec.name, &ns))
		return backend_refuse(b, "backend", "%s", xenpmem_error(inv->pmem));
	return ns ? namespace_resolve(inv, b, ns, v) : path_resolve(inv, b, v);
}

/* A guest may have two parts of one namespace, if they do not overlap. `at`: the last vNVDIMM. */
static int apart_check(const struct backends *b, unsigned int at)
{
	const struct xenpmem_vnvdimm *mine = &b->vnvdimms[at], *other;
	const struct backend *backend = &b->list[b->of[at]];
	unsigned int i;

	for (i = 0; i < at; i++) {
		other = &b->vnvdimms[i];
		if (memcmp(mine->backing.uuid, other->backing.uuid, 16))
			continue;
		if (!vnvdimm_is_namespace(other) || !vnvdimm_is_part(other) ||
		    !vnvdimm_is_part(mine))
			return backend_refuse(backend, "backend", "named twice");
		if (mine->backing.spa < other->backing.spa + other->backing.length &&
		    other->backing.spa < mine->backing.spa + mine->backing.length)
			return backend_refuse(backend, backend->spec.offset ? "offset" : "size",
					      "overlaps the part of %s that vNVDIMM %u is",
					      backend->spec.name, i);
	}
	return EXIT_DONE;
}

/* RAM is after all vNVDIMMs in the list. */
static int one_resolve(struct inventory *inv, struct backends *b, unsigned int i)
{
	const unsigned int at = b->nr_vnvdimms;
	int rc;

	if (b->list[i].spec.ram)
		return pool_take(inv, b, i);
	rc = vnvdimm_resolve(inv, &b->list[i], &b->vnvdimms[at]);
	if (rc)
		return rc;
	b->of[at] = i;
	b->nr_vnvdimms++;
	return apart_check(b, at);
}

/* Where it begins; 0: on more than one device. */
static uint64_t vnvdimm_spa(const struct xenpmem_vnvdimm *v)
{
	if (vnvdimm_is_namespace(v))
		return v->backing.spa;
	return v->path.scattered ? 0 : v->path.base;
}

static uint32_t node_find(const struct backends *b, uint32_t pnode)
{
	unsigned int i;

	for (i = 0; pnode != NODE_UNKNOWN && i < b->nr_pnodes; i++)
		if (b->pnodes[i] == pnode)
			return i;
	return XENPMEM_NO_NODE;
}

static void nodes_choose(struct backends *b)
{
	struct nodes *nodes = b->nr_pnodes ? nodes_open() : NULL;
	struct xenpmem_vnvdimm *v;

	for (v = b->vnvdimms; v < b->vnvdimms + b->nr_vnvdimms; v++)
		if (v->node == XENPMEM_NO_NODE && !v->ram)
			v->node = node_find(b, nodes_of_memory(nodes, vnvdimm_spa(v)));
	nodes_close(nodes);
}

int backends_resolve(struct inventory *inv, struct backends *b)
{
	unsigned int i;
	int rc = EXIT_DONE;

	b->nr_vnvdimms = b->nr_pools = 0;
	if (inv->no_extension[0])
		return refuse(b->where, "%s", inv->no_extension);
	for (i = 0; i < b->nr && !rc; i++)
		rc = one_resolve(inv, b, i);
	if (rc)
		backends_close(b);
	else
		nodes_choose(b);
	return rc;
}

void backends_close(struct backends *b)
{
	unsigned int i;

	for (i = 0; i < b->nr_vnvdimms; i++)
		xenpmem_path_close(&b->vnvdimms[i].path);
	while (b->nr_pools)
		pool_close(&b->pools[--b->nr_pools]);
}

#define UNMAPPABLE "so the guest's Linux makes no fsdax or devdax namespace"

/* A namespace may begin anywhere in its NVDIMM. */
static void base_warn(const struct backend *b, const struct xenpmem_vnvdimm *v)
{
	unsigned long long near = place_nearest(v->gpa, PLACE_LINUX_BASE);
	struct size_buf is, text;

	if (b->spec.gpa != XENPMEM_ANYWHERE)
		backend_warn(b, "gpa", "%#llx is not a multiple of 2M, " UNMAPPABLE
			     "; the nearest one is %#llx", (unsigned long long)v->gpa, near);
	else if ((v->backing.spa - v->offset) % PLACE_LINUX_BASE)
		backend_warn(b, "backend", "its host address is not a multiple of 2M, " UNMAPPABLE
			     "; with gpa=%#llx it does, in smaller pages", near);
	else
		backend_warn(b, "offset", "%s is not a multiple of 2M, " UNMAPPABLE
			     "; the nearest one is %s", size_text(v->offset, &is),
			     size_text(place_nearest(v->offset, PLACE_LINUX_BASE), &text));
}

static void size_warn(const struct backend *b, const struct xenpmem_vnvdimm *v)
{
	uint64_t near = place_nearest(v->backing.length, PLACE_LINUX_SIZE);
	uint64_t left = v->whole - v->offset;
	struct size_buf is, text;

	if (near > left && left >= PLACE_LINUX_SIZE)
		near = left - left % PLACE_LINUX_SIZE;
	backend_warn(b, b->spec.size ? "size" : "backend",
		     "%s is not a multiple of 16M, " UNMAPPABLE
		     " of all of it; the nearest one is %s", size_text(v->backing.length, &is),
		     size_text(near, &text));
}

/* The guest gets it all the same: it can use it raw, or by smaller namespaces. */
static void unmappable_warn(const struct backend *b, const struct xenpmem_vnvdimm *v)
{
	if (v->unmappable & XENPMEM_UNMAPPABLE_BASE)
		base_warn(b, v);
	if (v->unmappable & XENPMEM_UNMAPPABLE_SIZE)
		size_warn(b, v);
	if (v->unmappable & XENPMEM_UNMAPPABLE_HIGH)
		backend_warn(b, b->spec.gpa == XENPMEM_ANYWHERE ? "backend" : "gpa",
			     "it ends more than 10T above the guest's RAM, " UNMAPPABLE
			     ", unless it is started with nokaslr");
}

static void bad_warn(const struct backend *b, const struct xenpmem_vnvdimm *v)
{
	uint64_t bytes = 0;
	struct size_buf text;
	unsigned int i;

	for (i = 0; i < v->nr_bad; i++)
		bytes += v->bad[i].length;
	if (bytes)
		backend_warn(b, "backend", "%s with bad blocks, the first at byte %llu of the "
			     "vNVDIMM, are left out", size_text(bytes, &text),
			     (unsigned long long)v->bad[0].offset);
}

void backends_warn(const struct backends *b)
{
	unsigned int i;

	for (i = 0; i < b->nr_vnvdimms; i++) {
		unmappable_warn(&b->list[b->of[i]], &b->vnvdimms[i]);
		bad_warn(&b->list[b->of[i]], &b->vnvdimms[i]);
	}
}
