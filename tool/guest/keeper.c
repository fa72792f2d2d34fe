// SPDX-License-Identifier: GPL-2.0-only
/* Keeps a guest: xl builds it, the library adds vNVDIMMs, and this file waits for its end. */
#define _GNU_SOURCE
#include "guest/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xen/sched.h>

#include "host/guest_lock.h"
#include "host/pool_clean.h"
#include "host/pool_take.h"
#include "host/reap.h"
#include "paths.h"

#define SETTLE_MS	1000	/* between two looks at pages that another domain still maps */
#define SETTLE_WARN	10	/* looks before a warning */

/*
 * -e: xl does not wait for the guest's end; -q: it does not print the name of our file. xl dies
 * with us: without our lock the next command would destroy the guest that xl is building.
 */
static void xl_exec(const struct keeper *keeper, int fd, pid_t parent)
{
	char file[32], *argv[32] = { "xl" };
	unsigned int i, nr = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (i = 0; keeper->xl_globals[i]; i++)
		argv[nr++] = keeper->xl_globals[i];
	argv[nr++] = "create";
	argv[nr++] = "-qep";
	for (i = 0; keeper->xl_options[i]; i++)
		argv[nr++] = keeper->xl_options[i];
	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	argv[nr++] = file;
	execvp(argv[0], argv);
	refuse("xl", "%s", strerror(errno));
	_exit(127);
}

/* xl gets the text that was read, for the file may have changed since then. */
static int xl_create(const struct keeper *keeper)
{
	const char *text = keeper->config->text;
	int fd = memfd_create("guest.cfg", 0), status = -1;
	pid_t us = getpid(), pid;

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return refuse(keeper->where, "cannot give xl the config: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid)
		xl_exec(keeper, fd, us);
	close(fd);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return refuse(keeper->where, "xl create failed");
	return EXIT_DONE;
}

/* The host's lock is dropped when the guest has its vNVDIMMs. again: it reboots. */
static int vnvdimms_add(struct keeper *keeper, bool again)
{
	const struct guest_config *config = keeper->config;
	struct inventory inv;
	struct handover h = {
		.inv = &inv, .guest = config->uuid, .domid = keeper->domid,
		.choice = keeper->choice,
		.b = { .where = keeper->where, .list = config->backends,
		       .nr = config->nr_backends, .again = again, .pnodes = config->pnodes,
		       .nr_pnodes = config->nr_pnodes },
	};
	int rc;

	rc = inventory_open_locked(&inv);
	if (rc)
		return rc;
	rc = handover_run(&h);
	inventory_close(&inv);
	return rc;
}

/* A guest of this UUID that another tool started must not be taken for ours when xl fails. */
static int keeper_is_first(const struct keeper *keeper)
{
	char name[DOMAIN_NAME_LEN];
	uint32_t domid;

	if (!domain_find_uuid(keeper->config->uuid, &domid))
		return EXIT_DONE;
	return refuse(keeper->where, "there is a guest of this UUID already: %s, domain %u",
		      domain_name(domid, name), domid);
}

/* The last config of a guest that reboots is used once. */
static int keeper_create(struct keeper *keeper)
{
	uint32_t domid = keeper->domid;
	int rc;

	if (!keeper->again)
		return xl_create(keeper);
	rc = domain_create(keeper->again, &domid);
	free(keeper->again);
	keeper->again = NULL;
	return rc;
}

/* Others may get the guest's slots, erased. */
static void ram_give_up(const struct keeper *keeper)
{
	if (!config_has_ram(keeper->config))
		return;
	slots_leave(keeper->config->uuid);
	pools_clean_later();
}

/* No domain of ours is there. A guest that was to reboot has its slots still. */
static int build_fail(const struct keeper *keeper, bool again, int rc)
{
	if (again)
		ram_give_up(keeper);
	return rc;
}

int keeper_build(struct keeper *keeper)
{
	const bool again = keeper->again;
	int rc = keeper_is_first(keeper);

	if (rc)
		return build_fail(keeper, again, rc);
	/* A keeper of it that was killed has left slots. */
	if (!again && config_has_ram(keeper->config))
		rc = slots_leave(keeper->config->uuid);
	if (rc)
		return rc;
	rc = keeper_create(keeper);
	if (!domain_find_uuid(keeper->config->uuid, &keeper->domid))
		return build_fail(keeper, again,
				  rc ? rc : refuse(keeper->where, "xl create made no guest"));
	if (!rc)
		rc = vnvdimms_add(keeper, again);
	if (rc)
		keeper_end(keeper);
	return rc;
}

/* Pages of a dead guest come back when dom0's backends have unmapped them, which takes a moment. */
static void pages_settle(struct keeper *keeper)
{
	struct xs_handle *watch = domain_watch_open();
	struct inventory inv = { .pmem = pmem_open() };
	unsigned int looks = 0;

	while (reap_domain(&inv, keeper->domid, true) == EXIT_REFUSED) {
		if (++looks == SETTLE_WARN)
			warn(keeper->config->name, "%s", xenpmem_error(inv.pmem));
		domain_watch_wait(watch, SETTLE_MS);
	}
	xenpmem_close(inv.pmem);
	domain_watch_close(watch);
}

static struct domain_status keeper_status(const struct keeper *keeper)
{
	struct domain_status status = domain_status(keeper->domid);

	if (memcmp(status.uuid, keeper->config->uuid, sizeof(status.uuid)))
		status.state = DOMAIN_GONE;
	return status;
}

void keeper_end(struct keeper *keeper)
{
	if (keeper_status(keeper).state != DOMAIN_GONE)
		domain_destroy(keeper->domid);
	pages_settle(keeper);
	if (!keeper->again)
		ram_give_up(keeper);
}

/* The tool that suspended a guest resumes or destroys it. */
static struct domain_status ending_wait(const struct keeper *keeper, bool also_shutdown)
{
	struct xs_handle *watch = domain_watch_open();
	struct domain_status status;

	for (;;) {
		status = keeper_status(keeper);
		if (status.state == DOMAIN_GONE)
			break;
		if (also_shutdown && status.state == DOMAIN_SHUTDOWN &&
		    status.reason != SHUTDOWN_suspend)
			break;
		domain_watch_wait(watch, watch ? -1 : SETTLE_MS);
	}
	domain_watch_close(watch);
	return status;
}

static enum action action_of(const struct keeper *keeper, enum ending ending)
{
	return ending == ENDINGS ? ACTION_DESTROY : keeper->config->actions[ending];
}

/* ENDINGS: a reason that xl does not know either. */
static enum ending ending_of(unsigned int reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		return ENDING_POWEROFF;
	case SHUTDOWN_reboot:
		return ENDING_REBOOT;
	case SHUTDOWN_crash:
		return ENDING_CRASH;
	case SHUTDOWN_watchdog:
		return ENDING_WATCHDOG;
	case SHUTDOWN_soft_reset:
		return ENDING_SOFT_RESET;
	default:
		return ENDINGS;
	}
}

