/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keeper: our process beside a guest. It has xl build the guest, gives it its vNVDIMMs, starts
 * it, and does what its config says when it ends; as often as it reboots.
 */
#ifndef XEN_PMEM_TOOL_KEEPER_H
#define XEN_PMEM_TOOL_KEEPER_H

#include "guest/config.h"
#include "host/handover.h"

struct keeper {
	const struct guest_config *config;
	const char *where;		/* the config's file, for messages */
	char *const *xl_globals;	/* options of xl itself, NULL-terminated */
	char *xl_options[8];		/* options of xl create alone, NULL-terminated */
	bool paused;			/* leave it paused the first time */
	enum data_choice choice;	/* about other guests' data in its backends */
	int lock;			/* the guest's */
	uint32_t domid;
	char *again;			/* NULL, or the last config of a guest that reboots */
};

/*
 * Builds the guest, paused, with its vNVDIMMs. After EXIT_REFUSED, with a line, nothing is left of
 * it.
 */
int keeper_build(struct keeper *keeper);

/* Destroys the guest, in whatever state, and takes its pages back. */
void keeper_end(struct keeper *keeper);

/* Returns when nothing is left of the guest. EXIT_REFUSED: it could not be built again. */
int keeper_run(struct keeper *keeper);

#endif
