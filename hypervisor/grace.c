// SPDX-License-Identifier: GPL-2.0-only
/* Polls for RCU grace periods. */
#include "grace.h"

#include "xen.h"

static struct rcu_head grace_rcu;
static uint64_t grace_started, grace_finished;

static void grace_done(struct rcu_head *head)
{
	(void)head;
	__atomic_store_n(&grace_finished, grace_started, __ATOMIC_RELEASE);
}

bool grace_idle(void)
{
	return __atomic_load_n(&grace_finished, __ATOMIC_ACQUIRE) == grace_started;
}

/*
 * Xen handles RCU when a CPU has a softirq to do; an idle CPU, or one busy in a guest, may not for
 * long.
 */
static void grace_hasten(void)
{
	cpumask_raise_softirq(cpu_online_map, RCU_SOFTIRQ);
}

static void grace_start(void)
{
	grace_started++;
	call_rcu(&grace_rcu, grace_done);
	grace_hasten();
}

uint64_t grace_begin(void)
{
	if (!grace_idle())
		return grace_started + 1;
	grace_start();
	return grace_started;
}

bool grace_over(uint64_t ticket)
{
	if (__atomic_load_n(&grace_finished, __ATOMIC_ACQUIRE) >= ticket)
		return true;
	if (grace_idle())
		grace_start();
	else
		grace_hasten();
	return false;
}
