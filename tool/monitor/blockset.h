/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of bad blocks, by host address. Pure functions. */
#ifndef XEN_PMEM_TOOL_BLOCKSET_H
#define XEN_PMEM_TOOL_BLOCKSET_H

#include <stdbool.h>
#include <stdint.h>

#define BLOCK_SIZE	512ull		/* a sector of Linux' lists of bad blocks */

struct blocks {
	uint64_t spa, length;		/* bytes */
};

/* Blocks may be in it twice. {} is empty. */
struct blockset {
	struct blocks *list;
	unsigned int nr, room;
};

void blockset_free(struct blockset *set);

/* Without memory it adds nothing. */
void blockset_add(struct blockset *set, struct blocks blocks);

/*
 * Adds what of a list of Linux ("SECTOR COUNT", a line each, from `base` on) is within a range. A
 * line that is cut off is left out.
 */
void blockset_add_list(struct blockset *set, const char *text, uint64_t base,
		       struct blocks within);

/* The blocks that this byte is in. */
struct blocks blocks_at(uint64_t spa);

/* *part: the first of *rest that is not in the set; *rest: what comes after that. false: all is. */
bool blockset_cut_new(const struct blockset *set, struct blocks *rest, struct blocks *part);

/* Whether all of these are in the set. */
bool blockset_has(const struct blockset *set, struct blocks blocks);

#endif
