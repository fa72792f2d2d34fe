// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds GRUB's default entry in grub.cfg, as grub-mkconfig writes it: entries begin with
 * "menuentry 'TITLE'" or "submenu 'TITLE'", each ends with a line "}".
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/grub.h"

#define FOLDER	"/boot/grub/"

static FILE *grub_open(const char *root, const char *name)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s" FOLDER "%s", root, name) >= (int)sizeof(path))
		return NULL;
	return fopen(path, "re");
}

/* The text between the first two of this quote; false: the line has none. */
static bool quoted(const char *line, char quote, char text[GRUB_NAME_MAX])
{
	const char *at = strchr(line, quote), *end = at ? strchr(at + 1, quote) : NULL;

	if (!end || end - at > GRUB_NAME_MAX)
		return false;
	memcpy(text, at + 1, end - at - 1);
	text[end - at - 1] = '\0';
	return true;
}

/* A variable of grubenv; "": it is not set. */
static void env_read(const char *root, const char *name, char value[GRUB_NAME_MAX])
{
	FILE *f = grub_open(root, "grubenv");
	size_t len = strlen(name), size = 0;
	char *line = NULL;

	value[0] = '\0';
	while (f && getline(&line, &size, f) > 0)
		if (!strncmp(line, name, len) && line[len] == '=')
			snprintf(value, GRUB_NAME_MAX, "%.*s", (int)strcspn(line + len + 1, "\n"),
				 line + len + 1);
	free(line);
	if (f)
		fclose(f);
}

/* What is set last that is not `next_entry`, which is for one boot alone. */
static const char *wanted_read(FILE *cfg, const char *root, char wanted[GRUB_NAME_MAX])
{
	char text[GRUB_NAME_MAX], *line = NULL;
	size_t size = 0;

	env_read(root, "next_entry", wanted);
	if (wanted[0])
		return NULL;
	while (getline(&line, &size, cfg) > 0)
		if (strstr(line, "set default=") && quoted(line, '"', text) &&
		    strcmp(text, "${next_entry}"))
			memcpy(wanted, text, sizeof(text));
	free(line);
	rewind(cfg);
	if (!strcmp(wanted, "${saved_entry}")) {
		env_read(root, "saved_entry", wanted);
		return wanted[0] ? NULL : "GRUB starts what it saved, and has saved nothing";
	}
	if (strchr(wanted, '$'))
		return "GRUB computes the default at boot";
	return strchr(wanted, '>') ? "the default is an entry of a submenu" : NULL;
}

static bool is_word(const char *line, const char *word)
{
	const size_t len = strlen(word);

	line += strspn(line, " \t");
	return !strncmp(line, word, len) && strchr(" \t", line[len]);
}

/* By its place, its title or its --id, which grub-mkconfig writes in quotes after a variable. */
static bool entry_is(const char *line, unsigned int place, const char *wanted)
{
	const char *id = strstr(line, "$menuentry_id_option");
	char text[GRUB_NAME_MAX], *end;
	unsigned long number = strtoul(wanted, &end, 10);

	if (!*end)
		return number == place;
	return (quoted(line, '\'', text) && !strcmp(text, wanted)) ||
	       (id && quoted(id, '\'', text) && !strcmp(text, wanted));
}

/* The second word's last part, after `before`. */
static void file_take(const char *line, const char *before, char name[GRUB_NAME_MAX])
{
	const char *at = line + strspn(line, " \t"), *part;
	size_t len;

	at += strcspn(at, " \t");
	at += strspn(at, " \t");
	len = strcspn(at, " \t\n");
	part = memrchr(at, '/', len);
	part = part ? part + 1 : at;
	len -= part - at;
	if (len > strlen(before) && !strncmp(part, before, strlen(before)))
		snprintf(name, GRUB_NAME_MAX, "%.*s", (int)(len - strlen(before)),
			 part + strlen(before));
}

static void entry_read(FILE *cfg, struct grub_default *found)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, cfg) > 0 && line[strspn(line, " \t")] != '}') {
		if (is_word(line, "multiboot2") || is_word(line, "multiboot"))
			file_take(line, "", found->xen);
		else if (is_word(line, "module2") || is_word(line, "module") ||
			 is_word(line, "linux"))
			file_take(line, "vmlinuz-", found->kernel);
	}
	free(line);
}

static const char *entry_find(FILE *cfg, const char *wanted, struct grub_default *found)
{
	const char *why = "the default is not in GRUB's menu";
	unsigned int place = 0, depth = 0;
	char *line = NULL;
	size_t size = 0;

	while (why && getline(&line, &size, cfg) > 0) {
		const bool entry = is_word(line, "menuentry"), menu = is_word(line, "submenu");

		if (!depth && (entry || menu) && entry_is(line, place++, wanted)) {
			why = menu ? "the default is a submenu" : NULL;
			if (menu)
				break;
			entry_read(cfg, found);
		} else if (entry || menu) {
			depth++;
		} else if (depth && line[strspn(line, " \t")] == '}') {
			depth--;
		}
	}
	free(line);
	return why;
}

const char *grub_default_read(const char *root, struct grub_default *found)
{
	char wanted[GRUB_NAME_MAX] = "";
	FILE *cfg = grub_open(root, "grub.cfg");
	const char *why;

	*found = (struct grub_default){ .xen = "" };
	if (!cfg)
		return "GRUB has no grub.cfg that can be read";
	why = wanted_read(cfg, root, wanted);
	if (!why)
		why = entry_find(cfg, wanted[0] ? wanted : "0", found);
	fclose(cfg);
	return why;
}
