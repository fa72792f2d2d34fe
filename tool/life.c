// SPDX-License-Identifier: GPL-2.0-only
/* Builds guests and sees to them: xl builds (it is told not to wait for the guest's end), the library adds vNVDIMMs, and this file waits. */
#define _GNU_SOURCE
#include "life.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xen/sched.h>

#include "paths.h"
#include "reap.h"

#define SETTLE_MS	1000		/* between two looks at pages that somebody still maps */
#define SETTLE_WARN	10		/* looks, before that is worth a line */

/* -e: xl does not wait for the guest's end; -q: it does not tell the name of the file that we made. */
static void xl_exec(const struct life *life, int fd)
{
	char file[32], *argv[16] = { "xl", "create", "-q", "-e", "-p" };
	unsigned int i, nr = 5;

	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	for (i = 0; life->xl_options[i]; i++)
		argv[nr++] = life->xl_options[i];
	argv[nr++] = file;
	execvp(argv[0], argv);
	refuse("xl", "%s", strerror(errno));
	_exit(127);
}

/* The file may have changed since it was read, above all when the guest reboots: xl gets what was read. */
static int xl_create(const struct life *life)
{
	const char *text = life->config->text;
	int fd = memfd_create("guest.cfg", 0), status = -1;
	pid_t pid;

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return refuse(life->where, "cannot hand on the config: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid)
		xl_exec(life, fd);
	close(fd);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return refuse(life->where, "xl create failed");
	return EXIT_DONE;
}

static int vnvdimms_give(struct life *life, struct host *host)
{
	struct xenpmem_vnvdimm vnvdimms[XENPMEM_VNVDIMMS_MAX];
	const struct guest_config *config = life->config;
	struct handover h = { life->where, config->uuid, config->backends, vnvdimms, config->nr_backends };
	int rc;

	rc = backends_resolve(host, life->where, config->backends, config->nr_backends, vnvdimms);
	return rc ? rc : owner_hand_over(host, &h, life->domid, life->choice);
}

/* The lock is not kept for the guest's life. */
static int vnvdimms_add(struct life *life)
{
	struct host host;
	int rc;

	rc = host_open_locked(&host);
	if (rc)
		return rc;
	rc = vnvdimms_give(life, &host);
	host_close(&host);
	return rc;
}

int life_build(struct life *life)
{
	int rc;

	rc = xl_create(life);
	if (!domain_find_uuid(life->config->uuid, &life->domid))
		return rc ? rc : refuse(life->where, "xl create made no guest");
	if (!rc)
		rc = vnvdimms_add(life);
	if (rc)
		life_end(life);
	return rc;
}

/* A dead guest's pages come back as soon as nobody maps them: dom0's backends take a moment to let go. */
static void pages_settle(struct life *life)
{
	struct xs_handle *watch = domain_watch_open();
	xenpmem_handle *pmem = pmem_open();
	unsigned int looks = 0;

	while (reap_domain(pmem, life->domid, true) == EXIT_REFUSED) {
		if (++looks == SETTLE_WARN)
			warn(life->config->name, "%s", xenpmem_error(pmem));
		domain_watch_wait(watch, SETTLE_MS);
	}
	xenpmem_close(pmem);
	domain_watch_close(watch);
}

static struct domain_status life_status(const struct life *life)
{
	struct domain_status status = domain_status(life->domid);

	if (memcmp(status.uuid, life->config->uuid, sizeof(status.uuid)))
		status.state = DOMAIN_GONE;
	return status;
}

void life_end(struct life *life)
{
	if (life_status(life).state != DOMAIN_GONE)
		domain_destroy(life->domid);
	pages_settle(life);
}

/* A guest that is suspended goes on, or is destroyed by who suspended it. */
static struct domain_status ending_wait(const struct life *life, bool also_shutdown)
{
	struct xs_handle *watch = domain_watch_open();
	struct domain_status status;

	for (;;) {
		status = life_status(life);
		if (status.state == DOMAIN_GONE)
			break;
		if (also_shutdown && status.state == DOMAIN_SHUTDOWN && status.reason != SHUTDOWN_suspend)
			break;
		domain_watch_wait(watch, watch ? -1 : SETTLE_MS);
	}
	domain_watch_close(watch);
	return status;
}

static enum ending ending_of(unsigned int reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		return ENDING_POWEROFF;
	case SHUTDOWN_reboot:
		return ENDING_REBOOT;
	case SHUTDOWN_watchdog:
		return ENDING_WATCHDOG;
	case SHUTDOWN_soft_reset:
		return ENDING_SOFT_RESET;
	default:
		return ENDING_CRASH;
	}
}

static void tell(const struct life *life, const char *what)
{
	time_t now = time(NULL);
	char when[32];

	strftime(when, sizeof(when), "%F %T", localtime(&now));
	printf("%s guest %s, domain %u: %s\n", when, life->config->name, life->domid, what);
	fflush(stdout);
}

static void dump(const struct life *life)
{
	char file[512], when[32];
	time_t now = time(NULL);

	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", localtime(&now));
	snprintf(file, sizeof(file), DUMP_DIR "/%s-%s", life->config->name, when);
	tell(life, file);
	domain_dump(life->domid, file);
}

/* What the guest's end asks for; true: it shall be built anew. The guest is gone afterwards. */
static bool ending_handle(struct life *life)
{
	static const char *const told[ENDINGS] = { "shut down", "rebooting", "crashed", "watchdog fired", "asks for a soft reset" };
	struct domain_status status = ending_wait(life, true);
	enum action action = ACTION_DESTROY;

	if (status.state == DOMAIN_GONE) {
		tell(life, "destroyed");
	} else {
		action = life->config->actions[ending_of(status.reason)];
		tell(life, told[ending_of(status.reason)]);
	}
	if (action == ACTION_DUMP_DESTROY || action == ACTION_DUMP_RESTART)
		dump(life);
	if (action == ACTION_PRESERVE) {
		ending_wait(life, false);
		tell(life, "destroyed");
	}
	life_end(life);
	return action == ACTION_RESTART || action == ACTION_DUMP_RESTART;
}

int life_keep(struct life *life)
{
	while (ending_handle(life)) {
		if (life_build(life))
			return EXIT_REFUSED;
		if (domain_unpause(life->domid)) {
			life_end(life);
			return EXIT_REFUSED;
		}
		tell(life, "started again");
	}
	return EXIT_DONE;
}
