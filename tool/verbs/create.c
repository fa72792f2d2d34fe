// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem create: xl create for guests with vNVDIMMs. Builds the guest, starts it, and monitors
 * it, in the background unless told otherwise, to do what the config says when the guest ends.
 * Guests without vNVDIMMs are left to xl.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/guest_lock.h"
#include "guest/keeper.h"
#include "guest/orphans.h"
#include "paths.h"
#include "ui/background.h"
#include "verbs/verb.h"

#define ARGUMENTS_MAX	255

/* From CREATE_QUIET on: options of xl create, which gets them for a guest without vNVDIMMs. */
enum {
	CREATE_QUIET = CHOICE_OPTIONS, CREATE_CONSOLE, CREATE_VIEWER, CREATE_PASSWORD,
	CREATE_FOREGROUND, CREATE_PAUSED, CREATE_LEAVE, CREATE_DRY_RUN, CREATE_DEBUG,
	CREATE_CONFIG, CREATE_MASKS, CREATE_OPTIONS,
};

static bool given(const struct arguments *args, int option)
{
	return args->option[option];
}

static bool dry_run_is_wanted(const struct arguments *args)
{
	bool wanted = args->dry_run || given(args, CREATE_DRY_RUN);
	int i;

	for (i = 0; args->xl_globals[i]; i++)
		wanted |= !strcmp(args->xl_globals[i], "-N");
	return wanted;
}

/* As xl reads them: operands with a '=' are lines of config, another one is the file. */
static int operands_read(const struct arguments *args, struct keeper *keeper, char **extras,
			 unsigned int *nr_extras)
{
	int i;

	keeper->where = args->option[CREATE_CONFIG];
	for (i = 0; i < args->nr; i++) {
		if (strchr(args->operands[i], '='))
			extras[(*nr_extras)++] = args->operands[i];
		else if (!keeper->where)
			keeper->where = args->operands[i];
		else
			return usage_wrong(args->usage, "takes one config, not %s as well",
					   args->operands[i]);
	}
	return keeper->where ? EXIT_DONE : usage_wrong(args->usage, "takes a config");
}

struct request {
	const struct keeper *keeper;
	bool dry_run;
};

/* Everything that can be known and done before anything is started. */
static int backends_check(struct inventory *inv, void *arg)
{
	const struct request *request = arg;
	const struct keeper *keeper = request->keeper;
	const struct guest_config *config = keeper->config;
	struct handover h = {
		.inv = inv, .guest = config->uuid, .domid = XENPMEM_NO_DOMAIN,
		.choice = keeper->choice,
		.b = { .where = keeper->where, .list = config->backends,
		       .nr = config->nr_backends, .pnodes = config->pnodes,
		       .nr_pnodes = config->nr_pnodes },
	};

	return handover_prepare(&h, request->dry_run);
}

/* xl VERB [OPTION] DOMID, beside us. */
static pid_t beside_start(const char *verb, uint32_t domid, const char *option)
{
	char id[16];
	pid_t pid;

	snprintf(id, sizeof(id), "%u", domid);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		execlp("xl", "xl", verb, option ? option : id, option ? id : NULL, NULL);
		_exit(127);
	}
	return pid;
}

static int start_and_keep(struct keeper *keeper, int told)
{
	char byte = EXIT_DONE;
	int rc = EXIT_DONE;

	if (!keeper->paused && domain_unpause(keeper->domid)) {
		keeper_end(keeper);
		rc = EXIT_REFUSED;
	}
	if (!rc && told >= 0 && write(told, &byte, 1) != 1)
		warn(keeper->config->name,
		     "the xen-pmem that starts this guest has gone away; the guest runs");
	if (told >= 0)
		close(told);
	if (!rc)
		rc = keeper_run(keeper);
	guest_lock_drop(keeper->lock, keeper->config->uuid);
	return rc;
}

/*
 * The keeper starts the guest, so that it does not matter if the parent is killed meanwhile; the
 * parent waits for the word that the guest started, or for the end of all who could say it. What
 * the keeper starts must not be one of them.
 */
