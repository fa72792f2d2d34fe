/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handing namespaces, files and devices over to a guest, and namespaces to dom0: resolves backends,
 * applies what the owner of the host chose about another guest's data, and words what the library
 * refuses. xenpmem_hand_over() has the steps that keep one guest's data from another.
 *
 * All of it is called under host_lock(). Functions say why they refuse and return EXIT_REFUSED, or
 * EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_HANDOVER_H
#define XEN_PMEM_TOOL_HANDOVER_H

#include "host/backend.h"
#include "host/handover_erase.h"

/*
 * What becomes of another guest's data: refuse, keep them, or erase them. DATA_REFUSE: refuse,
 * where nobody can choose.
 */
enum data_choice { DATA_ASK, DATA_KEEP, DATA_ERASE, DATA_REFUSE };

struct handover {
	struct inventory *inv;
	const uint8_t *guest;		/* its UUID */
	uint32_t domid;			/* or XENPMEM_NO_DOMAIN: it is not built yet */
	bool running;			/* it is HVM, and has run */
	enum data_choice choice;
	struct backends b;		/* what the guest gets */
};

/*
 * Resolves the backends and refuses what handover_run() would refuse, but for what it finds when it
 * pins a file or device. Then, unless dry_run, erases another guest's data if DATA_ERASE says so.
 */
int handover_prepare(struct handover *h, bool dry_run);

/*
 * Resolves the backends, erases another guest's data if DATA_ERASE says so, and slots of pools that
 * are not clean; pins files and devices, has the record name the guest, and gives it the pages. A
 * refusal leaves the guest without any. A kill in between leaves a guest that owns data which are
 * not there yet, never the reverse.
 */
int handover_run(struct handover *h);

/*
 * Before dom0 gets a namespace: refuses a guest's data with DATA_ASK; with DATA_ERASE erases them,
 * or if dry_run refuses what an erase would.
 */
int handover_to_dom0(struct inventory *inv, const struct xenpmem_namespace *ns,
		     enum data_choice choice, bool dry_run);

/*
 * The guest whose data it holds: "guest web (UUID)", or "guest UUID" if that guest does not exist
 * now.
 */
const char *backing_owner_line(const struct xen_pmem_backing *backing, struct line *line);
#define backing_owner_text(backing)	backing_owner_line(backing, LINE)

#endif
