// SPDX-License-Identifier: GPL-2.0-only
/* Keeps commands out while the extension is being unloaded. */
#include "unloading.h"

#include "xen.h"

#define CLOSED_FOR	10000000000ll	/* ns */

enum { GATE_OPEN = 0, GATE_COMMAND = 1 };	/* otherwise it is closed, since this time */

static int64_t gate_state;

static bool gate_move(int64_t from, int64_t to)
{
	return __atomic_compare_exchange_n(&gate_state, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

/*
 * Closing it again changes the time: a command that was about to find the gate open again fails to
 * enter.
 */
bool gate_close(void)
{
	int64_t seen = __atomic_load_n(&gate_state, __ATOMIC_SEQ_CST);

	return seen != GATE_COMMAND && gate_move(seen, get_s_time());
}

void gate_open(void)
{
	__atomic_store_n(&gate_state, GATE_OPEN, __ATOMIC_SEQ_CST);
}

bool gate_enter(void)
{
	int64_t seen = __atomic_load_n(&gate_state, __ATOMIC_SEQ_CST);

	if (seen == GATE_OPEN)
		return gate_move(GATE_OPEN, GATE_COMMAND);
	return seen != GATE_COMMAND && get_s_time() - seen > CLOSED_FOR &&
	       gate_move(seen, GATE_COMMAND);
}
