/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the files and folders are that the tool uses. */
#ifndef XEN_PMEM_TOOL_PATHS_H
#define XEN_PMEM_TOOL_PATHS_H

#ifndef RUN_DIR		/* a unit test has files of its own */
#define RUN_DIR		"/run/xen-pmem"		/* a file for each guest and pool */
#endif
#define AUTO_DIR	"/etc/xen/auto-pmem"	/* configs of guests that start-all starts */
#define SCRIPT_DIR	"/etc/xen/pmem"		/* NAME.conf: what vif-pmem gives a guest */
#define XENDOMAINS_DIR	"/etc/xen/auto"		/* configs that xendomains starts */
#define LOG_DIR		"/var/log/xen"
#define DUMP_DIR	"/var/lib/xen/dump"

#endif
