/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that go on in the background. */
#ifndef XEN_PMEM_TOOL_BACKGROUND_H
#define XEN_PMEM_TOOL_BACKGROUND_H

/* This process has a session of its own from now on, and writes to the file `log` of LOG_DIR. */
void background_enter(const char *log);

#endif
