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
extern const char *verb_name;	/* the verb that runs; "" before a verb runs */

/* What was done, on stdout. With --json it prints nothing: the document says it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "xen-pmem: SUBJECT: TEXT" on stderr, and in the document's errors. Returns EXIT_REFUSED. */
int refuse(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "SUBJECT: TEXT" of the last refusal, cut if need be, for those who do not see stderr. */
extern char refusal[1024];

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

/*
 * The library's handle, with progress_show(); ends the tool if memory is short. Do not use it after
 * fork(): open another.
 */
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

/* ---- options.c, usage.c ---- */

#define OPTIONS_MAX	16
#define XL_GLOBALS_MAX	8

struct option_row {
	const char *name;	/* "keep", of --keep; NULL: it has only a letter */
	char letter;		/* 'k', of -k; 0: it has only a name */
	const char *value;	/* what it needs, "SECONDS"; NULL: it takes no value */
	const char *help;
};

/*
 * What a verb says of itself. The check of arguments, help, completion and the synopsis of the
 * manual page all come from it.
 */
struct usage {
	const char *name;
	const char *synopsis;	/* what follows the name and the options that every verb has */
	const char *summary;	/* "take a namespace back from Xen" */
	const char *help;	/* paragraphs, a newline between two; NULL: the summary is enough */
	struct option_row options[OPTIONS_MAX + 1];	/* up to a row of zeros */
	const char *keys;	/* what may follow a comma in an operand, "ro node="; or NULL */
	struct {
		int least, most;
		const char *text;	/* "one namespace" */
	} operands;
	const char *json;	/* arrays of its document (json_begin()); NULL: no --json */
	bool changes;		/* it changes things, and its document says whether it did */
	bool can_dry_run;	/* it has --dry-run */
};

/* What was typed. */
struct arguments {
	const struct usage *usage;
	const char *option[OPTIONS_MAX];	/* by row: the value, or ""; NULL: not given */
	int nr;
	char **operands;
	bool json, help;
	bool dry_run;		/* refuse as a run does, say what it would do, change nothing */
	char *const *xl_globals;	/* options of xl before the verb, NULL-terminated */
};

/*
 * Reads the options and operands of argv[1..]; argv is sorted by that. Sets all of *args but
 * xl_globals. After --help it looks at nothing more. EXIT_DONE, or EXIT_USAGE after usage_wrong().
 */
int options_take(const struct usage *usage, int argc, char **argv, struct arguments *args);

/* "xen-pmem: VERB: TEXT" and the synopsis on stderr. Returns EXIT_USAGE. */
int usage_wrong(const struct usage *usage, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Help on stdout; it begins with "usage: xen-pmem VERB ...", further lines of it are indented. */
void usage_help(const struct usage *usage);

/* For completion: an option a line, "--timeout=" if it needs a value; and a key a line. */
void usage_list_options(const struct usage *usage);
void usage_list_keys(const struct usage *usage);

#endif
