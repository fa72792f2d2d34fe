// SPDX-License-Identifier: GPL-2.0-only
/* Proves of ranges that no domain maps them: no CPU is about to, no other domain may, none does. */
#include "proof.h"

#include "answer.h"
#include "grace.h"
#include "scan.h"

/*
 * Once dom0 may not map the range it cannot let another domain map it: the domains found here are
 * all there will be. domlist_read_lock is RCU's: it keeps domains from being freed. The walk does
 * without that lock, because RCU frees in softirqs, and softirqs do not run during the walk.
 */
bool others_may_map(struct frames f)
{
	const struct domain *d;

	for (d = domain_list; d; d = domain_next(d)) {
		command_work += WORK_LOOKUP;
		if (d != hardware_domain && domain_iomem(d) &&
		    rangeset_overlaps_range(domain_iomem(d), f.first, f.first + f.count - 1))
			return true;
	}
	return false;
}

/*
 * A pass takes along every range that waits, up to the work limit, but for those that another
 * domain may map: whoever serves them is refused. When a range was begun, a CPU may have been
 * making a mapping or a permission; after the grace period that CPU has finished.
 */
static int ranges_to_pass(struct range *r)
{
	static struct range *waiting[RANGES_ALL];
	unsigned int i, n = ranges_in(RANGE_WAITING, waiting);

	for (i = 0; i < n; i++)
		if (!grace_over(waiting[i]->grace))
			return REFUSE(EAGAIN, "waiting for every CPU");
	if (others_may_map(r->frames))
		return REFUSE(EBUSY, OTHERS_REFUSAL);
	r->state = RANGE_CHECKING;
	for (i = 0; i < n && work_left(); i++)
		if (waiting[i] != r && !others_may_map(waiting[i]->frames))
			waiting[i]->state = RANGE_CHECKING;
	pass_begin();
	return 0;
}

int range_prove(struct range *r)
{
	int rc = ranges_in(RANGE_CHECKING, NULL) ? 0 : ranges_to_pass(r);

	if (!rc)
		rc = pass_step(r);
	return rc || r->state == RANGE_CHECKED ? rc : MORE;
}
