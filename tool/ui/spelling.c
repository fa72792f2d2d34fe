// SPDX-License-Identifier: GPL-2.0-only
/* Compares words: counts the letters that were added, left out or changed (Levenshtein). */
#include "ui/spelling.h"

#include <string.h>

#define NEAR	2u

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/* costs[j]: from what was read of the word to the first j letters of the right one. */
static unsigned int distance(const char *word, size_t len, const char *right, size_t right_len)
{
	unsigned int costs[SPELLING_MAX + 1], corner, above;
	size_t i, j;

	for (j = 0; j <= right_len; j++)
		costs[j] = j;
	for (i = 0; i < len; i++) {
		corner = costs[0]++;
		for (j = 0; j < right_len; j++) {
			above = costs[j + 1];
			corner += word[i] != right[j];
			costs[j + 1] = least(above + 1, costs[j] + 1, corner);
			corner = above;
		}
	}
	return costs[right_len];
}

bool spelling_is_near(const char *word, size_t len, const char *right)
{
	size_t right_len = strlen(right);
	unsigned int far;

	if (len > SPELLING_MAX || right_len > SPELLING_MAX)
		return false;
	far = distance(word, len, right, right_len);
	return far && far <= NEAR;
}

const char *spelling_find_key(const char *text, const char *right, size_t *len)
{
	const char *line = text, *after;

	while (line) {
		line += strspn(line, "\n\t ");
		*len = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789._");
		after = line + *len + strspn(line + *len, "\t +");
		if (*after == '=' && spelling_is_near(line, *len, right))
			return line;
		line = strchr(line, '\n');
	}
	return NULL;
}
