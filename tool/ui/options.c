// SPDX-License-Identifier: GPL-2.0-only
/* Reads what follows a verb: its own options, those that every verb has, and its operands. */
#include <getopt.h>
#include <string.h>

#include "ui/ui.h"

#define VALUE_ROW	256	/* what getopt_long() returns for the first row of a verb's own */

enum { VALUE_JSON = VALUE_ROW + OPTIONS_MAX, VALUE_VERBOSE, VALUE_HELP, VALUE_DRY_RUN };

#define COMMON_NR	4
#define LETTERS_MAX	(4 + 2 * OPTIONS_MAX)

/*
 * xl spells --dry-run without the second hyphen. getopt_long() takes --dry for both only if both
 * return the same.
 */
static int row_value(const struct usage *usage, const struct option_row *row)
{
	if (usage->can_dry_run && !strcmp(row->name, "dryrun"))
		return VALUE_DRY_RUN;
	return (int)(VALUE_ROW + (row - usage->options));
}

static void names_fill(struct option *to, const struct usage *usage)
{
	const struct option_row *row;

	*to++ = (struct option){ "help", no_argument, NULL, VALUE_HELP };
	*to++ = (struct option){ "verbose", no_argument, NULL, VALUE_VERBOSE };
	if (usage->json)
		*to++ = (struct option){ "json", no_argument, NULL, VALUE_JSON };
	if (usage->can_dry_run)
		*to++ = (struct option){ "dry-run", no_argument, NULL, VALUE_DRY_RUN };
	for (row = usage->options; row->help; row++)
		if (row->name)
			*to++ = (struct option){ row->name,
						 row->value ? required_argument : no_argument, NULL,
						 row_value(usage, row) };
	*to = (struct option){ NULL, 0, NULL, 0 };
}

static void letters_fill(char *to, const struct usage *usage)
{
	const struct option_row *row;

	to = stpcpy(to, ":hv");
	for (row = usage->options; row->help; row++) {
		if (!row->letter)
			continue;
		*to++ = row->letter;
		if (row->value)
			*to++ = ':';
	}
	*to = '\0';
}

/* The row of what getopt_long() returned; -1: an option that every verb has. */
static int row_find(const struct usage *usage, int value)
{
	int i;

	if (value >= VALUE_ROW && value < VALUE_JSON)
		return value - VALUE_ROW;
	for (i = 0; usage->options[i].help; i++)
		if (value && usage->options[i].letter == value)
			return i;
	return -1;
}

/* optopt: 0 for an unknown name, a letter, or the value of a known name. */
static int option_wrong(const struct usage *usage, int result, const char *argument)
{
	bool letter = optopt && optopt < VALUE_ROW;

	if (result == ':' && letter)
		return usage_wrong(usage, "-%c needs a value", optopt);
	if (result == ':')
		return usage_wrong(usage, "%s needs a value", argument);
	if (letter)
		return usage_wrong(usage, "unknown option -%c", optopt);
	return usage_wrong(usage, optopt ? "%s: this option takes no value" : "unknown option %s",
			   argument);
}

/* "-" would be standard input or output, which no verb uses. */
static int operands_check(const struct arguments *args)
{
	const struct usage *usage = args->usage;
	int i;

	if (args->nr < usage->operands.least || args->nr > usage->operands.most)
		return usage_wrong(usage, "takes %s", usage->operands.text);
	for (i = 0; i < args->nr; i++)
		if (!strcmp(args->operands[i], "-"))
			return usage_wrong(usage, "\"-\" is not a name: this verb uses no pipe");
	return EXIT_DONE;
}

static void option_note(struct arguments *args, int result)
{
	int row = row_find(args->usage, result);

	if (row >= 0)
		args->option[row] = optarg ? optarg : "";
	else if (result == VALUE_JSON)
		args->json = true;
	else if (result == VALUE_DRY_RUN)
		args->dry_run = true;
	else if (result == VALUE_VERBOSE || result == 'v')
		verbose = true;
	else
		args->help = true;
}

int options_take(const struct usage *usage, int argc, char **argv, struct arguments *args)
{
	struct option names[OPTIONS_MAX + COMMON_NR + 1];
	char letters[LETTERS_MAX];
	int result;

	args->usage = usage;
	names_fill(names, usage);
	letters_fill(letters, usage);
	opterr = optind = 0;
	while (!args->help && (result = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (result == '?' || result == ':')
			return option_wrong(usage, result, argv[optind - 1]);
		option_note(args, result);
	}
	args->nr = argc - optind;
	args->operands = argv + optind;
	return args->help ? EXIT_DONE : operands_check(args);
}