static int background_keep(struct keeper *keeper)
{
	int told[2];
	char byte = EXIT_REFUSED, log[DOMAIN_NAME_LEN + 16];
	pid_t pid;

	snprintf(log, sizeof(log), "xen-pmem-%s.log", keeper->config->name);
	fflush(NULL);
	if (pipe2(told, O_CLOEXEC))
		return refuse(keeper->config->name, "%s", strerror(errno));
	pid = fork();
	if (!pid) {
		close(told[0]);
		background_enter(log);
		_exit(start_and_keep(keeper, told[1]));
	}
	close(told[1]);
	if (pid < 0 || read(told[0], &byte, 1) != 1)
		byte = EXIT_REFUSED;
	close(told[0]);
	if (pid < 0) {
		keeper_end(keeper);
		guest_lock_drop(keeper->lock, keeper->config->uuid);
	}
	if (byte)
		refuse(keeper->config->name, "not started; see " LOG_DIR "/%s", log);
	return byte;
}

/* As with xl create -e: the next command takes back what the guest held when it has ended. */
static int guest_leave(struct keeper *keeper)
{
	int rc = EXIT_DONE;

	if (!keeper->paused)
		rc = domain_unpause(keeper->domid);
	if (rc)
		keeper_end(keeper);
	guest_lock_drop(keeper->lock, keeper->config->uuid);
	return rc;
}

static int guest_lock_get(struct keeper *keeper)
{
	struct guest_lock_note note = { .preserve = false };

	keeper->lock = guest_lock_take(keeper->config->uuid);
	if (keeper->lock < 0)
		return refuse(keeper->where, "%s", errno == EWOULDBLOCK ?
			      "another xen-pmem create has a guest of this UUID" : strerror(errno));
	strcpy(note.name, keeper->config->name);
	guest_lock_write(keeper->lock, &note);
	return EXIT_DONE;
}

static int guest_start(struct keeper *keeper, const struct arguments *args)
{
	pid_t console = -1;
	int rc;

	rc = guest_lock_get(keeper);
	if (rc)
		return rc;
	rc = keeper_build(keeper);
	if (rc) {
		guest_lock_drop(keeper->lock, keeper->config->uuid);
		return rc;
	}
	if (given(args, CREATE_CONSOLE))
		console = beside_start("console", keeper->domid, NULL);
	if ((given(args, CREATE_VIEWER) || given(args, CREATE_PASSWORD)) &&
	    !given(args, CREATE_LEAVE))
		beside_start("vncviewer", keeper->domid,
			     given(args, CREATE_PASSWORD) ? "--autopass" : NULL);
	if (given(args, CREATE_LEAVE))
		rc = guest_leave(keeper);
	else if (given(args, CREATE_FOREGROUND))
		rc = start_and_keep(keeper, -1);
	else
		rc = background_keep(keeper);
	if (console > 0)
		waitpid(console, NULL, 0);
	return rc;
}

/* The option as xl create takes it; a value is the next argument. */
static char *xl_option_text(const struct option_row *row, char text[64])
{
	if (row->letter)
		snprintf(text, 64, "-%c", row->letter);
	else
		snprintf(text, 64, "--%s", row->name);
	return text;
}

/* Runs xl in place of us, with the options that are xl's. */
static int xl_run(const struct arguments *args, const char *where)
{
	static char texts[CREATE_OPTIONS][64];
	char *to[XL_GLOBALS_MAX + 2 * CREATE_OPTIONS + ARGUMENTS_MAX + 4] = { "xl" };
	int i, nr = 1;

	for (i = 0; args->xl_globals[i]; i++)
		to[nr++] = args->xl_globals[i];
	to[nr++] = "create";
	for (i = CREATE_QUIET; i < CREATE_OPTIONS; i++) {
		if (!given(args, i) && !(i == CREATE_DRY_RUN && args->dry_run))
			continue;
		to[nr++] = xl_option_text(&args->usage->options[i], texts[i]);
		if (args->usage->options[i].value)
			to[nr++] = (char *)args->option[i];
	}
	for (i = 0; i < args->nr && args->operands[i][0] != '-'; i++)
		;
	if (i < args->nr)
		to[nr++] = "--";
	for (i = 0; i < args->nr; i++)
		to[nr++] = args->operands[i];
	fflush(NULL);
	execvp("xl", to);
	return refuse(where, "cannot run xl: %s", strerror(errno));
}

