/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a word that is not ours is likely to be one of ours, misspelt. */
#ifndef XEN_PMEM_TOOL_SPELLING_H
#define XEN_PMEM_TOOL_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

#define SPELLING_MAX	31u	/* letters of the longest word that is looked at */

/* True where at most two letters are added, missing or wrong; false for the right word itself. */
bool spelling_is_near(const char *word, size_t len, const char *right);

#endif
