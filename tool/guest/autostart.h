/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Folders of configs whose guests are started when the host boots: ours, and that of xendomains,
 * which starts guests by xl and so without vNVDIMMs.
 */
#ifndef XEN_PMEM_TOOL_AUTOSTART_H
#define XEN_PMEM_TOOL_AUTOSTART_H

#include <stdbool.h>

/*
 * Calls take for the path of each file whose name ends with suffix, sorted by name. false: the
 * folder cannot be read, with errno.
 */
bool autostart_each(const char *folder, const char *suffix,
		    void (*take)(const char *path, void *arg), void *arg);

/* Calls take for each config in the folder of xendomains that has vnvdimms or pmem_ram. */
void autostart_misplaced(void (*take)(const char *path, void *arg), void *arg);

#endif
