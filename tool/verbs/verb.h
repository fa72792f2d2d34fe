/* SPDX-License-Identifier: GPL-2.0-only */
/* A verb takes its arguments and returns the exit status: one verb, one file. */
#ifndef XEN_PMEM_TOOL_VERB_H
#define XEN_PMEM_TOOL_VERB_H

#include "host/handover.h"
#include "ui/ui.h"

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

extern const struct verb verb_load, verb_unload, verb_init, verb_enable, verb_disable, verb_list,
	verb_status, verb_check, verb_create, verb_attach, verb_create_file, verb_release,
	verb_erase, verb_copy_out, verb_copy_in, verb_start_all, verb_stop_all;

/* Options of xl itself before the verb (-v, -t, -T, -f, -N), NULL-terminated; create passes them on. */
#define XL_GLOBALS_MAX	8
extern char *xl_globals[XL_GLOBALS_MAX + 1];

/* What --keep and --erase ask for; not both. */
int choice_read(const struct verb *verb, bool keep, bool erase, enum data_choice *choice);

#endif
