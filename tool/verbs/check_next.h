/* SPDX-License-Identifier: GPL-2.0-only */
/* xen-pmem check --next-boot: will the next boot have what guests with vNVDIMMs need? */
#ifndef XEN_PMEM_TOOL_CHECK_NEXT_H
#define XEN_PMEM_TOOL_CHECK_NEXT_H

#include <stdbool.h>

/* Xen 4.17 to 4.20: there are payloads for these (hypervisor/rules.mk). */
#define XEN_MINOR_FIRST	17
#define XEN_MINOR_LAST	20
#define XEN_MINORS_TEXT	"4.17 to 4.20"

typedef void (*check_row)(const char *word, bool ok, const char *what, const char *text);

/* Gives each result to `row`. ROOT is "", or where another system's files are. false: one failed */
bool next_boot_check(const char *root, check_row row);

#endif
