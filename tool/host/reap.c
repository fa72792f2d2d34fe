// SPDX-License-Identifier: GPL-2.0-only
/* Releases pages of dead guests, and ends the pins of which no guest has pages. */
#include "host/reap.h"

#include <errno.h>

#include "xen/domain.h"

/* Whose pages and pins; NULL: those of every dead guest. */
struct reap {
	struct inventory *inv;
	const uint32_t *domid;
	unsigned int words;	/* REAP_* */
	bool dry_run;
};

static void taken_report(const struct reap *r, uint32_t domid, uint64_t bytes)
{
	json_object *item = json_item("guests");
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;

	say("guest %s: %s %staken back\n", domain_name(domid, name), size_text(bytes, &size),
	    r->dry_run ? "would be " : "");
	json_number(item, "domain", domid);
	json_name(item, "name", name);
	json_number(item, "taken_back", bytes);
	if (!r->dry_run)
		json_changed();
}

/* Label slots are not reported: the line for their namespace covers them. */
static int holding_release(const struct reap *r, const struct xenpmem_holding *holding, bool labels)
{
	char name[DOMAIN_NAME_LEN];
	struct size_buf size;
	uint64_t taken, pending;
	int rc = xenpmem_release(r->inv->pmem, holding->domid, holding->uuid, &taken, &pending);

	domain_name(holding->domid, name);
	if (rc == -ENOENT)
		rc = 0;
	if (rc && (r->words & REAP_REFUSALS))
		refuse(name, "%s", xenpmem_error(r->inv->pmem));
	if (taken && (r->words & REAP_TAKEN) && !labels)
		taken_report(r, holding->domid, taken << 12);
	if (pending && (r->words & REAP_REFUSALS))
		refuse(name, "dead, but another domain still maps %s of its pages",
		       size_text(pending << 12, &size));
	return rc || pending ? EXIT_REFUSED : EXIT_DONE;
}

static bool holding_is_wanted(const struct reap *r, const struct xenpmem_holding *holding)
{
	return r->domid ? holding->domid == *r->domid : holding_is_dead(holding);
}

/* Labels first: whoever finds a namespace free finds its labels free. -1: no holding is wanted. */
static int holdings_release(const struct reap *r)
{
	const struct inventory *inv = r->inv;
	int rc = -1, each, labels;
	unsigned int i;

	for (labels = 1; labels >= 0; labels--)
		for (i = 0; i < inv->nr_holdings; i++) {
			if (!holding_is_wanted(r, &inv->holdings[i]) ||
			    inventory_is_labels(inv, inv->holdings[i].uuid) != labels)
				continue;
			each = holding_release(r, &inv->holdings[i], labels);
			if (rc < 0 || each)
				rc = each;
		}
	return rc;
}

static void pin_report(const struct reap *r, const struct xenpmem_pinned *pin)
{
	json_object *item = json_item("files");
	struct size_buf size;

	say("%s: %s %sgiven back to dom0\n", pin->path, size_text(pin->size, &size),
	    r->dry_run ? "would be " : "");
	json_name(item, "path", pin->path);
	json_number(item, "size", pin->size);
	if (!r->dry_run)
		json_changed();
}

/* The inventory may be old: a keeper holds no lock, and the next guest may have pinned the file. */
static int pin_end(const struct reap *r, const struct xenpmem_pinned *pin)
{
	int rc = r->dry_run ? 0 : xenpmem_unpin(r->inv->pmem, pin->uuid, pin->domid);

	if (rc == -ENOENT)
		return EXIT_DONE;
	if (rc && (r->words & REAP_REFUSALS))
		refuse(pin->path, "it stays pinned: %s", xenpmem_error(r->inv->pmem));
	if (!rc && (r->words & REAP_TAKEN))
		pin_report(r, pin);
	return rc ? EXIT_REFUSED : EXIT_DONE;
}

/*
 * Xen does not record which file a page belongs to, so all pins of a guest stay until it has no
 * page of a host range. -1: no pin can end.
 */
static int pins_end(const struct reap *r)
{
	const struct inventory *inv = r->inv;
	const struct xenpmem_pinned *pin;
	int rc = -1, each;

	for (pin = inv->pins; pin < inv->pins + inv->nr_pins; pin++) {
		if ((r->domid && pin->domid != *r->domid) ||
		    inventory_has_host_pages(inv, pin->domid))
			continue;
		each = pin_end(r, pin);
		if (rc < 0 || each)
			rc = each;
	}
	return rc;
}

int reap_dead(struct inventory *inv, unsigned int words)
{
	const struct reap r = { inv, NULL, words, false };
	int rc = holdings_release(&r), pins;

	if (rc >= 0)
		inventory_read(inv);
	pins = pins_end(&r);
	if (pins >= 0)
		inventory_read(inv);
	return rc > 0 || pins > 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* What dom0 has learnt of the reserved area since Xen got it. */
static void bad_tell(struct inventory *inv)
{
	if (inv->reserved && !inv->no_extension[0] &&
	    xenpmem_area_retire(inv->pmem, inv->reserved))
		warn(namespace_name(inv->reserved), "%s", xenpmem_error(inv->pmem));
}

int inventory_open_reaped(struct inventory *inv, bool dry_run)
{
	int rc = inventory_open_locked(inv);

	if (rc)
		return rc;
	if (dry_run) {
		inventory_forget_dead(inv);
		return EXIT_DONE;
	}
	reap_dead(inv, REAP_REFUSALS);
	bad_tell(inv);
	return EXIT_DONE;
}

int reap_domain(struct inventory *inv, uint32_t domid, bool quiet)
{
	const struct reap r = { inv, &domid, quiet ? 0 : REAP_ALL, false };
	int rc, pins;

	inventory_read(inv);
	rc = holdings_release(&r);
	if (rc > 0)
		return rc;
	if (!rc)
		inventory_read(inv);
	pins = pins_end(&r);
	return pins < 0 ? rc : pins;
}

/* Labels are not reported, as in a run. */
static void holdings_foresee(const struct reap *r, unsigned int *nr)
{
	struct inventory *inv = r->inv;
	const struct xenpmem_holding *holding;
	unsigned int i, left = 0;

	for (i = 0; i < inv->nr_holdings; i++) {
		holding = &inv->holdings[i];
		if (!holding_is_wanted(r, holding)) {
			inv->holdings[left++] = *holding;
			continue;
		}
		(*nr)++;
		if (!inventory_is_labels(inv, holding->uuid))
			taken_report(r, holding->domid, holding->pages << 12);
	}
	inv->nr_holdings = left;
}

int reap_foresee(struct inventory *inv, const uint32_t *domid)
{
	const struct reap r = { inv, domid, REAP_ALL, true };
	unsigned int nr = 0;

	holdings_foresee(&r, &nr);
	return pins_end(&r) < 0 && !nr ? -1 : EXIT_DONE;
}
