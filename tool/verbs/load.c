// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem load: loads the driver, and the payload for the running Xen, which must answer. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/inventory.h"
#include "xen/livepatch.h"
#include "paths.h"
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

static int driver_check(void)
{
	xenpmem_handle *pmem = pmem_open();
	int rc = xenpmem_driver_check(pmem);

	if (rc)
		refuse("driver", "%s", xenpmem_error(pmem));
	xenpmem_close(pmem);
	return rc ? EXIT_REFUSED : EXIT_DONE;
}

/* The newest payload, for a Xen without one: payloads differ only in the build that they name. */
static bool newest_find(char *path, size_t len)
{
	struct dirent *entry;
	time_t newest = 0;
	char each[512];
	struct stat st;
	DIR *dir = opendir(PAYLOAD_DIR);
	size_t name_len;

	path[0] = '\0';
	while (dir && (entry = readdir(dir))) {
		name_len = strlen(entry->d_name);
		if (name_len <= strlen(PAYLOAD_SUFFIX) ||
		    strcmp(entry->d_name + name_len - strlen(PAYLOAD_SUFFIX), PAYLOAD_SUFFIX))
			continue;
		snprintf(each, sizeof(each), PAYLOAD_DIR "/%s", entry->d_name);
		if (stat(each, &st) || (path[0] && st.st_mtime <= newest))
			continue;
		newest = st.st_mtime;
		snprintf(path, len, "%s", each);
	}
	if (dir)
		closedir(dir);
	return path[0];
}

static int payload_choose(const struct xen_build *build, bool accept, char *path, size_t len)
{
	snprintf(path, len, PAYLOAD_DIR "/%s" PAYLOAD_SUFFIX, build->id_text);
	if (!access(path, R_OK))
		return EXIT_DONE;
	if (!accept)
		return refuse("Xen",
			      "build %s (%s) is not in the tested list; --accept-build loads if "
			      "all self-checks pass",
			      build->id_text, build->version);
	if (!newest_find(path, len))
		return refuse("extension", "no payload in " PAYLOAD_DIR);
	return EXIT_DONE;
}

/* Refuses a payload that was made for another Xen, or makes it one for this. */
static int payload_fit(struct payload *p, const char *path, const struct xen_build *build,
		       bool accept)
{
	uint8_t *id = payload_build_id(p, ".livepatch.xen_depends");
	char other[2 * BUILD_ID_SIZE + 1];

	if (!id)
		return refuse(path, "not a xen-pmem payload: it has no build-id note");
	if (!memcmp(id, build->id, BUILD_ID_SIZE))
		return EXIT_DONE;
	build_id_text(id, other);
	if (!accept)
		return refuse(path, "made for Xen build %s, but %s is running", other,
			      build->id_text);
	if (!payload_restamp(p, build->id))
		return refuse(path, "cannot be used for another build than %s", other);
	return EXIT_DONE;
}

static int payload_take(const struct xen_build *build, bool accept, const char *file,
			struct payload *p)
{
	char path[512];
	const char *why;
	int rc = EXIT_DONE;

	if (file)
		snprintf(path, sizeof(path), "%s", file);
	else
		rc = payload_choose(build, accept, path, sizeof(path));
	if (rc)
		return rc;
	if (!payload_read(path, p, &why))
		return refuse(path, "%s", why);
	rc = payload_fit(p, path, build, accept);
	if (rc)
		payload_free(p);
	return rc;
}

static int answer_check(void)
{
	xenpmem_handle *pmem = pmem_open();
	struct xenpmem_info info;
	int rc = xenpmem_hello(pmem, &info);

	if (rc)
		refuse("extension", "%s", xenpmem_error(pmem));
	xenpmem_close(pmem);
	return rc ? EXIT_REFUSED : EXIT_DONE;
}

static void loaded_tell(const struct xen_build *build)
{
	json_object *xen = json_object_at("xen");

	say("loaded into Xen %s\n", build->version);
	json_name(xen, "version", build->version);
	json_name(xen, "build_id", build->id_text);
	json_changed();
}

/* An extension that does not answer is taken out again. */
static int answer_need(xc_interface *xc)
{
	int rc = answer_check();

	if (rc)
		patch_unload(xc);
	return rc;
}

static int load(xc_interface *xc, const struct arguments *args)
{
	struct xen_build build;
	struct payload p;
	int rc;

	rc = xen_build_read(xc, &build);
	if (rc)
		return rc;
	rc = payload_take(&build, args->option[LOAD_ACCEPT], args->option[LOAD_PAYLOAD], &p);
	if (rc)
		return rc;
	if (!args->dry_run)
		rc = patch_load(xc, &p);
	payload_free(&p);
	if (args->dry_run)
		say("the extension would be loaded into Xen %s\n", build.version);
	if (rc || args->dry_run)
		return rc;
	rc = answer_need(xc);
	if (!rc)
		loaded_tell(&build);
	return rc;
}

/* A dry run goes on without a driver. */
static int driver_need(bool dry_run)
{
	int rc;

	if (dry_run && !module_is_loaded()) {
		say("the dom0 driver would be loaded\n");
		return EXIT_DONE;
	}
	rc = module_load();
	return rc ? rc : driver_check();
}

static int extension_load(xc_interface *xc, const struct arguments *args)
{
	int rc = EXIT_DONE;

	/* Uploaded but not applied: an earlier load was killed. */
	if (!args->dry_run && patch_state(xc) == PATCH_CHECKED)
		rc = patch_unload(xc);
	if (rc)
		return rc;
	if (patch_state(xc) != PATCH_APPLIED)
		return load(xc, args);
	rc = args->dry_run ? answer_check() : answer_need(xc);
	if (!rc)
		say("already loaded\n");
	return rc;
}

static int load_run(struct arguments *args)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	int rc;

	if (!xc)
		return refuse(NULL, "cannot talk to Xen; run this as root in dom0: %s",
			      strerror(errno));
	rc = host_lock();
	if (!rc)
		rc = driver_need(args->dry_run);
	if (!rc)
		rc = extension_load(xc, args);
	xc_interface_close(xc);
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
					   "one for the running build in " PAYLOAD_DIR },
		},
		.operands = { 0, 0, "no operand" },
		.json = "",
		.changes = true,
		.can_dry_run = true,
	},
};
