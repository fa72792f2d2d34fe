/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an xl config says what: takes its text, hands on the lines of a key and of the items of its list. Xen's own parser, which says what the values
 * are, keeps the lines to itself.
 */
#ifndef XEN_PMEM_TOOL_CONFIG_LINES_H
#define XEN_PMEM_TOOL_CONFIG_LINES_H

#include <stddef.h>

#define LINES_ITEMS_MAX	64u

struct lines {
	unsigned int key;			/* of the value that counts, the last one; 0: the key is not there */
	unsigned int items[LINES_ITEMS_MAX];	/* where each item of the list begins */
	unsigned int nr;			/* items; those beyond LINES_ITEMS_MAX are counted only */
};

/* Of a config that Xen's parser accepts; of any other, some lines of it. */
void lines_find(const char *text, const char *key, struct lines *lines);

/* Calls take for each key that is set, with its line. */
void lines_keys(const char *text,
		void (*take)(const char *key, size_t len, unsigned int line, void *arg), void *arg);

#endif
