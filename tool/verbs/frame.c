// SPDX-License-Identifier: GPL-2.0-only
/* The frame that every verb runs in: its arguments, the test for dom0, the inventory. */
#include <errno.h>
#include <unistd.h>

#include "host/reap.h"
#include "ui/json.h"
#include "verbs/verb.h"

#define PRIVCMD		"/dev/xen/privcmd"
#define FEATURES	"/sys/hypervisor/properties/features"
#define FEATURE_DOM0	(1u << 11)	/* XENFEAT_dom0 of Xen's public/features.h */

/* A guest may have /dev/xen/privcmd as well. */
static bool domain_is_guest(void)
{
	FILE *f = fopen(FEATURES, "re");
	unsigned int features;
	bool known;

	if (!f)
		return false;
	known = fscanf(f, "%x", &features) == 1;
	fclose(f);
	return known && !(features & FEATURE_DOM0);
}

const char *dom0_not(void)
{
	if (access(PRIVCMD, F_OK))
		return "this is not dom0 of a Xen host: " PRIVCMD
		       " is missing (boot Xen; modprobe xen-privcmd)";
	if (access(PRIVCMD, R_OK | W_OK))
		return errno == EACCES ? "only root can do this" : PRIVCMD " cannot be used";
	return domain_is_guest() ? "this is a guest, not dom0" : NULL;
}

int dom0_need(void)
{
	const char *why = dom0_not();

	return why ? refuse(NULL, "%s", why) : EXIT_DONE;
}

int choice_read(const struct arguments *args, enum data_choice *choice)
{
	bool keep = args->option[CHOICE_KEEP], erase = args->option[CHOICE_ERASE];

	*choice = keep ? DATA_KEEP : erase ? DATA_ERASE : DATA_ASK;
	return keep && erase ? usage_wrong(args->usage, "--keep or --erase, not both") : EXIT_DONE;
}

static int inventory_use_open(enum inventory_use use, struct inventory *inv)
{
	if (use == INVENTORY_LOOK)
		return inventory_open(inv);
	if (use == INVENTORY_CHANGE)
		return inventory_open_locked(inv);
	return inventory_open_reaped(inv, use == INVENTORY_FORESEE);
}

int inventory_run(enum inventory_use use, int (*work)(struct inventory *inv, void *arg),
		  void *arg)
{
	struct inventory inv;
	int rc = dom0_need();

	if (!rc)
		rc = inventory_use_open(use, &inv);
	if (rc)
		return rc;
	rc = work(&inv, arg);
	inventory_close(&inv);
	return rc;
}

int verb_run(const struct verb *verb, int argc, char **argv, char *const *xl_globals)
{
	const struct usage *usage = &verb->usage;
	struct arguments args = { .xl_globals = xl_globals };
	int rc;

	verb_name = usage->name;
	rc = options_take(usage, argc, argv, &args);
	if (rc)
		return rc;
	if (args.help) {
		usage_help(usage);
		return EXIT_DONE;
	}
	if (args.json)
		json_begin(usage->name, usage->json, usage->changes);
	if (args.dry_run)
		json_dry_run();
	return verb->run(&args);
}
