/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose data a namespace and its labels hold: the record names the guest that had it last. Nobody else gets them unless the owner of the host says so.
 * All of it under host_lock(), which erasing lets go of and takes again: what was erased is nobody's
 * then, and all else that was known may have changed. Files and devices are dom0's to share out: of those the record says nothing. Functions that can refuse say why and return EXIT_REFUSED, else EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_HANDOVER_H
#define XEN_PMEM_TOOL_HANDOVER_H

#include "host/backend.h"
#include "host/inventory.h"

/* What becomes of another's data. */
enum data_choice { DATA_ASK, DATA_KEEP, DATA_ERASE };

/* What a guest is to be given. */
struct handover {
	const char *where;		/* for messages */
	const uint8_t *guest;		/* its UUID */
	const struct backend *backends;
	struct xenpmem_vnvdimm *vnvdimms;	/* their labels and addresses are chosen on the way */
	unsigned int nr;
	bool running;			/* it is HVM, and has run */
};

/* Refuses another's data if nothing was chosen. Changes nothing. */
int handover_check(struct inventory *inv, const struct handover *h, enum data_choice choice);

/*
 * With DATA_ERASE: zeros over those that hold another's data, if all else allows to hand them over:
 * *erased tells whether there were any. domid: whose they will be; HANDOVER_NO_DOMAIN: no domain yet.
 */
#define HANDOVER_NO_DOMAIN	(~0u)
int handover_erase_others(struct inventory *inv, const struct handover *h, uint32_t domid,
		       enum data_choice choice, bool *erased);

/* backends_resolve of them; with DATA_ERASE nothing of another's is left in them. */
int handover_resolve(struct inventory *inv, const struct handover *h, uint32_t domid,
		  enum data_choice choice);

/*
 * After handover_resolve: pins those that are files or devices, has the record name the guest, and puts
 * them into it; closes what was opened of them. What cannot be put in changes nothing; a kill in
 * between errs to the safe side.
 */
int handover_pin_and_assign(struct inventory *inv, const struct handover *h, uint32_t domid, enum data_choice choice);

/*
 * Refuses what the guest that had it last will want in a moment: it is being built, or between two
 * of its lives. guest: for whom it is wanted, which is not refused its own; NULL: for no guest.
 */
int handover_check_settled(const struct inventory *inv, const struct xen_pmem_backing *backing,
			const uint8_t *guest);

/* Zeros over a namespace that nobody has, and over its labels, from where an earlier run came to; it is nobody's in the record then. */
int handover_erase(struct inventory *inv, const uint8_t uuid[16]);
int handover_erase_locked(struct inventory *inv, const uint8_t uuid[16]);	/* whose lock is ours */

/* Whether a guest's data are in it, or half erased ones; and whose: "guest web (UUID)", good until the next call. */
bool backing_holds_data(const struct xen_pmem_backing *backing);
const char *backing_owner_text(const struct xen_pmem_backing *backing);

/* The same question when dom0 is given it back. */
int handover_to_dom0(struct inventory *inv, const struct xenpmem_namespace *ns, enum data_choice choice);

#endif
