// SPDX-License-Identifier: GPL-2.0-only
/* xen-pmem: takes the options before the verb, finds the verb, and runs it. */
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "version.h"
#include "verbs/verb.h"

enum { OPTION_VERBOSE = 256, OPTION_LIST_VERBS, OPTION_LIST_OPTIONS, OPTION_LIST_KEYS };

static void help_print(FILE *to)
{
	const struct verb *const *verb;

	fputs("usage: xen-pmem [--verbose] [XL-OPTION...] VERB [ARGUMENT...]\n"
	      "Persistent memory for Xen guests.\n\n", to);
	for (verb = verb_table; *verb; verb++)
		fprintf(to, "  %-11s  %s\n", (*verb)->usage.name, (*verb)->usage.summary);
	fputs("\nMore about a verb: xen-pmem help VERB, and xen-pmem(8).\n"
	      "The version: xen-pmem --version.\n"
	      "XL-OPTION: -v -t -T -N, for create.\n", to);
}

static int help_refuse(void)
{
	help_print(stderr);
	return EXIT_USAGE;
}

/* Options that a verb has are unknown before it. */
static int option_refuse(const char *argument)
{
	if (strcmp(argument, "--json") && strcmp(argument, "--dry-run"))
		return help_refuse();
	refuse(NULL, "%s comes after the verb", argument);
	return EXIT_USAGE;
}

static const struct verb *verb_need(const char *name)
{
	const struct verb *verb = verb_find(name);

	if (!verb)
		refuse(NULL, "there is no verb %s (xen-pmem --help)", name);
	return verb;
}

static int verb_help(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		help_print(stdout);
		return EXIT_DONE;
	}
	verb = verb_need(argv[1]);
	if (!verb)
		return EXIT_USAGE;
	usage_help(&verb->usage);
	return EXIT_DONE;
}

/* What completion asks for: the verbs, or what a verb takes. */
static int names_list(int option, const char *name)
{
	const struct verb *const *each, *verb;

	for (each = verb_table; option == OPTION_LIST_VERBS && *each; each++)
		puts((*each)->usage.name);
	if (option == OPTION_LIST_VERBS)
		return EXIT_DONE;
	verb = verb_need(name);
	if (!verb)
		return EXIT_USAGE;
	if (option == OPTION_LIST_OPTIONS)
		usage_list_options(&verb->usage);
	else
		usage_list_keys(&verb->usage);
	return EXIT_DONE;
}

/* As xl does in: xl [-vftTN]... create. */
static bool xl_global_take(int option, char **to)
{
	static char texts[][3] = { "-v", "-f", "-t", "-T", "-N" };
	const size_t nr = sizeof(texts) / sizeof(texts[0]);
	size_t i = 0, at = 0;

	while (i < nr && texts[i][1] != option)
		i++;
	while (to[at])
		at++;
	if (i == nr || at == XL_GLOBALS_MAX)
		return false;
	to[at] = texts[i];
	return true;
}

/*
 * Whoever starts us may have closed some of these. The next file would get such a number, and lose
 * it when the keeper goes into the background; or messages would be written into it.
 */
static bool descriptors_open(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	return true;
}

static int word_run(int argc, char **argv, char *const *xl_globals)
{
	const struct verb *verb;

	if (!strcmp(argv[0], "help"))
		return verb_help(argc, argv);
	verb = verb_need(argv[0]);
	if (!verb)
		return EXIT_USAGE;
	if (xl_globals[0] && strcmp(verb->usage.name, "create")) {
		refuse(NULL, "%s is an option of xl, for create alone", xl_globals[0]);
		return EXIT_USAGE;
	}
	return verb_run(verb, argc, argv, xl_globals);
}

static int words_run(int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "verbose", no_argument, NULL, OPTION_VERBOSE },
		{ "version", no_argument, NULL, 'V' },
		{ "list-cmds", no_argument, NULL, OPTION_LIST_VERBS },
		{ "list-opts", required_argument, NULL, OPTION_LIST_OPTIONS },
		{ "list-keys", required_argument, NULL, OPTION_LIST_KEYS },
		{ NULL, 0, NULL, 0 },
	};
	char *xl_globals[XL_GLOBALS_MAX + 1] = { NULL };
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+hVvftTN", names, NULL)) != -1) {
		if (option == 'h')
			return verb_help(0, NULL);
		if (option == 'V')
			return puts("xen-pmem " XEN_PMEM_VERSION), EXIT_DONE;
		if (option >= OPTION_LIST_VERBS)
			return names_list(option, optarg);
		if (option == OPTION_VERBOSE)
			verbose = true;
		else if (!xl_global_take(option, xl_globals))
			return option_refuse(argv[optind - 1]);
	}
	return optind == argc ? help_refuse() : word_run(argc - optind, argv + optind, xl_globals);
}

int main(int argc, char **argv)
{
	return descriptors_open() ? output_end(words_run(argc, argv)) : EXIT_REFUSED;
}
