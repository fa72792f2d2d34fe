// SPDX-License-Identifier: GPL-2.0-only
/* Backends of vNVDIMMs: reads their text form, finds their namespaces, checks that Xen has them to give. */
#include "backend.h"

#include <string.h>

#include "domain.h"

static bool option_parse(char *option, struct backend *backend, const char **why)
{
	char *value = strchr(option, '=');

	if (value)
		*value++ = '\0';
	*why = "unknown option (known: backend=NAME, gpa=ADDRESS)";
	if (!value || !strcmp(option, "backend")) {
		value = value ? value : option;
		*why = backend->name[0] ? "it names two backends" : !value[0] || strlen(value) >= sizeof(backend->name) ? "no backend is named so" : NULL;
		if (!*why)
			strcpy(backend->name, value);
	} else if (!strcmp(option, "gpa")) {
		*why = size_parse(value, &backend->gpa) ? NULL : "gpa is no address";
	}
	return !*why;
}

bool backend_parse(const char *text, struct backend *backend, const char **why)
{
	char copy[512], *option, *rest = copy;

	*backend = (struct backend){ .gpa = XENPMEM_ANYWHERE };
	*why = "too long";
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	while ((option = strsep(&rest, ",")))
		if (!option_parse(option + strspn(option, " \t"), backend, why))
			return false;
	*why = "no backend=NAME";
	return backend->name[0];
}

static int say(const char *where, const char *name, const char *what)
{
	return where ? refuse(where, "backend %s: %s", name, what) : refuse(name, "%s", what);
}

static int backend_check(struct host *host, const char *where, const char *name, const struct xenpmem_namespace *ns, struct xenpmem_served *served)
{
	struct xenpmem_holding holding;
	char guest[DOMAIN_NAME_LEN], text[DOMAIN_NAME_LEN + 32];

	if (ns->role == XEN_PMEM_ROLE_RESERVED)
		return say(where, name, "this is the reserved area");
	if (host_why_unbound(ns))
		return say(where, name, host_why_unbound(ns));
	if (host_why_bad(ns))
		return say(where, name, host_why_bad(ns));
	if (!host_served(host, ns->range.uuid, served) || served->state != XEN_PMEM_RANGE_SERVED)
		return say(where, name, "not enabled (xen-pmem enable)");
	if (host_holder(host, ns->range.uuid, &holding) < 0)
		return EXIT_DONE;
	snprintf(text, sizeof(text), "guest %s has it", domain_name(holding.domid, guest));
	return say(where, name, text);
}

static int one_resolve(struct host *host, const char *where, const struct backend *backend, struct xenpmem_vnvdimm *vnvdimm)
{
	const struct xenpmem_namespace *ns;
	struct xenpmem_served served;
	int rc;

	if (xenpmem_namespace_find(host->pmem, host->list, host->nr, backend->name, &ns))
		return say(where, backend->name, xenpmem_error(host->pmem));
	rc = backend_check(host, where, backend->name, ns, &served);
	*vnvdimm = (struct xenpmem_vnvdimm){ .backing = served.range, .gpa = backend->gpa };
	return rc;
}

int backends_resolve(struct host *host, const char *where, const struct backend *backends, unsigned int nr, struct xenpmem_vnvdimm *vnvdimms)
{
	struct xenpmem_info info;
	unsigned int i, k;
	int rc = EXIT_DONE;

	if (xenpmem_hello(host->pmem, &info))
		return refuse(where ? where : "extension", "%s", xenpmem_error(host->pmem));
	for (i = 0; i < nr && !rc; i++) {
		rc = one_resolve(host, where, &backends[i], &vnvdimms[i]);
		for (k = 0; k < i && !rc; k++)
			if (!memcmp(vnvdimms[k].backing.uuid, vnvdimms[i].backing.uuid, 16))
				rc = say(where, backends[i].name, "named twice");
	}
	return rc;
}

static int attach_said(xenpmem_handle *pmem, const char *where, const struct backend *backends, int rc, int fault)
{
	if (!rc)
		return EXIT_DONE;
	if (fault >= 0)
		return say(where, backends[fault].name, xenpmem_error(pmem));
	return refuse(where, "%s", xenpmem_error(pmem));
}

int backends_attach_check(xenpmem_handle *pmem, const char *where, uint32_t domid, const struct backend *backends, unsigned int nr,
			  struct xenpmem_vnvdimm *vnvdimms)
{
	int fault, rc = xenpmem_attach_check(pmem, domid, vnvdimms, nr, &fault);

	return attach_said(pmem, where, backends, rc, fault);
}

int backends_attach(xenpmem_handle *pmem, const char *where, uint32_t domid, const struct backend *backends, unsigned int nr,
		    struct xenpmem_vnvdimm *vnvdimms)
{
	int fault, rc = xenpmem_attach(pmem, domid, vnvdimms, nr, &fault);

	return attach_said(pmem, where, backends, rc, fault);
}
