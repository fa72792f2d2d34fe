// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem create: xl create for guests with vNVDIMMs. Builds the guest, starts it, and stays behind, in the background unless told otherwise, to do
 * what the config says when the guest ends. Other guests are left to xl.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/guest_lock.h"
#include "guest/keeper.h"
#include "paths.h"
#include "host/reap.h"
#include "guest/orphans.h"
#include "verbs/verb.h"

#define ARGUMENTS_MAX	255

struct options {
	const char *file;
	char **extras;			/* KEY=VALUE */
	unsigned int nr_extras;
	bool console, viewer, viewer_password, foreground, paused, quiet, dry_run, leave, keep, erase, help;
	const char *own[ARGUMENTS_MAX + 1];	/* arguments that are not xl's, NULL-terminated */
};

enum { OPTION_KEEP = 256, OPTION_ERASE, OPTION_VERBOSE };

/* One each of what is passed on to xl create. */
static void option_pass(struct keeper *keeper, char *option)
{
	char **to = keeper->xl_options;

	while (*to && strcmp(*to, option))
		to++;
	*to = option;
}

/* At most one for each argument. */
static int own_note(struct options *o, const char *argument)
{
	const char **to = o->own;

	while (*to)
		to++;
	*to = argument;
	return 0;
}

static bool own_has(const struct options *o, const char *argument)
{
	const char *const *own = o->own;

	while (*own && *own != argument)
		own++;
	return *own;
}

/* argument: where the option stands. */
static int option_take(struct options *o, int option, const char *argument, struct keeper *keeper)
{
	static char debug[] = "-d", masks[] = "-i";

	switch (option) {
	case 'c': o->console = true; return 0;
	case 'V': o->viewer = true; return 0;
	case 'A': o->viewer = o->viewer_password = true; return 0;
	case 'F': o->foreground = true; return 0;
	case 'p': o->paused = true; return 0;
	case 'q': o->quiet = true; return 0;
	case 'n': o->dry_run = true; return 0;
	case 'e': o->leave = true; return 0;
	case 'f': o->file = optarg; return 0;
	case 'h': o->help = true; return 0;
	case OPTION_KEEP: o->keep = true; return own_note(o, argument);
	case OPTION_ERASE: o->erase = true; return own_note(o, argument);
	case OPTION_VERBOSE: verbose = true; return own_note(o, argument);
	case 'd': option_pass(keeper, debug); return 0;
	case 'i': option_pass(keeper, masks); return 0;
	default: return -1;
	}
}

/* As xl reads them: operands with a '=' are lines of config, another one is the file. */
static int options_read(const struct verb *verb, int argc, char **argv, struct options *o, struct keeper *keeper)
{
	static const struct option names[] = {
		{ "defconfig", 1, NULL, 'f' },
		{ "dryrun", 0, NULL, 'n' },
		{ "quiet", 0, NULL, 'q' },
		{ "vncviewer", 0, NULL, 'V' },
		{ "vncviewer-autopass", 0, NULL, 'A' },
		{ "ignore-global-affinity-masks", 0, NULL, 'i' },
		{ "help", 0, NULL, 'h' },
		{ "keep", 0, NULL, OPTION_KEEP },
		{ "erase", 0, NULL, OPTION_ERASE },
		{ "verbose", 0, NULL, OPTION_VERBOSE },
		{ NULL, 0, NULL, 0 },
	};
	int option, i;

	*o = (struct options){ 0 };
	opterr = optind = 0;
	while ((option = getopt_long(argc, argv, ":cFpqnef:dVAhi", names, NULL)) != -1)
		if (option_take(o, option, argv[optind - 1], keeper))
			return option_wrong(verb, option, argv[optind - 1]);
	for (i = 0; xl_globals[i]; i++)
		o->dry_run |= strchr(xl_globals[i], 'N') != NULL;
	o->extras = argv + optind;
	for (i = optind; i < argc; i++) {
		if (strchr(argv[i], '='))
			o->extras[o->nr_extras++] = argv[i];
		else if (!o->file)
			o->file = argv[i];
		else
			return usage_wrong(verb, "takes one config, not %s as well", argv[i]);
	}
	return o->file || o->help ? EXIT_DONE : usage_wrong(verb, "takes a config");
}

/* Everything that can be known and done before anything is started. */
static int backends_check(const struct keeper *keeper, bool dry_run)
{
	const struct guest_config *config = keeper->config;
	struct inventory host;
	struct handover h = {
		.inv = &host, .guest = config->uuid, .choice = keeper->choice,
		.b = { .where = keeper->where, .list = config->backends,
		       .nr = config->nr_backends },
	};
	int rc;

	rc = inventory_open_locked(&host);
	if (rc)
		return rc;
	reap_dead(&host, true);
	rc = handover_prepare(&h, dry_run);
	inventory_close(&host);
	return rc;
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
		warn(keeper->config->name, "nobody waits for its start");
	if (told >= 0)
		close(told);
	if (!rc)
		rc = keeper_run(keeper);
	guest_lock_drop(keeper->lock, keeper->config->uuid);
	return rc;
}

static void background_detach(const struct keeper *keeper)
{
	char path[512];
	int log, null = open("/dev/null", O_RDWR);

	snprintf(path, sizeof(path), LOG_DIR "/xen-pmem-%s.log", keeper->config->name);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0640);
	if (log < 0)
		warn(path, "%s", strerror(errno));
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(log < 0 ? null : log, STDOUT_FILENO);
	dup2(log < 0 ? null : log, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	if (log > STDERR_FILENO)
		close(log);
}

