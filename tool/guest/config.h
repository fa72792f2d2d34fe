/* SPDX-License-Identifier: GPL-2.0-only */
/* What create needs of an xl config: read by Xen's own parser, from the file and the KEY=VALUE arguments behind it. */
#ifndef XEN_PMEM_TOOL_CONFIG_H
#define XEN_PMEM_TOOL_CONFIG_H

#include "host/backend.h"
#include "xen/domain.h"

enum ending { ENDING_POWEROFF, ENDING_REBOOT, ENDING_CRASH, ENDING_WATCHDOG, ENDING_SOFT_RESET, ENDINGS };
enum action { ACTION_DESTROY, ACTION_RESTART, ACTION_PRESERVE, ACTION_DUMP_DESTROY, ACTION_DUMP_RESTART, ACTION_SOFT_RESET };

struct guest_config {
	char *text;			/* all of it, with the arguments and the UUID: what xl gets */
	char name[DOMAIN_NAME_LEN];
	uint8_t uuid[16];		/* the config's, or a new one: the same over all reboots */
	enum action actions[ENDINGS];
	struct backend backends[XENPMEM_VNVDIMMS_MAX];
	unsigned int nr_backends;	/* 0: an ordinary guest; nothing but `text` is set */
};

/* EXIT_DONE, or EXIT_REFUSED with a line that names file, item and key. */
int config_read(const char *file, char **extras, unsigned int nr_extras, struct guest_config *config);
void config_free(struct guest_config *config);

#endif
