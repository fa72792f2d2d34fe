// SPDX-License-Identifier: GPL-2.0-only
/* Erases namespaces by xenpmem_wipe(), with the tool's locks around its steps. */
#include "host/handover_erase.h"

#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "host/guest_lock.h"
#include "host/pool.h"
#include "xen/domain.h"

int handover_check_settled(const struct inventory *inv, const struct xen_pmem_backing *b,
			   const uint8_t *guest)
{
	uint32_t domid;

	if (guest && !memcmp(b->guest, guest, sizeof(b->guest)))
		return EXIT_DONE;
	if (uuid_is_null(b->guest) || !guest_lock_is_held(b->guest))
		return EXIT_DONE;
	if (domain_find_uuid(b->guest, &domid) && domain_status(domid).state == DOMAIN_ALIVE)
		return EXIT_DONE;
	return refuse(inventory_name(inv, b->uuid), "guest %s is being started or ended",
		      guest_name(b->guest));
}

static int row_check(const struct inventory *inv, const struct xen_pmem_backing *b,
		     const uint8_t *guest)
{
	int rc = inventory_need_unheld(inv, inventory_name(inv, b->uuid), b->uuid);

	return rc ? rc : handover_check_settled(inv, b, guest);
}

int handover_erase_check(struct inventory *inv, const uint8_t uuid[16])
{
	const struct xen_pmem_backing *b;
	int rc = inventory_need_record(inv);

	if (rc)
		return rc;
	b = xenpmem_record_find_guests(&inv->record, uuid);
	if (inv->no_extension[0])
		return refuse(inventory_name(inv, uuid), "%s", inv->no_extension);
	if (!b || !inventory_is_enabled(inv, uuid))
		return refuse(inventory_name(inv, uuid), "not enabled, so it cannot be erased "
			      "(xen-pmem enable, or disable --keep)");
	return row_check(inv, b, NULL);
}

int host_erase_refuse(const struct xenpmem_namespace *ns)
{
	return refuse(namespace_name(ns), "dom0 uses this namespace; erase its files with dom0's "
		      "own tools");
}

/* Other tools use the host's lock while Xen writes zeros. */
static void step_begin(void *arg)
{
	(void)arg;
	host_unlock();
}

static bool step_end(void *arg)
{
	struct inventory *inv = arg;

	if (host_lock())
		return false;
	inventory_read(inv);
	return !inventory_need_record(inv);
}

/* Under the namespace's lock. */
static int wipe_run(struct inventory *inv, const uint8_t uuid[16])
{
	struct xenpmem_wipe wipe = {
		.reserved = inv->reserved, .record = &inv->record,
		.before = step_begin, .after = step_end, .arg = inv,
	};
	int rc = xenpmem_wipe(inv->pmem, uuid, &wipe);
	const char *why = xenpmem_error(inv->pmem);

	if (!rc)
		return EXIT_DONE;
	if (rc == -ECANCELED)		/* step_end() has said why */
		return EXIT_REFUSED;
	if (wipe.key == XENPMEM_KEY_RECORD)
		return refuse(namespace_name(inv->reserved), "%s", why);
	return refuse(inventory_name(inv, uuid), "%s%s",
		      wipe.key == XENPMEM_KEY_SLOT ? "its labels: " : "", why);
}

int handover_erase_locked(struct inventory *inv, const uint8_t uuid[16])
{
	int rc = host_lock();

	if (rc)
		return rc;
	/* An erase before this one may have failed while other tools changed the record. */
	inventory_read(inv);
	rc = handover_erase_check(inv, uuid);
	return rc ? rc : wipe_run(inv, uuid);
}

int handover_erase(struct inventory *inv, const uint8_t uuid[16])
{
	int lock = namespace_lock(inventory_name(inv, uuid), uuid), rc;

	if (lock < 0)
		return EXIT_REFUSED;
	rc = handover_erase_locked(inv, uuid);
	namespace_unlock(lock, uuid);
	return rc;
}

int handover_others_check(const struct inventory *inv, const struct xenpmem_handover *ho)
{
	const struct xen_pmem_backing *b;
	unsigned int i;
	int rc = EXIT_DONE;

	for (i = 0; i < ho->nr && !rc; i++) {
		b = xenpmem_hand_over_others(ho, i);
		if (b)
			rc = row_check(inv, b, ho->guest);
	}
	return rc;
}

/* vNVDIMM i is of a namespace of which no vNVDIMM before it is a part. */
static bool is_first_of_namespace(const struct xenpmem_handover *ho, unsigned int i)
{
	unsigned int j;

	if (ho->vnvdimms[i].path.kind != XENPMEM_PATH_NONE)
		return false;
	for (j = 0; j < i; j++)
		if (!memcmp(ho->vnvdimms[j].backing.uuid, ho->vnvdimms[i].backing.uuid, 16))
			return false;
	return true;
}

/* Locks all namespaces: none of them may get another guest's data while one is being erased. */
static int namespaces_lock(const struct inventory *inv, const struct xenpmem_handover *ho,
			   int *locks)
{
	const uint8_t *uuid;
	unsigned int i;

	for (i = 0; i < ho->nr; i++)
		locks[i] = -1;
	for (i = 0; i < ho->nr; i++) {
		uuid = ho->vnvdimms[i].backing.uuid;
		if (!is_first_of_namespace(ho, i))
			continue;
		locks[i] = namespace_lock(inventory_name(inv, uuid), uuid);
		if (locks[i] < 0)
			return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

static void namespaces_unlock(const struct xenpmem_handover *ho, const int *locks)
{
	unsigned int i;

	for (i = 0; i < ho->nr; i++)
		if (locks[i] >= 0)
			namespace_unlock(locks[i], ho->vnvdimms[i].backing.uuid);
}

static bool others_exist(const struct xenpmem_handover *ho)
{
	unsigned int i;

	for (i = 0; i < ho->nr; i++)
		if (xenpmem_hand_over_others(ho, i))
			return true;
	return false;
}

int handover_others_erase(struct inventory *inv, const struct xenpmem_handover *ho, bool *erased)
{
	int locks[XENPMEM_VNVDIMMS_MAX], rc;
	unsigned int i;

	*erased = false;
	rc = handover_others_check(inv, ho);
	if (rc || !others_exist(ho))
		return rc;
	rc = namespaces_lock(inv, ho, locks);
	*erased = !rc;
	for (i = 0; i < ho->nr && !rc; i++)
		if (xenpmem_hand_over_others(ho, i))
			rc = wipe_run(inv, ho->vnvdimms[i].backing.uuid);
	namespaces_unlock(ho, locks);
	return rc;
}
