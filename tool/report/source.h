/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the items of a report: a file, many files as one text, or what a command prints. None of
 * this changes anything on the host.
 */
#ifndef XEN_PMEM_TOOL_SOURCE_H
#define XEN_PMEM_TOOL_SOURCE_H

#include <stddef.h>

#define WHY_MAX	512

/* What was read. There is a NUL at at[size]; `at` is for free(), and NULL if there is nothing. */
struct bytes {
	char *at;
	size_t size;
	char why[WHY_MAX];	/* why it is not all there is; "" if it is */
};

void source_read_file(const char *path, struct bytes *to);

/* pattern: of glob(3), with braces. "PATH: CONTENT" for each file, a newline after it. */
void source_read_files(const char *pattern, struct bytes *to);

/*
 * Standard output of a command: words, with a space between two. The command xen-pmem is this
 * program. What the command writes on standard error is in to->why, with its exit status if that
 * is not 0. A command that is not done after a minute is killed.
 */
void source_run_command(const char *command, struct bytes *to);

#endif
