// SPDX-License-Identifier: GPL-2.0-only
/* The table of verbs. Each verb's own file has its text. */
#include <string.h>

#include "verbs/verb.h"

const struct verb *const verb_table[] = {
	&verb_load, &verb_unload, &verb_init, &verb_enable, &verb_disable, &verb_list, &verb_status,
	&verb_check, &verb_layout, &verb_report, &verb_create, &verb_attach, &verb_create_file,
	&verb_release, &verb_erase, &verb_copy_out, &verb_copy_in, &verb_start_all, &verb_stop_all,
	&verb_monitor, &verb_hotplug, NULL,
};

const struct verb *verb_find(const char *name)
{
	const struct verb *const *verb;

	for (verb = verb_table; *verb; verb++)
		if (!strcmp((*verb)->usage.name, name))
			return *verb;
	return NULL;
}
