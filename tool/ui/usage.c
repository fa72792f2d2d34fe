// SPDX-License-Identifier: GPL-2.0-only
/* Prints what a verb says of itself: help, wrong usage, and lists for completion. */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "ui/ui.h"

#define WIDTH		80
#define OPTION_WIDTH	20	/* where the help of an option begins */

enum { COMMON_DRY_RUN, COMMON_JSON, COMMON_NR = 4 };

static const struct option_row common[COMMON_NR] = {
	[COMMON_DRY_RUN] = { "dry-run", 0, NULL, "make all checks, say what would be done, and "
			     "stop there" },
	[COMMON_JSON] = { "json", 0, NULL, "print a JSON document instead of lines (see "
			  "xen-pmem(8))" },
	{ "verbose", 'v', NULL, "show the progress of everything" },
	{ "help", 'h', NULL, "print this" },
};

/* Up to the next space that is not in brackets: "[--keep | --erase]" stays on one line. */
static size_t word_length(const char *text)
{
	size_t len;
	int depth = 0;

	for (len = 0; text[len] && text[len] != '\n' && (depth || text[len] != ' '); len++)
		depth += (text[len] == '[') - (text[len] == ']');
	return len;
}

/* Prints text from this column on, further lines from column `indent` on. */
static void text_wrap(FILE *to, const char *text, size_t column, int indent)
{
	bool space = false;
	size_t len;

	for (; *text; text += len + (text[len] != '\0')) {
		len = word_length(text);
		if (space && column + 1 + len > WIDTH) {
			fprintf(to, "\n%*s", indent, "");
			column = indent;
			space = false;
		}
		fprintf(to, "%s%.*s", space ? " " : "", (int)len, text);
		column += space + len;
		space = true;
		if (text[len] == '\n') {
			fprintf(to, "\n%*s", indent, "");
			column = indent;
			space = false;
		}
	}
	fputc('\n', to);
}

static void usage_print(FILE *to, const struct usage *usage)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s%s%s%s", usage->name, usage->json ? " [--json]" : "",
		 usage->can_dry_run ? " [--dry-run]" : "",
		 usage->synopsis[0] ? " " : "", usage->synopsis);
	fputs("usage: xen-pmem ", to);
	text_wrap(to, text, strlen("usage: xen-pmem "), strlen("usage: xen-pmem "));
}

static void option_help(const struct option_row *row)
{
	char text[64], letter[3] = { '-', row->letter };
	size_t len;

	snprintf(text, sizeof(text), "  %s%s%s%s%s%s", row->letter ? letter : "",
		 row->letter && row->name ? ", " : "", row->name ? "--" : "",
		 row->name ? row->name : "", row->value ? (row->name ? "=" : " ") : "",
		 row->value ? row->value : "");
	len = strlen(text);
	if (len + 2 > OPTION_WIDTH)
		printf("%s\n%*s", text, OPTION_WIDTH, "");
	else
		printf("%-*s", OPTION_WIDTH, text);
	text_wrap(stdout, row->help, OPTION_WIDTH, OPTION_WIDTH);
}

/* The options of a verb's own, then those that every verb has. NULL: after the last. */
static const struct option_row *option_row_get(const struct usage *usage, size_t i)
{
	size_t own = 0, each;

	while (usage->options[own].help)
		own++;
	if (i < own)
		return &usage->options[i];
	for (each = 0, i -= own; each < COMMON_NR; each++) {
		if ((each == COMMON_DRY_RUN && !usage->can_dry_run) ||
		    (each == COMMON_JSON && !usage->json))
			continue;
		if (!i--)
			return &common[each];
	}
	return NULL;
}

void usage_help(const struct usage *usage)
{
	const struct option_row *row;
	size_t i;

	usage_print(stdout, usage);
	printf("\n%c", toupper((unsigned char)usage->summary[0]));
	text_wrap(stdout, usage->summary + 1, 1, 0);
	putchar('\n');
	if (usage->help) {
		text_wrap(stdout, usage->help, 0, 0);
		putchar('\n');
	}
	for (i = 0; (row = option_row_get(usage, i)); i++)
		option_help(row);
}

int usage_wrong(const struct usage *usage, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	refuse(usage->name, "%s", text);
	usage_print(stderr, usage);
	return EXIT_USAGE;
}

void usage_list_options(const struct usage *usage)
{
	const struct option_row *row;
	size_t i;

	for (i = 0; (row = option_row_get(usage, i)); i++) {
		if (row->name)
			printf("--%s%s\n", row->name, row->value ? "=" : "");
		else
			printf("-%c\n", row->letter);
	}
}

void usage_list_keys(const struct usage *usage)
{
	const char *key;
	size_t len;

	for (key = usage->keys ? usage->keys : ""; *key; key += len + (key[len] == ' ')) {
		len = strcspn(key, " ");
		printf("%.*s\n", (int)len, key);
	}
}
