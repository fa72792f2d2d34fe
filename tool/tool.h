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
};

extern const struct verb verb_load, verb_unload, verb_init, verb_enable, verb_disable, verb_list, verb_status, verb_check, verb_create,
	verb_attach, verb_create_file, verb_release, verb_erase, verb_copy_out, verb_copy_in, verb_start_all, verb_stop_all;

/* main.c: what stands before the verb and is xl's (-v, -t, -T, -f, -N), NULL-terminated; create hands it on. */
#define XL_GLOBALS_MAX	8
extern char *xl_globals[XL_GLOBALS_MAX + 1];
extern const char *verb_name;	/* the one that runs */
int verb_help(const struct verb *verb);

/* say.c: all that is said to people. */
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

/* Options of a verb that takes at most a few flags: NULL-terminated names and where to note them. Leaves the operands in argv[1..]; -1: usage error told. */
struct flag {
	const char *name;
	bool *set;
	const char **value;	/* instead of set: the option wants a value */
};
int options_take(const struct verb *verb, int argc, char **argv, const struct flag *flags);

/* The library's handle; exits for lack of memory. Not to be kept over fork. */
xenpmem_handle *pmem_open(void);

#endif
