/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the monitor has said already, so that one that is started again does not say it twice. It
 * is a file in RUN_DIR, and so lasts until the host's next boot, as Xen's list of errors does.
 * Without it everything that is known now is said once more.
 *
 * And which errors of Xen's list dom0's kernel was told of. It must not be told again: somebody in
 * dom0 may have written the block anew, which mends it, and Xen's list does not learn of that.
 *
 *	block 0x140005000 0x200		ADDRESS LENGTH
 *	error 0x140005040 1		ADDRESS COUNT, as Xen reports them
 */
#ifndef XEN_PMEM_TOOL_KNOWN_H
#define XEN_PMEM_TOOL_KNOWN_H

#include "monitor/blockset.h"

#define TOLD_MAX	128		/* pages in Xen's list */

struct told {
	uint64_t spa, errors;
};

struct known {
	struct blockset said;
	struct told told[TOLD_MAX];
	unsigned int nr_told;
};

void known_free(struct known *known);

/* *known is {}. Lines that are not as above are left out. */
void known_parse(struct known *known, const char *text);

/* The text, for free(). NULL: no known. */
char *known_text(const struct known *known);

void known_add_told(struct known *known, struct told told);
bool known_was_told(const struct known *known, struct told told);

/* The file. What cannot be read is empty; what cannot be written is lost with this process. */
void known_load(struct known *known);
void known_store(const struct known *known);

#endif