/* The keeper starts the guest, so that a parent killed meanwhile is no loss; the parent waits for the word that it started. */
static int background_keep(struct keeper *keeper)
{
	int told[2];
	char byte = EXIT_REFUSED;
	pid_t pid;

	fflush(NULL);
	if (pipe(told))
		return refuse(keeper->config->name, "%s", strerror(errno));
	pid = fork();
	if (!pid) {
		close(told[0]);
		background_detach(keeper);
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
		refuse(keeper->config->name, "not started; see " LOG_DIR "/xen-pmem-%s.log", keeper->config->name);
	return byte;
}

/* As of a guest of xl create -e, nobody sees to its end; what it has comes back with the command after that. */
static int leave(struct keeper *keeper)
{
	int rc = EXIT_DONE;

	if (!keeper->paused)
		rc = domain_unpause(keeper->domid);
	if (rc)
		keeper_end(keeper);
	guest_lock_drop(keeper->lock, keeper->config->uuid);
	return rc;
}

static int claim(struct keeper *keeper)
{
	struct guest_lock_note note = { .preserve = false };

	keeper->lock = guest_lock_take(keeper->config->uuid);
	if (keeper->lock < 0)
		return refuse(keeper->where, errno == EWOULDBLOCK ? "another xen-pmem create has a guest of this UUID" : "%s", strerror(errno));
	strcpy(note.name, keeper->config->name);
	guest_lock_write(keeper->lock, &note);
	return EXIT_DONE;
}

static int guest_start(struct keeper *keeper, const struct options *o)
{
	pid_t console = -1;
	int rc;

	rc = claim(keeper);
	if (rc)
		return rc;
	rc = keeper_build(keeper);
	if (rc) {
		guest_lock_drop(keeper->lock, keeper->config->uuid);
		return rc;
	}
	if (o->console)
		console = beside_start("console", keeper->domid, NULL);
	if (o->viewer && !o->leave)
		beside_start("vncviewer", keeper->domid, o->viewer_password ? "--autopass" : NULL);
	if (o->leave)
		rc = leave(keeper);
	else if (o->foreground)
		rc = start_and_keep(keeper, -1);
	else
		rc = background_keep(keeper);
	if (console > 0)
		waitpid(console, NULL, 0);
	return rc;
}

/* xl gets what is xl's. */
static int xl_run(char **argv, const struct options *o)
{
	char *to[XL_GLOBALS_MAX + ARGUMENTS_MAX + 3] = { "xl" };
	unsigned int i, nr = 1;

	for (i = 0; xl_globals[i]; i++)
		to[nr++] = xl_globals[i];
	to[nr++] = "create";
	for (i = 1; argv[i]; i++)
		if (!own_has(o, argv[i]))
			to[nr++] = argv[i];
	fflush(NULL);
	execvp("xl", to);
	return refuse(o->file, "xl cannot be run: %s", strerror(errno));
}

static int create(struct keeper *keeper, const struct options *o, char **argv)
{
	int rc;

	if (dom0_not())
		return refuse(NULL, "%s", dom0_not());
	orphans_reap();
	rc = backends_check(keeper, o->dry_run);
	if (rc)
		return rc;
	if (o->dry_run)
		return xl_run(argv, o);
	if (!o->quiet)
		fprintf(stderr, "Parsing config from %s\n", o->file);
	return guest_start(keeper, o);
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct guest_config config;
	struct keeper keeper = { .config = &config };
	char *own[ARGUMENTS_MAX + 1];
	struct options o;
	int rc;

	if (argc > ARGUMENTS_MAX)
		return usage_wrong(verb, "takes fewer arguments");
	/* getopt sorts them. */
	memcpy(own, argv, (argc + 1) * sizeof(own[0]));
	rc = options_read(verb, argc, own, &o, &keeper);
	if (!rc && o.help)
		return verb_help(verb);
	if (!rc)
		rc = choice_read(verb, o.keep, o.erase, &keeper.choice);
	if (rc)
		return rc;
	keeper.xl_globals = xl_globals;
	keeper.where = o.file;
	keeper.paused = o.paused;
	rc = config_read(o.file, o.extras, o.nr_extras, &config);
	if (rc)
		return rc;
	rc = config.nr_backends ? create(&keeper, &o, argv) : xl_run(argv, &o);
	config_free(&config);
	return rc;
}

const struct verb verb_create = {
	"create", run, "[--keep | --erase] CONFIG [XL-CREATE-OPTION...] [KEY=VALUE...]",
	"start a guest as xl create does, with the vNVDIMMs that its config names\n"
	"  vnvdimms = [ \"backend=NAMESPACE|PATH[,ro][,node=N][,gpa=ADDRESS][,label=on|off][,size=SIZE][,offset=OFFSET]\", ... ]\n"
	"  --keep   hand over what another guest left in a backend\n"
	"  --erase  write zeros over that first\n"
	"Other options are those of xl create: -c console, -V and -A VNC viewer, -F foreground, -p leave paused, -e do not see to its end, -n dry run, -q quiet,\n"
	"-d debug, -f CONFIG, --ignore-global-affinity-masks; and before the verb, as with xl: -v, -t, -T, -N.\n"
	"A process stays behind, logging to " LOG_DIR "/xen-pmem-NAME.log, that does what on_reboot and its like say, with the same vNVDIMMs.",
	.operands = { 1, ARGUMENTS_MAX, "a config" },
};
