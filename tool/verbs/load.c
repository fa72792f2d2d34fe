// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem load: loads dom0's driver, and the extension into Xen. */
#include <sys/wait.h>
#include <unistd.h>

#include "host/inventory.h"

static int module_load(void)
{
	int status;
	pid_t pid;

	if (!access(XEN_PMEM_SYSFS_DRIVER, F_OK))
		return EXIT_DONE;
	pid = fork();
	if (!pid) {
		execlp("modprobe", "modprobe", XEN_PMEM_DRIVER, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return refuse("driver", "modprobe " XEN_PMEM_DRIVER " failed");
	return EXIT_DONE;
}

static void loaded_tell(const struct xenpmem_xen *version)
{
	json_object *xen = json_object_at("xen");

	say("loaded into Xen %s\n", version->version);
	json_name(xen, "version", version->version);
	json_name(xen, "build_id", version->build_text);
	json_changed();
}

static int load(xenpmem_handle *pmem, bool accept, const char *file)
{
	struct xenpmem_xen xen;
	int rc;

	rc = xenpmem_driver_check(pmem);
	if (rc)
		return refuse("driver", "%s", xenpmem_error(pmem));
	rc = xenpmem_extension_load(pmem, accept ? XENPMEM_ACCEPT_BUILD : 0, file);
	if (rc > 0)
		say("already loaded\n");
	else if (!rc)
		rc = xenpmem_xen_read(pmem, &xen);
	if (rc < 0)
		return refuse("extension", "%s", xenpmem_error(pmem));
	if (!rc)
		loaded_tell(&xen);
	return EXIT_DONE;
}

static int run(const struct verb *verb, int argc, char **argv)
{
	bool accept = false;
	const char *file = NULL;
	const struct flag flags[] = { { "accept-build", &accept, NULL },
				      { "payload", NULL, &file },
				      { NULL, NULL, NULL } };
	xenpmem_handle *pmem;
	int rc;

	options_take(verb, argc, argv, flags);
	rc = host_lock();
	if (!rc)
		rc = module_load();
	if (rc)
		return rc;
	pmem = pmem_open();
	rc = load(pmem, accept, file);
	xenpmem_close(pmem);
	return rc;
}

const struct verb verb_load = {
	"load", run, "[--accept-build] [--payload FILE]",
	"load the dom0 driver, and the extension into the running Xen\n"
	"  --accept-build  also into a build of Xen that was not tested, if the extension's self-checks all pass there\n"
	"  --payload FILE  this payload instead of the one for the running build in " XENPMEM_EXTENSION_DIR,
	.operands = { 0, 0, "no operand" },
	.json = "changed",
};
