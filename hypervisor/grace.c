// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting, without waiting, for every CPU to have left the hypercall that it was in: takes a moment, says whether it is
 * over. One RCU callback is under way at a time; whoever comes while it runs needs the one after it.
 *
 * A hypercall that runs softirqs half-way outside of a section of RCU's lets the grace pass as if it were over. Those that do are
 * Xen's long ones (building dom0, dumps by debug keys, destroying domains), and none holds on to a permission to map I/O memory, or to
 * a page_info of an I/O page, across that: by reading Xen's sources, not by a check.
 */
#include "extension.h"

static struct rcu_head rcu;
static uint64_t started, finished;

static void grace_done(struct rcu_head *head)
{
	(void)head;
	__atomic_store_n(&finished, started, __ATOMIC_RELEASE);
}

bool grace_idle(void)
{
	return __atomic_load_n(&finished, __ATOMIC_ACQUIRE) == started;
}

/* Xen looks after RCU when a CPU has some softirq to do; one that is idle, or busy in a guest, may not for long. */
static void grace_hasten(void)
{
	cpumask_raise_softirq(cpu_online_map, RCU_SOFTIRQ);
}

static void grace_start(void)
{
	started++;
	call_rcu(&rcu, grace_done);
	grace_hasten();
}

uint64_t grace_begin(void)
{
	if (!grace_idle())
		return started + 1;
	grace_start();
	return started;
}

bool grace_over(uint64_t ticket)
{
	if (__atomic_load_n(&finished, __ATOMIC_ACQUIRE) >= ticket)
		return true;
	if (grace_idle())
		grace_start();
	else
		grace_hasten();
	return false;
}
