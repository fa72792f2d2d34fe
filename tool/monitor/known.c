// SPDX-License-Identifier: GPL-2.0-only
/* Keeps what the monitor has said, and what dom0's kernel was told of. */
#define _GNU_SOURCE
#include "monitor/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "paths.h"

#define KNOWN_FILE	RUN_DIR "/monitor"

void known_free(struct known *known)
{
	blockset_free(&known->said);
	known->nr_told = 0;
}

void known_add_told(struct known *known, struct told told)
{
	if (known->nr_told < TOLD_MAX)
		known->told[known->nr_told++] = told;
}

bool known_was_told(const struct known *known, struct told told)
{
	unsigned int i;

	for (i = 0; i < known->nr_told; i++)
		if (known->told[i].spa == told.spa && known->told[i].errors == told.errors)
			return true;
	return false;
}

static void line_parse(struct known *known, const char *line)
{
	unsigned long long spa, number;
	int used = 0;

	if (sscanf(line, "block %llx %llx%n", &spa, &number, &used) == 2 && line[used] == '\n')
		blockset_add(&known->said, (struct blocks){ spa, number });
	else if (sscanf(line, "error %llx %llu%n", &spa, &number, &used) == 2 &&
		 line[used] == '\n')
		known_add_told(known, (struct told){ spa, number });
}

void known_parse(struct known *known, const char *text)
{
	for (; *text; text = strchrnul(text, '\n'), text += *text == '\n')
		line_parse(known, text);
}

char *known_text(const struct known *known)
{
	const struct blocks *at;
	char *text = NULL;
	unsigned int i;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (at = known->said.list; at < known->said.list + known->said.nr; at++)
		fprintf(f, "block %#llx %#llx\n", (unsigned long long)at->spa,
			(unsigned long long)at->length);
	for (i = 0; i < known->nr_told; i++)
		fprintf(f, "error %#llx %llu\n", (unsigned long long)known->told[i].spa,
			(unsigned long long)known->told[i].errors);
	fclose(f);
	return text;
}

/* What was stored last, so that a round without news writes no file. */
static char *stored;

void known_load(struct known *known)
{
	FILE *f = fopen(KNOWN_FILE, "re");
	size_t room = 0;

	*known = (struct known){ .nr_told = 0 };
	if (!f)
		return;
	if (getdelim(&stored, &room, '\0', f) < 0) {
		free(stored);
		stored = NULL;
	}
	fclose(f);
	if (stored)
		known_parse(known, stored);
}

void known_store(const struct known *known)
{
	char *text = known_text(known);
	FILE *f;

	if (!text || (stored && !strcmp(text, stored))) {
		free(text);
		return;
	}
	free(stored);
	stored = text;
	mkdir(RUN_DIR, 0700);
	f = fopen(KNOWN_FILE ".new", "we");
	if (!f)
		return;
	fputs(text, f);
	if (!fclose(f))
		rename(KNOWN_FILE ".new", KNOWN_FILE);
}
