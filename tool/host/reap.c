// SPDX-License-Identifier: GPL-2.0-only
/* Takes pages back from guests that are dead, and ends guests whose keeper was killed at a moment when only it could go on. */
#include "host/reap.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>
#include <xen/sched.h>

#include "host/guest_lock.h"
#include "xen/domain.h"
#include "host/labels.h"
#include "paths.h"

unsigned int holdings_read(xenpmem_handle *pmem, struct xenpmem_holding *list)
{
	unsigned int nr = 0;

	while (nr < XEN_PMEM_HOLDINGS && !xenpmem_query_holding(pmem, nr, &list[nr]))
		nr++;
	return nr;
}

bool holding_is_dead(const struct xenpmem_holding *holding)
{
	return holding->state == XEN_PMEM_HOLDER_DEAD || holding->state == XEN_PMEM_HOLDER_DYING;
}

enum loudness { SILENT, REFUSALS, ALL };

static void taken_tell(uint32_t domid, uint64_t bytes)
{
	json_object *item = json_item("guests");
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;

	say("guest %s: %s taken back\n", domain_name(domid, name), size_text(bytes, &size));
	json_number(item, "domain", domid);
	json_name(item, "name", name);
	json_number(item, "taken_back", bytes);
	json_changed();
}

/* Of labels nothing is said that is said of their vNVDIMM. */
static int holding_release(xenpmem_handle *pmem, const struct xenpmem_holding *holding, bool labels, enum loudness loudness)
{
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;
	uint64_t taken, pending;
	int rc = xenpmem_release(pmem, holding->domid, holding->uuid, &taken, &pending);

	domain_name(holding->domid, name);
	if (rc == -ENOENT)
		rc = 0;
	if (rc && loudness != SILENT)
		refuse(name, "%s", xenpmem_error(pmem));
	if (taken && loudness == ALL && !labels)
		taken_tell(holding->domid, taken << 12);
	if (pending && loudness != SILENT)
		refuse(name, "dead, but somebody still maps %s of what it had", size_text(pending << 12, &size));
	return rc || pending ? EXIT_REFUSED : EXIT_DONE;
}

static bool of_dead(const struct xenpmem_holding *holding, const void *arg)
{
	(void)arg;
	return holding_is_dead(holding);
}

static bool of_domain(const struct xenpmem_holding *holding, const void *domid)
{
	return holding->domid == *(const uint32_t *)domid;
}

/* Labels first: whoever finds a namespace free finds its labels free. -1: there is nothing such. */
static int holdings_release(xenpmem_handle *pmem, bool (*wanted)(const struct xenpmem_holding *, const void *), const void *arg, enum loudness loudness)
{
	struct xenpmem_holding list[XEN_PMEM_HOLDINGS];
	unsigned int i, nr = holdings_read(pmem, list);
	struct xenpmem_info info = { 0 };
	int rc = -1, each, labels;

	xenpmem_hello(pmem, &info);
	for (labels = 1; labels >= 0; labels--)
		for (i = 0; i < nr; i++) {
			if (!wanted(&list[i], arg) || labels_are(&info, list[i].uuid) != labels)
				continue;
			each = holding_release(pmem, &list[i], labels, loudness);
			if (rc < 0 || each)
				rc = each;
		}
	return rc;
}

static void pin_tell(const struct xenpmem_pinned *pin)
{
	json_object *item = json_item("files");
	struct size_buf size;

	say("%s: %s given back to dom0\n", pin->path, size_text(pin->size, &size));
	json_name(item, "path", pin->path);
	json_number(item, "size", pin->size);
	json_changed();
}

static int pin_reap(xenpmem_handle *pmem, const struct xenpmem_pinned *pin, enum loudness loudness)
{
	int rc = xenpmem_unpin(pmem, pin->uuid);

	if (rc == -ENOENT)
		return EXIT_DONE;
	if (rc)
		return loudness == SILENT ? EXIT_REFUSED : refuse(pin->path, "it stays pinned: %s", xenpmem_error(pmem));
	if (loudness == ALL)
		pin_tell(pin);
	return EXIT_DONE;
}

/*
 * Which of its files and devices a guest's pages are Xen does not know; so all of them are in use until it has none.
 * Ends the pins of files and devices for guests (NULL: any) which have nothing of them any more, or never had: they died, or the tool was killed. -1: none.
 * Under host_lock() but for a keeper's own, so no other tool is between pinning one and giving it away.
 */
static int pins_reap(xenpmem_handle *pmem, const uint32_t *domid, enum loudness loudness)
{
	struct xenpmem_pinned pin;
	uint32_t at = 0;
	int rc = -1, each;

	while (!xenpmem_query_pin(pmem, at, &pin)) {
		at++;
		if ((domid && pin.domid != *domid) || xenpmem_has_host_pages(pmem, pin.domid))
			continue;
		each = pin_reap(pmem, &pin, loudness);
		/* The next one moves up. */
		at -= !each;
		if (rc < 0 || each)
			rc = each;
	}
	return rc;
}

