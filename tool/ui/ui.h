/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the tool speaks with people: messages, progress, sizes and UUIDs as text, and the options
 * that people type. This part knows no verb, no namespace and no guest.
 */
#ifndef XEN_PMEM_TOOL_UI_H
#define XEN_PMEM_TOOL_UI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "xen-pmem/xenpmem.h"

/* Exit statuses of the tool, and what a function returns that can refuse. */
#define EXIT_DONE	0
#define EXIT_REFUSED	1	/* one line on stderr names the thing and the reason */
#define EXIT_USAGE	2

/* ---- message.c ---- */

extern bool verbose;		/* --verbose */
extern const char *verb_name;	/* the verb that runs; "" before there is one */

/* What was done, on stdout. With --json it prints nothing: the document says it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "xen-pmem: SUBJECT: TEXT" on stderr, and in the document's errors. Returns EXIT_REFUSED. */
int refuse(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with "warning: ", in the document's warnings. */
void warn(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The last call of the tool: prints the document of --json. Returns rc, or EXIT_REFUSED if not all
 * of the output could be written.
 */
int output_end(int rc);

/* ---- progress.c ---- */

/* A line on stderr for what takes longer than 2 seconds, on a terminal or with --verbose. */
void progress_show(void *arg, const char *what, uint64_t done, uint64_t total);

/* The library's handle, with progress_show(); ends the tool if memory is short. Not for use after fork(). */
xenpmem_handle *pmem_open(void);

/* ---- size.c, uuid.c ---- */

struct size_buf {
	char text[24];
};
const char *size_text(uint64_t bytes, struct size_buf *buf);	/* "8G", "8064M", "4K", "17B" */
bool size_parse(const char *text, uint64_t *bytes);	/* decimal or 0x..., and a unit K M G T */

struct uuid_buf {
	char text[37];
};
const char *uuid_text(const uint8_t uuid[16], struct uuid_buf *buf);

/* ---- options.c ---- */

struct verb;

void usage_line(FILE *to, const struct verb *verb);
int verb_help(const struct verb *verb);
int usage_wrong(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));	/* EXIT_USAGE */

/*
 * options.c: a verb's own options, NULL-terminated, and where to note them. --json, --verbose and
 * --help are every verb's. Leaves the operands in argv[1..], as many as the verb takes, and returns
 * 1 more than their number. Ends the tool after
 * --help, for wrong usage, and outside of dom0.
 */
struct flag {
	const char *name;	/* "keep", of --keep */
	bool *set;
	const char **value;	/* instead of set: the option wants a value */
};
int options_take(const struct verb *verb, int argc, char **argv, const struct flag *flags);
int option_wrong(const struct verb *verb, int option, const char *argument);
const char *dom0_not(void);

#endif
