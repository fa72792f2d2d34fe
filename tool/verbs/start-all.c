// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem start-all: starts the guests whose configs are in a folder, each by xen-pmem create. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/autostart.h"
#include "guest/config.h"
#include "ui/json.h"
#include "paths.h"
#include "guest/orphans.h"
#include "verbs/verb.h"

static void misplaced_warn(const char *path, void *arg)
{
	(void)arg;
	warn(path, "xendomains starts this guest without its vNVDIMMs or RAM; move the config "
		   "to " AUTO_DIR);
}

static void started_tell(const char *path, bool now)
{
	json_object *item = json_item("guests");

	json_name(item, "config", path);
	json_flag(item, "started", now);
	if (now)
		json_changed();
}

static void there_tell(const char *path, uint32_t domid)
{
	say("%s: is there already, domain %u\n", path, domid);
	started_tell(path, false);
}

static int guest_create(const char *path, bool dry_run)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		/* Standard output is for the document alone; in a dry run xl prints the config. */
		if (dry_run && !freopen("/dev/null", "w", stdout))
			_exit(127);
		if (json_is_wanted() && !dry_run)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		execl("/proc/self/exe", "xen-pmem", "create", dry_run ? "-qn" : "-q", path, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return refuse(path, "%s", strerror(errno));
	if (status)
		return EXIT_REFUSED;
	say("%s: %s\n", path, dry_run ? "would be started" : "started");
	if (!dry_run)
		started_tell(path, true);
	return EXIT_DONE;
}

static int guest_start(const char *path, bool dry_run)
{
	struct guest_config config;
	uint32_t domid;
	int rc = config_read(path, NULL, 0, &config);

	if (rc)
		return rc;
	if (!config.nr_backends)
		rc = refuse(path, "has no vnvdimms and no pmem_ram; xendomains starts such guests, "
				  "from " XENDOMAINS_DIR);
	else if (domain_find_uuid(config.uuid, &domid))
		there_tell(path, domid);
	else
		rc = guest_create(path, dry_run);
	config_free(&config);
	return rc;
}

struct request {
	bool dry_run;
	int rc;
};

static void one_start(const char *path, void *arg)
{
	struct request *request = arg;

	if (guest_start(path, request->dry_run))
		request->rc = EXIT_REFUSED;
}

static int start_all_run(struct arguments *args)
{
	const char *folder = args->nr ? args->operands[0] : AUTO_DIR;
	struct request request = { .dry_run = args->dry_run, .rc = dom0_need() };

	if (request.rc)
		return request.rc;
	autostart_misplaced(misplaced_warn, NULL);
	if (!args->dry_run)
		orphans_reap();
	if (!autostart_each(folder, ".cfg", one_start, &request) && args->nr)
		return refuse(folder, "%s", strerror(errno));
	return request.rc;
}

const struct verb verb_start_all = {
	.run = start_all_run,
	.usage = {
		.name = "start-all",
		.synopsis = "[FOLDER]",
		.summary = "start the guests whose configs are in a folder",
		.help = "FOLDER is " AUTO_DIR " by default. Its files NAME.cfg are taken in "
			"order; other files are passed over, and so are guests that are there "
			"already. The other guests start even if one cannot; the exit status is "
			"1 then.",
		.operands = { 0, 1, "one folder at most" },
		.json = "guests",
		.changes = true,
		.can_dry_run = true,
	},
};
