/* SPDX-License-Identifier: GPL-2.0-only */
/* Folders of configs whose guests are started when the host boots: ours, and xendomains', which starts guests by xl and so without vNVDIMMs. */
#ifndef XEN_PMEM_TOOL_AUTOSTART_H
#define XEN_PMEM_TOOL_AUTOSTART_H

#include <stdbool.h>
#include <stddef.h>

/* Calls take for each file whose name ends so, in order, with its path; false: there is no such folder. */
bool autostart_each(const char *folder, const char *suffix, void (*take)(const char *path, void *arg), void *arg);

/* Calls take for each config in xendomains' folder that has vnvdimms. */
void autostart_misplaced(void (*take)(const char *path, void *arg), void *arg);

#endif
