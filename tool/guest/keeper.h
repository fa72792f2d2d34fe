/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's life: built by xl, given its vNVDIMMs, started, and seen to when it ends; as often as it reboots. */
#ifndef XEN_PMEM_TOOL_KEEPER_H
#define XEN_PMEM_TOOL_KEEPER_H

#include "guest/config.h"
#include "host/handover.h"

struct keeper {
	const struct guest_config *config;
	const char *where;		/* the config's file, for messages */
	char *const *xl_globals;		/* options of xl itself, before the word create, NULL-terminated */
	char *xl_options[8];		/* of xl create, that are its business, NULL-terminated */
	bool paused;			/* leave it paused the first time */
	enum data_choice choice;	/* what becomes of what other guests left in its backends */
	int lock;
	uint32_t domid;
	char *again;			/* when it reboots: what it was like in the end, for domain_create; else NULL */
};

/* The guest is there, paused, with its vNVDIMMs; or, after EXIT_REFUSED with a line, not there at all. */
int keeper_build(struct keeper *keeper);

/* Ends the guest wherever it is, and takes back what it had. */
void keeper_end(struct keeper *keeper);

/* Returns when the guest is gone for good and nothing is left of it. EXIT_REFUSED if it could not be built anew. */
int keeper_run(struct keeper *keeper);

#endif
