// SPDX-License-Identifier: GPL-2.0-only
/* Backends of vNVDIMMs: takes what is asked for, finds the namespaces, checks that Xen has them to give, hands on vNVDIMMs. */
#include "host/backend.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "xen/domain.h"
#include "core/place.h"

/* Subject and key of a message: what is known of where the backend stands, and its name where that is what is wrong. */
static const char *subject(const struct backend *b, const char *key, char *text, size_t len)
{
	bool named = !strcmp(key, "backend");

	if (!b->where[0])
		snprintf(text, len, "%s%s%s", b->spec.name, named ? "" : ": ", named ? "" : key);
	else
		snprintf(text, len, "%s: %s%s%s", b->where, key, named ? ": " : "", named ? b->spec.name : "");
	return text;
}

int backend_refuse(const struct backend *backend, const char *key, const char *format, ...)
{
	char text[640], what[640];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return refuse(subject(backend, key, text, sizeof(text)), "%s", what);
}

void backend_warn(const struct backend *backend, const char *key, const char *format, ...)
{
	char text[640], what[640];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	warn(subject(backend, key, text, sizeof(text)), "%s", what);
}

bool vnvdimm_is_part(const struct xenpmem_vnvdimm *vnvdimm)
{
	return vnvdimm->backing.length != vnvdimm->whole;
}

static int namespace_check(struct inventory *inv, const struct backend *b, const struct xenpmem_namespace *ns, struct xenpmem_served *served)
{
	struct xenpmem_holding holding;
	char guest[DOMAIN_NAME_LEN], text[640];

	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return backend_refuse(b, "backend", "this is the reserved area");
	if (ns->role == XEN_PMEM_ROLE_HOST)
		return backend_refuse(b, "backend", "dom0 uses it: name a file on it, or its device (/dev/%s)", ns->block[0] ? ns->block : "...");
	if (namespace_why_unbound(ns))
		return backend_refuse(b, "backend", "%s", namespace_why_unbound(ns));
	if (namespace_why_bad(ns))
		return backend_refuse(b, "backend", "%s", namespace_why_bad(ns));
	if (health_why_unfit(&ns->health, b->spec.ro))
		return backend_refuse(b, "backend", "%s", health_why_unfit(&ns->health, b->spec.ro));
	if (!inventory_served(inv, ns->range.uuid, served) || served->state != XEN_PMEM_RANGE_SERVED)
		return backend_refuse(b, "backend", "not enabled (xen-pmem enable)");
	if (inventory_holder(inv, ns->range.uuid, &holding) >= 0)
		return backend_refuse(b, "backend", "guest %s has it", domain_name(holding.domid, guest));
	return namespace_check_unlocked(subject(b, "backend", text, sizeof(text)), ns->range.uuid);
}

/* All names that begin with a slash are paths, but for those of namespaces that our driver has. */
static bool is_path(struct inventory *inv, const struct backend *b)
{
	const struct xenpmem_namespace *ns;

	return b->spec.name[0] == '/' && (xenpmem_namespace_find(inv->pmem, inv->list, inv->nr, b->spec.name, &ns) || !ns->bound);
}

static int part_take(const struct backend *b, struct xenpmem_vnvdimm *v)
{
	uint64_t offset = b->spec.offset, size = b->spec.size;
	struct size_buf has, from, rest;

	if (offset >= v->whole)
		return backend_refuse(b, "offset", "%s is beyond %s, which has %s", size_text(offset, &from), b->spec.name, size_text(v->whole, &has));
	if (size > v->whole - offset)
		return backend_refuse(b, "size", "%s go beyond %s, which has %s from there on", size_text(size, &has), b->spec.name,
				      size_text(v->whole - offset, &rest));
	v->offset = offset;
	v->backing.spa += offset;
	v->backing.length = size ? size : v->whole - offset;
	return EXIT_DONE;
}

static int path_resolve(struct inventory *inv, const struct backend *b, struct xenpmem_vnvdimm *v)
{
	struct xenpmem_path path;
	int rc;

	if (b->spec.label == LABEL_ON)
		return backend_refuse(b, "label", "on is for a namespace: a file or device has no labels");
	if (xenpmem_path_open(inv->pmem, b->spec.name, &path))
		return backend_refuse(b, "backend", "%s", xenpmem_error(inv->pmem));
	*v = (struct xenpmem_vnvdimm){
		.path = path, .backing = { .length = path.size }, .whole = path.size, .gpa = b->spec.gpa, .node = b->spec.node, .ro = b->spec.ro,
		.persistence = path.persistence,
	};
	memcpy(v->backing.uuid, path.uuid, sizeof(v->backing.uuid));
	if (health_why_unfit(&path.health, b->spec.ro))
		rc = backend_refuse(b, "backend", "%s", health_why_unfit(&path.health, b->spec.ro));
	else
		rc = part_take(b, v);
	if (!rc && xenpmem_path_look(inv->pmem, &v->path, v->offset, v->backing.length))
		rc = backend_refuse(b, "backend", "%s", xenpmem_error(inv->pmem));
	if (rc)
		xenpmem_path_close(&v->path);
	return rc;
}

