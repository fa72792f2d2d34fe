// SPDX-License-Identifier: GPL-2.0-only
/* Finds orphans by their locks, and ends those that only their keeper could have continued. */
#include "guest/orphans.h"

#include <stdint.h>
#include <string.h>
#include <xen/sched.h>

#include "host/guest_lock.h"
#include "ui/ui.h"

enum orphan_state {
	ORPHAN_GONE, ORPHAN_UNBORN, ORPHAN_SHUTDOWN, ORPHAN_PRESERVED, ORPHAN_RUNNING,
};

struct orphan {
	struct guest_lock_note note;
	enum orphan_state state;
	uint32_t domid;			/* unless it is gone */
};

static enum orphan_state domain_state(uint32_t domid, bool preserve)
{
	struct domain_status status = domain_status(domid);

	switch (status.state) {
	case DOMAIN_UNBORN:
		return ORPHAN_UNBORN;
	case DOMAIN_SHUTDOWN:
		if (status.reason == SHUTDOWN_suspend)
			return ORPHAN_RUNNING;
		return preserve ? ORPHAN_PRESERVED : ORPHAN_SHUTDOWN;
	case DOMAIN_ALIVE:
		return ORPHAN_RUNNING;
	default:
		return ORPHAN_GONE;
	}
}

static void orphan_look(const uint8_t uuid[16], struct orphan *o)
{
	struct uuid_buf text;

	guest_lock_read(uuid, &o->note);
	if (!o->note.name[0])
		strcpy(o->note.name, uuid_text(uuid, &text));
	o->state = ORPHAN_GONE;
	if (domain_find_uuid(uuid, &o->domid))
		o->state = domain_state(o->domid, o->note.preserve);
}

/* No guest is lost with a copy's domain, and what was copied so far stays. */
static bool copy_end(const struct orphan *o)
{
	if (o->state == ORPHAN_GONE)
		return true;
	warn(o->note.name, "what was lent to this copy comes back: its xen-pmem was killed");
	return !domain_destroy(o->domid);
}

/* true: nothing is left of it. */
static bool orphan_end(const struct orphan *o)
{
	if (o->note.copy)
		return copy_end(o);
	switch (o->state) {
	case ORPHAN_GONE:
		warn(o->note.name,
		     "nothing is left of this guest: its xen-pmem create was killed");
		return true;
	case ORPHAN_UNBORN:
		warn(o->note.name, "destroying this guest: its xen-pmem create was killed before "
		     "it started");
		return !domain_destroy(o->domid);
	case ORPHAN_SHUTDOWN:
		warn(o->note.name,
		     "destroying this guest: it shut down, and its xen-pmem create is gone");
		return !domain_destroy(o->domid);
	default:
		return false;
	}
}

/* One whose lock is held has its keeper; one whose file has gone since has ended well. */
static void orphan_reap(const uint8_t uuid[16])
{
	int lock = guest_lock_take_left(uuid);
	struct orphan o;

	if (lock < 0)
		return;
	orphan_look(uuid, &o);
	if (orphan_end(&o))
		guest_lock_drop(lock, uuid);
	else
		guest_lock_leave(lock);
}

void orphans_reap(void)
{
	guest_locks_each(orphan_reap);
}

static void orphan_report(const uint8_t uuid[16])
{
	static const char *const texts[] = {
		[ORPHAN_GONE] = "nothing is left of it (xen-pmem release forgets it)",
		[ORPHAN_UNBORN] = "it is half built (xen-pmem release destroys it)",
		[ORPHAN_SHUTDOWN] = "it has shut down (xen-pmem release destroys it)",
		[ORPHAN_PRESERVED] = "it has shut down and is preserved (xl destroy, then "
				     "xen-pmem release)",
		[ORPHAN_RUNNING] = "it runs on, but will not be started again when it reboots "
				   "(xen-pmem release when it has ended)",
	};
	struct orphan o;

	if (guest_lock_is_held(uuid))
		return;
	orphan_look(uuid, &o);
	if (o.note.copy)
		warn(o.note.name, "the xen-pmem of this copy was killed (xen-pmem release takes "
		     "back what was lent to it)");
	else
		warn(o.note.name, "the xen-pmem create of this guest was killed: %s",
		     texts[o.state]);
}

void orphans_report(void)
{
	guest_locks_each(orphan_report);
}
