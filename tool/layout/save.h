/* SPDX-License-Identifier: GPL-2.0-only */
/* A layout as text, and the owner's layouts file. */
#ifndef XEN_PMEM_TOOL_LAYOUT_SAVE_H
#define XEN_PMEM_TOOL_LAYOUT_SAVE_H

#include <stddef.h>
#include <stdint.h>

#include "core/layouts.h"

#define LAYOUT_TEXT_MAX		2048u

/* A stanza of a layouts file. */
void layout_text(const struct xen_pmem_layout *layout, char text[LAYOUT_TEXT_MAX]);
uint16_t layout_offset(const struct xen_pmem_layout *layout, unsigned int field);

/*
 * Adds it to the owner's file below `root`, which changes from the old one to the new one at once.
 * Refuses a file that is wrong anywhere, and one that says something else of this build. *saved:
 * false if the file has it already.
 */
int layout_save(const char *root, const struct xen_pmem_layout *layout, bool *saved);

#endif
