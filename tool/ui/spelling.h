/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a word that is not ours is likely to be one of ours, misspelt. */
#ifndef XEN_PMEM_TOOL_SPELLING_H
#define XEN_PMEM_TOOL_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#define SPELLING_MAX	31u	/* letters of the longest word that is looked at */

/* True where at most two letters are added, missing or wrong; false for the right word itself. */
bool spelling_is_near(const char *word, size_t len, const char *right);

/*
 * The first key of an xl config that is near `right`, and its length. NULL: no key is near. It
 * looks for keys at the beginning of a line alone. To go on, call it with what follows the key.
 */
const char *spelling_find_key(const char *text, const char *right, size_t *len);

#endif
