/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate before all commands. Unloading is decided outside of hypfs' lock and done a little
 * later, with every CPU stopped; in between no command may take anything into use. Xen does not
 * report that it gave up stopping the CPUs, so a closed gate opens again by itself after ten
 * seconds.
 */
#ifndef XEN_PMEM_HYPERVISOR_UNLOADING_H
#define XEN_PMEM_HYPERVISOR_UNLOADING_H

#include "env.h"

#pragma GCC visibility push(hidden)

/* Closes the gate. False: a command is running. */
bool gate_close(void);

/* Lets one command in. False: the gate is closed. */
bool gate_enter(void);

/* Opens the gate: the command is over, or unloading was given up. */
void gate_open(void);

#pragma GCC visibility pop

#endif
