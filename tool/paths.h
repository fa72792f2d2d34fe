/* SPDX-License-Identifier: GPL-2.0-only */
/* Where things are. */
#ifndef XEN_PMEM_TOOL_PATHS_H
#define XEN_PMEM_TOOL_PATHS_H

#define PAYLOAD_DIR	"/usr/lib/xen-pmem"	/* one payload for each tested build: its build-id in hex, and */
#define PAYLOAD_SUFFIX	".livepatch"
#define RUN_DIR		"/run/xen-pmem"		/* a file for each guest that this tool started */
#define AUTO_DIR	"/etc/xen/auto-pmem"	/* configs of guests that start-all starts */
#define XENDOMAINS_DIR	"/etc/xen/auto"		/* and those that xendomains does */
#define LOG_DIR		"/var/log/xen"
#define DUMP_DIR	"/var/lib/xen/dump"

#endif
