/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PVH kernel that does nothing, for tests of what happens around a guest: built and started in a
 * moment, it idles until it is ended from outside.
 */
#include "tests/system/idle/pvh.h"

start:
	/* A processor that halts with interrupts off ends the guest. */
	sti
1:	hlt
	jmp 1b