static int one_resolve(struct inventory *inv, const struct backend *b, struct xenpmem_vnvdimm *v)
{
	const struct xenpmem_namespace *ns;
	struct xenpmem_served served;
	int rc;

	if (is_path(inv, b))
		return path_resolve(inv, b, v);
	if (xenpmem_namespace_find(inv->pmem, inv->list, inv->nr, b->spec.name, &ns))
		return backend_refuse(b, "backend", "%s", xenpmem_error(inv->pmem));
	rc = namespace_check(inv, b, ns, &served);
	if (rc)
		return rc;
	*v = (struct xenpmem_vnvdimm){
		.backing = served.range, .whole = served.range.length, .gpa = b->spec.gpa, .node = b->spec.node, .ro = b->spec.ro,
		.persistence = ns->persistence,
	};
	return part_take(b, v);
}

/* Against those before it. Two parts of one namespace may be one guest's, if they are apart. */
static int apart_check(const struct backend *backends, const struct xenpmem_vnvdimm *vnvdimms, unsigned int at)
{
	const struct xenpmem_range *mine = &vnvdimms[at].backing, *other;
	unsigned int i;

	for (i = 0; i < at; i++) {
		other = &vnvdimms[i].backing;
		if (memcmp(mine->uuid, other->uuid, sizeof(mine->uuid)))
			continue;
		if (vnvdimms[i].path.kind != XENPMEM_PATH_NONE || !vnvdimm_is_part(&vnvdimms[i]) || !vnvdimm_is_part(&vnvdimms[at]))
			return backend_refuse(&backends[at], "backend", "named twice");
		if (mine->spa < other->spa + other->length && other->spa < mine->spa + mine->length)
			return backend_refuse(&backends[at], backends[at].spec.offset ? "offset" : "size", "overlaps the part of %s that vNVDIMM %u is",
					      backends[at].spec.name, i);
	}
	return EXIT_DONE;
}

int backends_resolve(struct inventory *inv, const char *where, const struct backend *backends, unsigned int nr, struct xenpmem_vnvdimm *vnvdimms)
{
	struct xenpmem_info info;
	unsigned int i;
	int rc = EXIT_DONE;

	if (xenpmem_hello(inv->pmem, &info))
		return refuse(where ? where : "extension", "%s", xenpmem_error(inv->pmem));
	for (i = 0; i < nr && !rc; i++) {
		vnvdimms[i] = (struct xenpmem_vnvdimm){ 0 };
		rc = one_resolve(inv, &backends[i], &vnvdimms[i]);
		if (!rc)
			rc = apart_check(backends, vnvdimms, i);
	}
	if (rc)
		backends_close(vnvdimms, i);
	return rc;
}

void backends_close(struct xenpmem_vnvdimm *vnvdimms, unsigned int nr)
{
	while (nr--)
		xenpmem_path_close(&vnvdimms[nr].path);
}

int backends_pin(struct inventory *inv, const struct backend *backends, unsigned int nr, struct xenpmem_vnvdimm *vnvdimms, uint32_t domid)
{
	struct xenpmem_vnvdimm *v;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		v = &vnvdimms[i];
		if (v->path.kind == XENPMEM_PATH_NONE)
			continue;
		if (xenpmem_path_pin(inv->pmem, &v->path, domid, v->offset, v->backing.length, &v->backing.spa))
			return backend_refuse(&backends[i], "backend", "%s", xenpmem_error(inv->pmem));
	}
	return EXIT_DONE;
}

void backends_unpin(struct inventory *inv, const struct backend *backends, unsigned int nr, struct xenpmem_vnvdimm *vnvdimms)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (vnvdimms[i].path.pinned && xenpmem_unpin(inv->pmem, vnvdimms[i].path.uuid))
			backend_warn(&backends[i], "backend", "it stays pinned until xen-pmem release: %s", xenpmem_error(inv->pmem));
}

/* What cannot be placed is gpa's fault, if there is one. */
static const char *key_at_fault(const struct backend *b, int rc)
{
	return rc == -EDOM ? "node" : rc == -EINVAL && b->spec.gpa != XENPMEM_ANYWHERE ? "gpa" : "backend";
}

static int attach_said(xenpmem_handle *pmem, const char *where, const struct backend *backends, int rc, int fault)
{
	if (!rc)
		return EXIT_DONE;
	if (fault >= 0)
		return backend_refuse(&backends[fault], key_at_fault(&backends[fault], rc), "%s", xenpmem_error(pmem));
	return refuse(where, "%s", xenpmem_error(pmem));
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
	backend_warn(b, b->spec.size ? "size" : "backend", "%s is not a multiple of 16M, " UNMAPPABLE
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

int backends_attach_check(xenpmem_handle *pmem, const char *where, uint32_t domid, bool running, const struct backend *backends, unsigned int nr,
			  struct xenpmem_vnvdimm *vnvdimms)
{
	int fault, rc = (running ? xenpmem_plug_check : xenpmem_attach_check)(pmem, domid, vnvdimms, nr, &fault);

	return attach_said(pmem, where, backends, rc, fault);
}

int backends_attach(xenpmem_handle *pmem, const char *where, uint32_t domid, bool running, const struct backend *backends, unsigned int nr,
		    struct xenpmem_vnvdimm *vnvdimms)
{
	int fault, rc = (running ? xenpmem_plug : xenpmem_attach)(pmem, domid, vnvdimms, nr, &fault);
	unsigned int i;

	for (i = 0; i < nr && !rc; i++)
		unmappable_warn(&backends[i], &vnvdimms[i]);
	return attach_said(pmem, where, backends, rc, fault);
}
