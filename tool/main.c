// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem: takes a verb, hands the arguments to the verb's file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "version.h"
#include "verbs/verb.h"

static const struct verb *const verbs[] = {
	&verb_load, &verb_unload, &verb_init, &verb_enable, &verb_disable, &verb_list, &verb_status, &verb_check, &verb_create, &verb_attach,
	&verb_create_file, &verb_release, &verb_erase, &verb_copy_out, &verb_copy_in, &verb_start_all, &verb_stop_all,
};

char *xl_globals[XL_GLOBALS_MAX + 1];

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

static const struct verb *verb_find(const char *name)
{
	size_t i;

	for (i = 0; i < NR_VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

static int usage_refuse(void)
{
	usage_print(stderr);
	return EXIT_USAGE;
}

/* xl [-vftTN]... create, and so here. */
static bool global_take(int option)
{
	static char texts[][3] = { "-v", "-f", "-t", "-T", "-N" };
	char **to = xl_globals;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]) && texts[i][1] != option; i++)
		;
	while (*to)
		to++;
	if (i == sizeof(texts) / sizeof(texts[0]) || to == xl_globals + XL_GLOBALS_MAX)
		return false;
	*to = texts[i];
	return true;
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

static int verb_run(int argc, char **argv)
{
	const struct verb *verb = verb_find(argv[0]);

	if (!strcmp(argv[0], "help")) {
		usage_print(stdout);
		return EXIT_DONE;
	}
	if (!verb) {
		fprintf(stderr, "xen-pmem: no verb %s (xen-pmem --help)\n", argv[0]);
		return EXIT_USAGE;
	}
	if (xl_globals[0] && verb != &verb_create) {
		fprintf(stderr, "xen-pmem: %s is an option of xl, for create alone\n", xl_globals[0]);
		return EXIT_USAGE;
	}
	verb_name = verb->name;
	return verb->run(verb, argc, argv);
}

enum { OPTION_VERBOSE = 256 };

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "verbose", no_argument, NULL, OPTION_VERBOSE },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	if (!descriptors_open())
		return EXIT_REFUSED;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+hVvftTN", names, NULL)) != -1) {
		if (option == 'h') {
			usage_print(stdout);
			return output_end(EXIT_DONE);
		}
		if (option == 'V') {
			puts("xen-pmem " XEN_PMEM_VERSION);
			return output_end(EXIT_DONE);
		}
		if (option == OPTION_VERBOSE)
			verbose = true;
		else if (!global_take(option))
			return usage_refuse();
	}
	if (optind == argc)
		return usage_refuse();
	return output_end(verb_run(argc - optind, argv + optind));
}
