/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose data a namespace and its labels hold: the record names the guest that had it last. Nobody else gets them unless the owner of the host says so.
 * All of it under host_lock(). Files and devices are dom0's to share out: of those the record says nothing. Functions that can refuse say why and return EXIT_REFUSED, else EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_OWNER_H
#define XEN_PMEM_TOOL_OWNER_H

#include "backend.h"
#include "host.h"

/* What becomes of another's data. */
enum data_choice { DATA_ASK, DATA_KEEP, DATA_ERASE };

/* Of the options --keep and --erase. */
int choice_read(const struct verb *verb, bool keep, bool erase, enum data_choice *choice);

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
int owner_check(struct host *host, const struct handover *h, enum data_choice choice);

/* With DATA_ERASE: zeros over those that hold another's data. */
int owner_erase_others(struct host *host, const struct handover *h, enum data_choice choice);

/*
 * Pins those that are files or devices, does all that, has the record name the guest, and puts them into it; closes what was opened of them. What cannot be put
 * in changes nothing; a kill in between errs to the safe side.
 */
int owner_pin_and_hand_over(struct host *host, const struct handover *h, uint32_t domid, enum data_choice choice);

/* Zeros over a namespace that nobody has, and over its labels, from where an earlier run came to; it is nobody's in the record then. */
int owner_erase(struct host *host, const uint8_t uuid[16]);

/* Whether a guest's data are in it, or half erased ones; and whose: "guest web (UUID)", good until the next call. */
bool owner_holds(const struct xen_pmem_backing *backing);
const char *owner_text(const struct xen_pmem_backing *backing);

/* The same question when dom0 is given it back. */
int owner_leave(struct host *host, const struct xenpmem_namespace *ns, enum data_choice choice);

#endif
