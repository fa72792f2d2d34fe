/* SPDX-License-Identifier: GPL-2.0-only */
/* What create needs of an xl config, with KEY=VALUE arguments: Xen's own parser reads both. */
#ifndef XEN_PMEM_TOOL_CONFIG_H
#define XEN_PMEM_TOOL_CONFIG_H

#include "host/backend.h"
#include "xen/domain.h"

enum ending {
	ENDING_POWEROFF, ENDING_REBOOT, ENDING_CRASH, ENDING_WATCHDOG, ENDING_SOFT_RESET, ENDINGS,
};
enum action {
	ACTION_DESTROY, ACTION_RESTART, ACTION_PRESERVE, ACTION_DUMP_DESTROY, ACTION_DUMP_RESTART,
	ACTION_SOFT_RESET,
};

#define CONFIG_NODES_MAX	64u	/* further nodes of vnuma are passed over */

struct guest_config {
	char *text;			/* what xl gets: the file, the arguments, the UUID */
	char name[DOMAIN_NAME_LEN];
	uint8_t uuid[16];		/* the config's, or one that comes from its name */
	enum action actions[ENDINGS];
	struct backend backends[XENPMEM_VNVDIMMS_MAX];
	unsigned int nr_backends;	/* RAM is last; 0: only `text` is set */
	uint32_t pnodes[CONFIG_NODES_MAX]; /* the host's node of each of vnuma's nodes */
	unsigned int nr_pnodes;
};

/* EXIT_DONE, or EXIT_REFUSED with a line that names file, item and key. */
int config_read(const char *file, char **extras, unsigned int nr_extras,
		struct guest_config *config);
/*
 * The key vnvdimms of a file that has no other key of a guest: sets the backends alone. Refuses a
 * file without it.
 */
int config_read_vnvdimms(const char *file, struct guest_config *config);
/* Has the guest RAM on NVDIMMs? */
bool config_has_ram(const struct guest_config *config);
void config_free(struct guest_config *config);

#endif
