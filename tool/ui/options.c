// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes a verb's options and counts its operands; refuses to go on where there is no Xen to speak
 * to.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/json.h"
#include "ui/ui.h"
#include "verbs/verb.h"

#define PRIVCMD		"/dev/xen/privcmd"
#define FEATURES	"/sys/hypervisor/properties/features"
#define FEATURE_DOM0	(1u << 11)	/* XENFEAT_dom0 of Xen's public/features.h */
#define OPTIONS_MAX	8

enum { OPTION_HELP = 'h', OPTION_VERBOSE = 256, OPTION_JSON, OPTION_OWN };

/* A guest may have /dev/xen/privcmd as well. */
static bool domain_is_guest(void)
{
	FILE *f = fopen(FEATURES, "re");
	unsigned int features;
	bool known;

	if (!f)
		return false;
	known = fscanf(f, "%x", &features) == 1;
	fclose(f);
	return known && !(features & FEATURE_DOM0);
}

const char *dom0_not(void)
{
	if (access(PRIVCMD, F_OK))
		return "this is not dom0 of a Xen host: " PRIVCMD
		       " is missing (boot Xen; modprobe xen-privcmd)";
	if (access(PRIVCMD, R_OK | W_OK))
		return errno == EACCES ? "only root can do this" : PRIVCMD " cannot be used";
	return domain_is_guest() ? "this is a guest, not dom0" : NULL;
}

void usage_line(FILE *to, const struct verb *verb)
{
	fprintf(to, "usage: xen-pmem %s%s%s%s\n", verb->name, verb->json ? " [--json]" : "",
		verb->arguments[0] ? " " : "", verb->arguments);
}

int verb_help(const struct verb *verb)
{
	usage_line(stdout, verb);
	puts(verb->help);
	if (verb->json)
		puts("With --json it prints a JSON document instead of lines: see JSON in "
		     "xen-pmem(8).");
	return EXIT_DONE;
}

int usage_wrong(const struct verb *verb, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	refuse(verb->name, "%s", text);
	usage_line(stderr, verb);
	return EXIT_USAGE;
}

int option_wrong(const struct verb *verb, int option, const char *argument)
{
	if (option == ':')
		return usage_wrong(verb, "%s wants a value", argument);
	if (strncmp(argument, "--", 2))
		return usage_wrong(verb, "unknown option -%c", optopt);
	return usage_wrong(verb, optopt ? "%s: this option has no value" : "unknown option %s",
			   argument);
}

static void flag_set(const struct flag *flag)
{
	if (flag->value)
		*flag->value = optarg;
	else
		*flag->set = true;
}

static void names_fill(struct option names[OPTIONS_MAX], const struct verb *verb,
		       const struct flag *flags)
{
	struct option *to = names;
	int own;

	*to++ = (struct option){ "help", no_argument, NULL, OPTION_HELP };
	*to++ = (struct option){ "verbose", no_argument, NULL, OPTION_VERBOSE };
	if (verb->json)
		*to++ = (struct option){ "json", no_argument, NULL, OPTION_JSON };
	for (own = 0; flags && flags[own].name; own++)
		*to++ = (struct option){ flags[own].name,
					 flags[own].value ? required_argument : no_argument, NULL,
					 OPTION_OWN + own };
	*to = (struct option){ NULL, 0, NULL, 0 };
}

/* Standard input and output would be "-"; no verb reads or writes them. */
static void operands_check(const struct verb *verb, int nr, char **operands)
{
	int i;

	if (nr < verb->operands.least || nr > verb->operands.most) {
		usage_wrong(verb, "takes %s", verb->operands.text);
		exit(EXIT_USAGE);
	}
	for (i = 0; i < nr; i++) {
		if (!strcmp(operands[i], "-")) {
			usage_wrong(verb, "takes no pipe: \"-\" is not a name");
			exit(EXIT_USAGE);
		}
	}
}

int options_take(const struct verb *verb, int argc, char **argv, const struct flag *flags)
{
	struct option names[OPTIONS_MAX];
	bool json = false;
	int option;

	names_fill(names, verb, flags);
	opterr = optind = 0;
	while ((option = getopt_long(argc, argv, ":h", names, NULL)) != -1) {
		if (option == '?' || option == ':')
			exit(option_wrong(verb, option, argv[optind - 1]));
		else if (option == OPTION_HELP)
			exit(output_end(verb_help(verb)));
		else if (option == OPTION_VERBOSE)
			verbose = true;
		else if (option == OPTION_JSON)
			json = true;
		else
			flag_set(&flags[option - OPTION_OWN]);
	}
	operands_check(verb, argc - optind, argv + optind);
	if (json)
		json_begin(verb->name, verb->json);
	if (!verb->anywhere && dom0_not())
		exit(output_end(refuse(NULL, "%s", dom0_not())));
	memmove(argv + 1, argv + optind, (argc - optind + 1) * sizeof(*argv));
	return 1 + argc - optind;
}