int reap_dead(xenpmem_handle *pmem, bool quiet)
{
	const enum loudness loudness = quiet ? REFUSALS : ALL;
	int rc = holdings_release(pmem, of_dead, NULL, loudness), pins = pins_reap(pmem, NULL, loudness);

	return pins > 0 || rc < 0 ? (pins > 0 ? pins : EXIT_DONE) : rc;
}

int reap_domain(xenpmem_handle *pmem, uint32_t domid, bool quiet)
{
	const enum loudness loudness = quiet ? SILENT : ALL;
	int rc = holdings_release(pmem, of_domain, &domid, loudness), pins;

	if (rc > 0)
		return rc;
	pins = pins_reap(pmem, &domid, loudness);
	return pins < 0 ? rc : pins;
}

/* What a killed `create` left of a guest. */
enum orphan { ORPHAN_GONE, ORPHAN_UNBORN, ORPHAN_SHUTDOWN, ORPHAN_PRESERVED, ORPHAN_RUNNING };

static enum orphan orphan_look(const uint8_t uuid[16], struct guest_lock_note *note, uint32_t *domid)
{
	struct domain_status status;
	struct uuid_buf text;

	guest_lock_read(uuid, note);
	if (!note->name[0])
		strcpy(note->name, uuid_text(uuid, &text));
	if (!domain_find_uuid(uuid, domid))
		return ORPHAN_GONE;
	status = domain_status(*domid);
	switch (status.state) {
	case DOMAIN_UNBORN:
		return ORPHAN_UNBORN;
	case DOMAIN_SHUTDOWN:
		return status.reason == SHUTDOWN_suspend ? ORPHAN_RUNNING : note->preserve ? ORPHAN_PRESERVED : ORPHAN_SHUTDOWN;
	case DOMAIN_ALIVE:
		return ORPHAN_RUNNING;
	default:
		return ORPHAN_GONE;
	}
}

/* No guest is lost with it, and what was copied so far stays. */
static bool copy_end(enum orphan orphan, const struct guest_lock_note *note, uint32_t domid)
{
	if (orphan == ORPHAN_GONE)
		return true;
	warn(note->name, "what was lent to this copy comes back: its xen-pmem was killed");
	return !domain_destroy(domid);
}

/* The claim on it is ours now. true: nothing is left of it. */
static bool orphan_end(const uint8_t uuid[16])
{
	struct guest_lock_note note;
	uint32_t domid;
	enum orphan orphan = orphan_look(uuid, &note, &domid);

	if (note.copy)
		return copy_end(orphan, &note, domid);
	switch (orphan) {
	case ORPHAN_GONE:
		warn(note.name, "nothing is left of this guest: its xen-pmem create was killed");
		return true;
	case ORPHAN_UNBORN:
		warn(note.name, "destroying this guest: its xen-pmem create was killed before it started");
		return !domain_destroy(domid);
	case ORPHAN_SHUTDOWN:
		warn(note.name, "destroying this guest: it shut down, and its xen-pmem create is gone");
		return !domain_destroy(domid);
	default:
		return false;
	}
}

/* Calls take for the UUID of each guest that has a file. */
static void guest_locks_each(void (*take)(const uint8_t uuid[16]))
{
	DIR *dir = opendir(RUN_DIR);
	struct dirent *entry;
	uuid_t uuid;

	while (dir && (entry = readdir(dir)))
		if (!uuid_parse(entry->d_name, uuid))
			take(uuid);
	if (dir)
		closedir(dir);
}

static void orphan_reap(const uint8_t uuid[16])
{
	int lock = guest_lock_take(uuid);

	if (lock < 0)
		return;
	if (orphan_end(uuid))
		guest_lock_drop(lock, uuid);
	else
		guest_lock_leave(lock);
}

void orphans_reap(void)
{
	guest_locks_each(orphan_reap);
}

static void orphan_tell(const uint8_t uuid[16])
{
	static const char *const texts[] = {
		[ORPHAN_GONE] = "nothing is left of it (xen-pmem release forgets it)",
		[ORPHAN_UNBORN] = "it is half built (xen-pmem release destroys it)",
		[ORPHAN_SHUTDOWN] = "it has shut down (xen-pmem release destroys it)",
		[ORPHAN_PRESERVED] = "it has shut down and is preserved (xl destroy, then xen-pmem release)",
		[ORPHAN_RUNNING] = "it runs on, but will not be started again when it reboots (xen-pmem release when it has ended)",
	};
	struct guest_lock_note note;
	enum orphan orphan;
	uint32_t domid;

	if (guest_lock_is_held(uuid))
		return;
	orphan = orphan_look(uuid, &note, &domid);
	if (note.copy) {
		warn(note.name, "the xen-pmem of this copy was killed (xen-pmem release takes back what was lent to it)");
		return;
	}
	warn(note.name, "the xen-pmem create of this guest was killed: %s", texts[orphan]);
}

void orphans_report(void)
{
	guest_locks_each(orphan_tell);
}
