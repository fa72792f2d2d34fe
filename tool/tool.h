/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verbs of xen-pmem share. A verb takes its arguments and returns the exit status: one verb, one file. */
#ifndef XEN_PMEM_TOOL_H
#define XEN_PMEM_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "xen-pmem/xenpmem.h"

#define EXIT_DONE	0
#define EXIT_REFUSED	1	/* one line on stderr names the thing and the reason */
#define EXIT_USAGE	2

struct verb {
	const char *name;
	int (*run)(const struct verb *verb, int argc, char **argv);	/* argv[0] is the verb */
	const char *arguments;
	const char *help;
	struct {
		int least, most;
		const char *text;	/* "one namespace" */
	} operands;
	const char *json; /* members of its document, for json_begin(); NULL: it has no --json */
	bool anywhere;			/* not only in dom0 */
};

extern const struct verb verb_load, verb_unload, verb_init, verb_enable, verb_disable, verb_list, verb_status, verb_check, verb_create,
	verb_attach, verb_create_file, verb_release, verb_erase, verb_copy_out, verb_copy_in, verb_start_all, verb_stop_all;

/* main.c: what stands before the verb and is xl's (-v, -t, -T, -f, -N), NULL-terminated; create hands it on. */
#define XL_GLOBALS_MAX	8
extern char *xl_globals[XL_GLOBALS_MAX + 1];
extern const char *verb_name;	/* the one that runs */
void usage_line(FILE *to, const struct verb *verb);
int verb_help(const struct verb *verb);

/*
 * The last thing that the tool does: prints what --json wants. Returns rc, or EXIT_REFUSED if not
 * all could be printed.
 */
int verb_end(int rc);

/* say.c: all that is said to people. say: what was done, which --json says in its own way. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern bool verbose;
int refuse(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));	/* EXIT_REFUSED */
int usage_wrong(const struct verb *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));	/* EXIT_USAGE */
void warn(const char *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
void progress_show(void *arg, const char *what, uint64_t done, uint64_t total);

/* size.c: sizes as people write them. */
struct size_buf {
	char text[24];
};
const char *size_text(uint64_t bytes, struct size_buf *buf);		/* "8G", "8064M", "4K", "17B" */
bool size_parse(const char *text, uint64_t *bytes);			/* decimal or 0x..., with a unit K M G T or none */

struct uuid_buf {
	char text[37];
};
const char *uuid_text(const uint8_t uuid[16], struct uuid_buf *buf);

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

/*
 * What getopt_long returned ('?' or ':', its string begins with a colon) of the argument before
 * optind: EXIT_USAGE.
 */
int option_wrong(const struct verb *verb, int option, const char *argument);

/* Why the tool can do nothing here; NULL: this is dom0, and we are root. */
const char *dom0_not(void);

/* The library's handle; exits for lack of memory. Not to be kept over fork. */
xenpmem_handle *pmem_open(void);

#endif