/* One each of what is passed on to xl create when it builds a guest for us. */
static void xl_options_fill(const struct arguments *args, struct keeper *keeper)
{
	static char debug[] = "-d", masks[] = "-i";
	char **to = keeper->xl_options;

	if (given(args, CREATE_DEBUG))
		*to++ = debug;
	if (given(args, CREATE_MASKS))
		*to++ = masks;
}

static int guest_create(struct keeper *keeper, const struct arguments *args)
{
	struct request request = { keeper, dry_run_is_wanted(args) };
	int rc = dom0_need();

	if (rc)
		return rc;
	if (!request.dry_run)
		orphans_reap();
	rc = inventory_run(request.dry_run ? INVENTORY_FORESEE : INVENTORY_REAP, backends_check,
			   &request);
	if (rc)
		return rc;
	if (request.dry_run)
		return xl_run(args, keeper->where);
	if (!given(args, CREATE_QUIET))
		fprintf(stderr, "Parsing config from %s\n", keeper->where);
	return guest_start(keeper, args);
}

static int create_run(struct arguments *args)
{
	struct guest_config config;
	struct keeper keeper = { .config = &config, .xl_globals = args->xl_globals,
			     .paused = given(args, CREATE_PAUSED) };
	char *extras[ARGUMENTS_MAX];
	unsigned int nr_extras = 0;
	int rc;

	rc = operands_read(args, &keeper, extras, &nr_extras);
	if (!rc)
		rc = choice_read(args, &keeper.choice);
	if (rc)
		return rc;
	xl_options_fill(args, &keeper);
	rc = config_read(keeper.where, extras, nr_extras, &config);
	if (rc)
		return rc;
	rc = config.nr_backends ? guest_create(&keeper, args) : xl_run(args, keeper.where);
	config_free(&config);
	return rc;
}

const struct verb verb_create = {
	.run = create_run,
	.usage = {
		.name = "create",
		.synopsis = "[--keep | --erase] CONFIG [XL-CREATE-OPTION...] [KEY=VALUE...]",
		.summary = "start a guest as xl create does, with its vNVDIMMs",
		.help = "The config names them: vnvdimms = [ \"BACKEND[,OPTION]...\", ... ]. "
			"BACKEND is a namespace, or the path of a file or device; the OPTIONs "
			"are ro, node=N, gpa=ADDRESS, label=on|off, size=SIZE, offset=OFFSET, "
			"badblocks=list|refuse.\n"
			"pmem_ram = [ \"size=SIZE[,OPTION]...\", ... ] gives it RAM out of a pool "
			"(enable --ram); the OPTIONs are backend=POOL, node=own|0.\n"
			"A process monitors the guest, in the background, and logs to " LOG_DIR
			"/xen-pmem-NAME.log. It does what on_reboot and its like say, with the "
			"same vNVDIMMs.\n"
			"Before the verb, as with xl: -v, -t, -T, -N.",
		.options = {
			[CHOICE_KEEP] = { "keep", 0, NULL, "hand over what another guest left "
					  "in a namespace" },
			[CHOICE_ERASE] = { "erase", 0, NULL, "write zeros over that first" },
			[CREATE_QUIET] = { "quiet", 'q', NULL, "print less" },
			[CREATE_CONSOLE] = { NULL, 'c', NULL, "connect to the console" },
			[CREATE_VIEWER] = { "vncviewer", 'V', NULL, "start a VNC viewer" },
			[CREATE_PASSWORD] = { "vncviewer-autopass", 'A', NULL, "start a VNC "
					      "viewer with the password" },
			[CREATE_FOREGROUND] = { NULL, 'F', NULL, "monitor the guest in the "
						"foreground" },
			[CREATE_PAUSED] = { NULL, 'p', NULL, "leave the guest paused" },
			[CREATE_LEAVE] = { NULL, 'e', NULL, "do not monitor the guest" },
			[CREATE_DRY_RUN] = { "dryrun", 'n', NULL, "the same as --dry-run, which "
					     "also shows the config" },
			[CREATE_DEBUG] = { NULL, 'd', NULL, "show the config as libxl reads it" },
			[CREATE_CONFIG] = { "defconfig", 'f', "CONFIG", "the config, in place of "
					    "the operand" },
			[CREATE_MASKS] = { "ignore-global-affinity-masks", 'i', NULL, "as xl "
					   "create" },
		},
		.operands = { 0, ARGUMENTS_MAX, "a config" },
		.can_dry_run = true,
	},
};