static void keeper_log(const struct keeper *keeper, const char *what)
{
	time_t now = time(NULL);
	char when[32];

	strftime(when, sizeof(when), "%F %T", localtime(&now));
	printf("%s guest %s, domain %u: %s\n", when, keeper->config->name, keeper->domid, what);
	fflush(stdout);
}

/* In the folder where xl would write it. */
static void core_dump(const struct keeper *keeper)
{
	char file[512];

	snprintf(file, sizeof(file), DUMP_DIR "/%s", keeper->config->name);
	keeper_log(keeper, file);
	domain_dump(keeper->domid, file);
}

/* Waits until it is destroyed. The note is for the next command, should we be killed. */
static void guest_preserve(struct keeper *keeper)
{
	struct guest_lock_note note = { .preserve = true };

	strcpy(note.name, keeper->config->name);
	guest_lock_write(keeper->lock, &note);
	keeper_log(keeper, "preserved, with its vNVDIMMs");
	ending_wait(keeper, false);
	keeper_log(keeper, "destroyed");
}

enum next { NEXT_NOTHING, NEXT_BUILD, NEXT_RESET };

/* Waits for the guest's end. Unless that is a soft reset, the guest is gone afterwards. */
static enum next ending_handle(struct keeper *keeper)
{
	static const char *const texts[ENDINGS + 1] = {
		"shut down", "rebooting", "crashed", "watchdog fired", "asks for a soft reset",
		"shut down for an unknown reason",
	};
	struct domain_status status = ending_wait(keeper, true);
	enum action action = ACTION_DESTROY;
	bool restart;

	if (status.state == DOMAIN_GONE) {
		keeper_log(keeper, "destroyed");
	} else {
		action = action_of(keeper, ending_of(status.reason));
		keeper_log(keeper, texts[ending_of(status.reason)]);
	}
	if (action == ACTION_DUMP_DESTROY || action == ACTION_DUMP_RESTART)
		core_dump(keeper);
	if (action == ACTION_PRESERVE)
		guest_preserve(keeper);
	if (action == ACTION_SOFT_RESET)
		return NEXT_RESET;
	restart = action == ACTION_RESTART || action == ACTION_DUMP_RESTART;
	/* As with xl, a new name, more memory and other changes survive a reboot. */
	if (restart)
		keeper->again = domain_config_get(keeper->domid);
	keeper_end(keeper);
	return restart ? NEXT_BUILD : NEXT_NOTHING;
}

/* The reset removes dom0's note of the guest's vNVDIMMs, which a later attach needs. */
static int keeper_reset(const struct keeper *keeper)
{
	char *note = xenpmem_note_save(keeper->domid);
	xenpmem_handle *pmem = pmem_open();
	int rc = domain_soft_reset(keeper->domid);

	if (!rc && note && xenpmem_note_restore(pmem, keeper->domid, note))
		warn(keeper->config->name, "%s", xenpmem_error(pmem));
	xenpmem_close(pmem);
	free(note);
	return rc;
}

/* A guest that keeper_build() could not build is gone; any other is ended. */
static int keeper_begin_again(struct keeper *keeper, enum next next)
{
	int rc = next == NEXT_RESET ? keeper_reset(keeper) : keeper_build(keeper);

	if (rc && next == NEXT_BUILD)
		return rc;
	if (!rc)
		rc = domain_unpause(keeper->domid);
	if (rc)
		keeper_end(keeper);
	else
		keeper_log(keeper, next == NEXT_RESET ? "goes on, reset" : "started again");
	return rc;
}

int keeper_run(struct keeper *keeper)
{
	enum next next;

	while ((next = ending_handle(keeper)) != NEXT_NOTHING)
		if (keeper_begin_again(keeper, next))
			return EXIT_REFUSED;
	return EXIT_DONE;
}
