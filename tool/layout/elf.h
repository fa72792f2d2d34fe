/* SPDX-License-Identifier: GPL-2.0-only */
/* An ELF in memory of the DWARF sections of a PE file. */
#ifndef XEN_PMEM_TOOL_LAYOUT_ELF_H
#define XEN_PMEM_TOOL_LAYOUT_ELF_H

#include "core/pe.h"

/* *image is for free(). NULL, or why there is no ELF. */
const char *elf_make(const struct pe *pe, char **image, size_t *len);

#endif
