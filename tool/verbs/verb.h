/* SPDX-License-Identifier: GPL-2.0-only */
/* What a verb is, and what the verbs share: one verb, one file. */
#ifndef XEN_PMEM_TOOL_VERB_H
#define XEN_PMEM_TOOL_VERB_H

#include "host/handover.h"
#include "ui/ui.h"

struct verb {
	struct usage usage;
	/* Returns the exit status. Looks at its arguments before dom0_need(), if it calls that. */
	int (*run)(struct arguments *args);
};

/* Each in a file of its own. */
extern const struct verb verb_load, verb_unload, verb_init, verb_enable, verb_disable, verb_list,
	verb_status, verb_check, verb_report, verb_create, verb_attach, verb_create_file,
	verb_release, verb_erase, verb_copy_out, verb_copy_in, verb_start_all, verb_stop_all,
	verb_monitor, verb_hotplug, verb_layout;

/* ---- table.c ---- */

/* The verbs in the order of --help, up to NULL. */
extern const struct verb *const verb_table[];

/* NULL: no verb has this name. */
const struct verb *verb_find(const char *name);

/* ---- frame.c ---- */

/*
 * Takes a verb's arguments, argv[0] being the verb, and runs it; or prints its help. xl_globals:
 * xl's options before the verb, NULL-terminated.
 */
int verb_run(const struct verb *verb, int argc, char **argv, char *const *xl_globals);

/* Why the tool can do nothing here; NULL: this is dom0, and we are root. */
const char *dom0_not(void);

/* Refuses where dom0_not() names a reason; inventory_run() does so. EXIT_DONE or EXIT_REFUSED. */
int dom0_need(void);

/*
 * Opens the inventory, has `work` done on it, closes it. Returns what `work` returns.
 * LOOK changes nothing; CHANGE takes the host's lock; REAP takes it, and takes back what dead
 * guests had before `work` looks; FORESEE is REAP for a dry run: it only forgets what they had.
 */
enum inventory_use { INVENTORY_LOOK, INVENTORY_CHANGE, INVENTORY_REAP, INVENTORY_FORESEE };
int inventory_run(enum inventory_use use, int (*work)(struct inventory *inv, void *arg),
		  void *arg);

/*
 * What --keep and --erase ask for, which are rows CHOICE_KEEP and CHOICE_ERASE of a verb's options.
 * EXIT_USAGE if both are given.
 */
enum { CHOICE_KEEP, CHOICE_ERASE, CHOICE_OPTIONS };
int choice_read(const struct arguments *args, enum data_choice *choice);

#endif
