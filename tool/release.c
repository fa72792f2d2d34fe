// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem release: takes pages back from dead guests, and repairs what a killed create left. */
#include <string.h>

#include "domain.h"
#include "reap.h"

static int one_release(xenpmem_handle *pmem, const char *name)
{
	struct domain_status status;
	char text[DOMAIN_NAME_LEN];
	uint32_t domid;
	int rc;

	if (!domain_find(name, &domid))
		return refuse(name, "no such guest");
	status = domain_status(domid);
	if (status.state != DOMAIN_GONE)
		return refuse(domain_name(domid, text), status.state == DOMAIN_SHUTDOWN ? "shut down, but not destroyed (xl destroy)" :
			      status.state == DOMAIN_UNBORN ? "not started yet (xl destroy ends it)" : "running");
	rc = reap_domain(pmem, domid, false);
	return rc < 0 ? refuse(name, "it has no vNVDIMM") : rc;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct xenpmem_info info;
	xenpmem_handle *pmem;
	int rc;

	argc = options_take(verb, argc, argv, NULL);
	if (argc < 1 || argc > 2)
		return argc < 0 ? EXIT_USAGE : usage_wrong(verb, "takes one guest at most");
	reap_orphans();
	pmem = pmem_open();
	if (xenpmem_hello(pmem, &info))
		rc = refuse("extension", "%s", xenpmem_error(pmem));
	else
		rc = argc == 2 ? one_release(pmem, argv[1]) : reap_dead(pmem, false);
	xenpmem_close(pmem);
	return rc;
}

const struct verb verb_release = {
	"release", run, "[DOMAIN]",
	"take back what dead guests had\n"
	"Needed only if xen-pmem create was killed, or for guests that got their vNVDIMM by attach. Without a guest: all dead ones.\n"
	"DOMAIN: by number, for a dead guest has no name.",
};
