// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem attach: puts vNVDIMMs into a guest that was created paused by other means and has never run. */
#include <string.h>

#include "backend.h"
#include "domain.h"
#include "reap.h"

static int attach(const char *name, const struct backend *backends, unsigned int nr)
{
	struct xenpmem_vnvdimm vnvdimms[XENPMEM_VNVDIMMS_MAX];
	xenpmem_handle *pmem;
	uint32_t domid;
	unsigned int i;
	int rc;

	if (!domain_find(name, &domid))
		return refuse(name, "no such guest");
	pmem = pmem_open();
	reap_dead(pmem, true);
	rc = backends_resolve(pmem, NULL, backends, nr, vnvdimms);
	if (!rc)
		rc = backends_attach(pmem, name, domid, backends, nr, vnvdimms);
	for (i = 0; i < nr && !rc; i++)
		printf("%s: %s at guest address %#llx\n", name, backends[i].name, (unsigned long long)vnvdimms[i].gpa);
	xenpmem_close(pmem);
	return rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct backend backends[XENPMEM_VNVDIMMS_MAX];
	const char *why;
	int i;

	argc = options_take(verb, argc, argv, NULL);
	if (argc < 3 || argc > 2 + XENPMEM_VNVDIMMS_MAX)
		return argc < 0 ? EXIT_USAGE : usage_wrong(verb, "takes a guest and 1 to %u backends", XENPMEM_VNVDIMMS_MAX);
	for (i = 2; i < argc; i++)
		if (!backend_parse(argv[i], &backends[i - 2], &why))
			return usage_wrong(verb, "%s: %s", argv[i], why);
	return attach(argv[1], backends, argc - 2);
}

const struct verb verb_attach = {
	"attach", run, "DOMAIN BACKEND...",
	"put vNVDIMMs into a guest that was created paused (xl create -p) and has never run\n"
	"BACKEND is NAMESPACE or backend=NAMESPACE,gpa=ADDRESS. The guest stays paused. When it reboots or ends, nobody sees to its vNVDIMMs:\n"
	"xen-pmem create does that, and is the better way.",
};
