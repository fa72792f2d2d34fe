// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem load: loads dom0's driver, and the extension into Xen. */
#include <sys/wait.h>
#include <unistd.h>

#include "host/inventory.h"
#include "verbs/verb.h"

enum { LOAD_ACCEPT, LOAD_PAYLOAD };

static bool module_is_loaded(void)
{
	return !access(XEN_PMEM_SYSFS_DRIVER, F_OK);
}

static int module_load(void)
{
	int status;
	pid_t pid;

	if (module_is_loaded())
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

/* A dry run goes on without a driver. */
static int driver_need(xenpmem_handle *pmem, bool dry_run)
{
	int rc;

	if (dry_run && !module_is_loaded()) {
		say("the dom0 driver would be loaded\n");
		return EXIT_DONE;
	}
	rc = module_load();
	if (!rc && xenpmem_driver_check(pmem))
		rc = refuse("driver", "%s", xenpmem_error(pmem));
	return rc;
}

static void loaded_tell(const struct xenpmem_xen *version, bool dry_run)
{
	json_object *xen = json_object_at("xen");

	say(dry_run ? "would be loaded into Xen %s\n" : "loaded into Xen %s\n", version->version);
	json_name(xen, "version", version->version);
	json_name(xen, "build_id", version->build_text);
	if (!dry_run)
		json_changed();
}

static int extension_load(xenpmem_handle *pmem, const struct arguments *args)
{
	const uint32_t flags = (args->option[LOAD_ACCEPT] ? XENPMEM_ACCEPT_BUILD : 0) |
			       (args->dry_run ? XENPMEM_CHECK_ONLY : 0);
	struct xenpmem_xen xen;
	int rc;

	rc = xenpmem_extension_load(pmem, flags, args->option[LOAD_PAYLOAD]);
	if (rc > 0)
		say("already loaded\n");
	else if (!rc)
		rc = xenpmem_xen_read(pmem, &xen);
	if (rc < 0)
		return refuse("extension", "%s", xenpmem_error(pmem));
	if (!rc)
		loaded_tell(&xen, args->dry_run);
	return EXIT_DONE;
}

static int load_run(struct arguments *args)
{
	xenpmem_handle *pmem;
	int rc;

	rc = dom0_need();
	if (!rc)
		rc = host_lock();
	if (rc)
		return rc;
	pmem = pmem_open();
	rc = driver_need(pmem, args->dry_run);
	if (!rc)
		rc = extension_load(pmem, args);
	xenpmem_close(pmem);
	return rc;
}

const struct verb verb_load = {
	.run = load_run,
	.usage = {
		.name = "load",
		.synopsis = "[--accept-build] [--payload=FILE]",
		.summary = "load the dom0 driver, and the extension into the running Xen",
		.options = {
			[LOAD_ACCEPT] = { "accept-build", 0, NULL, "accept a build of Xen that "
					  "was not tested, if the self-checks of the extension "
					  "all pass there" },
			[LOAD_PAYLOAD] = { "payload", 0, "FILE", "load this payload instead of the "
					   "one for the running build in " XENPMEM_EXTENSION_DIR },
		},
		.operands = { 0, 0, "no operand" },
		.json = "",
		.changes = true,
		.can_dry_run = true,
	},
};
