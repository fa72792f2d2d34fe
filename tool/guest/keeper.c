// SPDX-License-Identifier: GPL-2.0-only
/* Builds guests and sees to them: xl builds (it is told not to wait for the guest's end), the library adds vNVDIMMs, and this file waits. */
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
#include "paths.h"
#include "host/reap.h"

#define SETTLE_MS	1000		/* between two looks at pages that somebody still maps */
#define SETTLE_WARN	10		/* looks, before that is worth a line */

/*
 * -e: xl does not wait for the guest's end; -q: it does not tell the name of the file that we made. xl dies with us: a guest that it went on building
 * while nobody has the claim would be destroyed under its hands by the next command.
 */
static void xl_exec(const struct life *life, int fd, pid_t parent)
{
	char file[32], *argv[32] = { "xl" };
	unsigned int i, nr = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (i = 0; life->xl_globals[i]; i++)
		argv[nr++] = life->xl_globals[i];
	argv[nr++] = "create";
	argv[nr++] = "-qep";
	for (i = 0; life->xl_options[i]; i++)
		argv[nr++] = life->xl_options[i];
	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
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
	pid_t us = getpid(), pid;

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return refuse(life->where, "cannot hand on the config: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (!pid)
		xl_exec(life, fd, us);
	close(fd);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		return refuse(life->where, "xl create failed");
	return EXIT_DONE;
}

static int vnvdimms_give(struct life *life, struct host *host)
{
	struct xenpmem_vnvdimm vnvdimms[XENPMEM_VNVDIMMS_MAX];
	const struct guest_config *config = life->config;
	struct handover h = { life->where, config->uuid, config->backends, vnvdimms, config->nr_backends, false };
	int rc;

	rc = owner_resolve(host, &h, life->domid, life->choice);
	return rc ? rc : owner_pin_and_hand_over(host, &h, life->domid, life->choice);
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

/* One that xl started itself, maybe, and must not be taken for ours when xl fails. */
static int life_is_first(const struct life *life)
{
	char name[DOMAIN_NAME_LEN];
	uint32_t domid;

	if (!domain_find_uuid(life->config->uuid, &domid))
		return EXIT_DONE;
	return refuse(life->where, "there is a guest of this UUID already: %s, domain %u", domain_name(domid, name), domid);
}

/* What a rebooting guest was like in the end serves once. */
static int life_create(struct life *life)
{
	uint32_t domid = life->domid;
	int rc;

	if (!life->again)
		return xl_create(life);
	rc = domain_create(life->again, &domid);
	free(life->again);
	life->again = NULL;
	return rc;
}

int life_build(struct life *life)
{
	int rc = life_is_first(life);

	if (rc)
		return rc;
	rc = life_create(life);
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

static enum action action_of(const struct life *life, enum ending ending)
{
	return ending == ENDINGS ? ACTION_DESTROY : life->config->actions[ending];
}

/* ENDINGS: none that xl knows either. */
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

static void tell(const struct life *life, const char *what)
{
	time_t now = time(NULL);
	char when[32];

	strftime(when, sizeof(when), "%F %T", localtime(&now));
	printf("%s guest %s, domain %u: %s\n", when, life->config->name, life->domid, what);
	fflush(stdout);
}

/* Where xl puts it. */
static void dump(const struct life *life)
{
	char file[512];

	snprintf(file, sizeof(file), DUMP_DIR "/%s", life->config->name);
	tell(life, file);
	domain_dump(life->domid, file);
}

/* Until somebody destroys it. Should we be killed, the next command leaves it as well. */
static void preserve(struct life *life)
{
	struct claim_note note = { .preserve = true };

	strcpy(note.name, life->config->name);
	claim_write(life->claim, &note);
	tell(life, "preserved, with its vNVDIMMs");
	ending_wait(life, false);
	tell(life, "destroyed");
}

enum next { NEXT_NOTHING, NEXT_BUILD, NEXT_RESET };

/* What the guest's end asks for. Unless that is a soft reset, the guest is gone afterwards. */
static enum next ending_handle(struct life *life)
{
	static const char *const told[ENDINGS + 1] = {
		"shut down", "rebooting", "crashed", "watchdog fired", "asks for a soft reset", "ended for a reason that nobody knows",
	};
	struct domain_status status = ending_wait(life, true);
	enum action action = ACTION_DESTROY;
	bool restart;

	if (status.state == DOMAIN_GONE) {
		tell(life, "destroyed");
	} else {
		action = action_of(life, ending_of(status.reason));
		tell(life, told[ending_of(status.reason)]);
	}
	if (action == ACTION_DUMP_DESTROY || action == ACTION_DUMP_RESTART)
		dump(life);
	if (action == ACTION_PRESERVE)
		preserve(life);
	if (action == ACTION_SOFT_RESET)
		return NEXT_RESET;
	restart = action == ACTION_RESTART || action == ACTION_DUMP_RESTART;
	/* As with xl, a new name, more memory and the like outlast a reboot. */
	if (restart)
		life->again = domain_config_get(life->domid);
	life_end(life);
	return restart ? NEXT_BUILD : NEXT_NOTHING;
}

/* The reset removes dom0's note of what the guest has; without it the guest can be given nothing more. */
static int life_reset(const struct life *life)
{
	char *note = xenpmem_note_save(life->domid);
	xenpmem_handle *pmem = pmem_open();
	int rc = domain_soft_reset(life->domid);

	if (!rc && note && xenpmem_note_restore(pmem, life->domid, note))
		warn(life->config->name, "%s", xenpmem_error(pmem));
	xenpmem_close(pmem);
	free(note);
	return rc;
}

/* After life_build's failure there is nothing to end; else the guest must not stay as it is. */
static int life_begin_again(struct life *life, enum next next)
{
	int rc = next == NEXT_RESET ? life_reset(life) : life_build(life);

	if (rc && next == NEXT_BUILD)
		return rc;
	if (!rc)
		rc = domain_unpause(life->domid);
	if (rc)
		life_end(life);
	else
		tell(life, next == NEXT_RESET ? "goes on, reset" : "started again");
	return rc;
}

int life_keep(struct life *life)
{
	enum next next;

	while ((next = ending_handle(life)) != NEXT_NOTHING)
		if (life_begin_again(life, next))
			return EXIT_REFUSED;
	return EXIT_DONE;
}
