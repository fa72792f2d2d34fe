// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem: takes a verb, hands the arguments to the verb's file. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"
#include "version.h"

static const struct verb *const verbs[] = {
	&verb_load, &verb_unload, &verb_init, &verb_enable, &verb_disable, &verb_list, &verb_status, &verb_check, &verb_create, &verb_attach,
	&verb_create_file, &verb_release, &verb_erase, &verb_copy_out, &verb_copy_in, &verb_start_all, &verb_stop_all,
};

char *xl_globals[XL_GLOBALS_MAX + 1];
const char *verb_name = "";

#define NR_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void usage_print(FILE *to)
{
	size_t i;

	fputs("usage: xen-pmem [--verbose] [XL-OPTION...] VERB [ARGUMENT...]\n"
	      "Persistent memory for Xen guests.\n\n", to);
	for (i = 0; i < NR_VERBS; i++)
		fprintf(to, "  %-11s %.*s\n", verbs[i]->name, (int)strcspn(verbs[i]->help, "\n"), verbs[i]->help);
	fputs("\nxen-pmem VERB --help tells more; so does xen-pmem(8). xen-pmem --version names the version.\n", to);
}

int verb_help(const struct verb *verb)
{
	printf("usage: xen-pmem %s%s%s\n%s\n", verb->name, verb->arguments[0] ? " " : "", verb->arguments, verb->help);
	return EXIT_DONE;
}

static const struct verb *verb_find(const char *name)
{
	size_t i;

	for (i = 0; i < NR_VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

/* --verbose may stand anywhere before a "--". */
static int verbose_take(int argc, char **argv)
{
	int i, left = 1;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (strcmp(argv[i], "--verbose"))
			argv[left++] = argv[i];
		else
			verbose = true;
	}
	for (; i < argc; i++)
		argv[left++] = argv[i];
	argv[left] = NULL;
	return left;
}

/* xl [-vftTN]... create, and so here. */
static int globals_take(int argc, char **argv)
{
	int nr = 0;

	while (nr < XL_GLOBALS_MAX && nr + 1 < argc && argv[nr + 1][0] == '-' && argv[nr + 1][1] &&
	       !argv[nr + 1][1 + strspn(argv[nr + 1] + 1, "vftTN")]) {
		xl_globals[nr] = argv[nr + 1];
		nr++;
	}
	memmove(argv + 1, argv + 1 + nr, (argc - nr) * sizeof(*argv));
	return argc - nr;
}

/*
 * Whoever starts us may have closed some of these. What is opened next would get the number, and
 * lose it again when the keeper goes into the background; or messages would be written into it.
 */
static bool descriptors_open(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	return true;
}

/* A list that the disk has no room for must not look like a short list. */
static int output_check(int rc)
{
	if (!fflush(stdout) && !ferror(stdout))
		return rc;
	return refuse("standard output", "not all of it could be written");
}

static int verb_choose(int argc, char **argv)
{
	const struct verb *verb;

	argc = globals_take(verbose_take(argc, argv), argv);
	if (argc < 2) {
		usage_print(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage_print(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("xen-pmem " XEN_PMEM_VERSION);
		return EXIT_DONE;
	}
	verb = verb_find(argv[1]);
	if (!verb) {
		fprintf(stderr, "xen-pmem: no verb %s (xen-pmem --help)\n", argv[1]);
		return EXIT_USAGE;
	}
	if (xl_globals[0] && verb != &verb_create) {
		fprintf(stderr, "xen-pmem: %s is an option of xl, for create alone\n", xl_globals[0]);
		return EXIT_USAGE;
	}
	if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h")))
		return verb_help(verb);
	verb_name = verb->name;
	return verb->run(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	return descriptors_open() ? output_check(verb_choose(argc, argv)) : EXIT_REFUSED;
}
