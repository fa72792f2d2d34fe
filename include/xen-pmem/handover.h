/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxenpmem, chapter 10: hands namespaces over from one guest to another, and erases them.
 * Included by vnvdimm.h, and so by xenpmem.h, where the rules for all functions are.
 */
#ifndef XEN_PMEM_HANDOVER_H
#define XEN_PMEM_HANDOVER_H

#include "xenpmem.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * 10  Handing over
 *
 * The record names the guest whose data a namespace and its labels hold. These functions keep the
 * data from every other guest, wherever the program is killed: the record changes before pages
 * change hands, and names a guest no more only after its data are zeros. The record says nothing of
 * files and devices: dom0 shares them out. Of a pool (XEN_PMEM_BACKING_RAM) it says only whether
 * all is zeros: the caller shares it out, and gives a guest what nobody has used since it was
 * erased, or what it had before.
 *
 * No other program may change the record or what Xen serves meanwhile, but for the steps of
 * xenpmem_wipe().
 */

/* What an error is about. */
enum xenpmem_key {
	XENPMEM_KEY_GUEST,		/* the guest, or all vNVDIMMs together */
	XENPMEM_KEY_BACKEND,		/* the namespace, file or device */
	XENPMEM_KEY_LABEL,		/* the wish for labels */
	XENPMEM_KEY_NODE,		/* the wish for a node */
	XENPMEM_KEY_GPA,		/* the wish for an address */
	XENPMEM_KEY_LABEL_AREA,		/* Xen does not serve it */
	XENPMEM_KEY_SLOT,		/* zeros for a label slot */
	XENPMEM_KEY_RECORD,		/* the record, or its row about a namespace */
};

/* Labels are for whole namespaces. */
enum xenpmem_label {
	XENPMEM_LABEL_DEFAULT,		/* if there is a label area; `ro`: if it has a slot */
	XENPMEM_LABEL_ON,
	XENPMEM_LABEL_OFF,
};

#define XENPMEM_NO_DOMAIN	UINT32_MAX

struct xenpmem_handover {
	const uint8_t *guest;		/* its UUID, 16 bytes */
	uint32_t domid;			/* check only: XENPMEM_NO_DOMAIN, it is not built yet */
	bool running;			/* xenpmem_plug(), not xenpmem_attach() */
	bool keep;			/* the guest gets the data of another one as well */
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record *record;	/* as it is stored; out: as it is stored then */
	struct xenpmem_vnvdimm *vnvdimms;	/* `labels` is chosen here */
	enum xenpmem_label label[XENPMEM_VNVDIMMS_MAX];	/* one for each */
	unsigned int nr;
	/* Out, after an error: the vNVDIMM at fault, or -1. */
	int fault;
	enum xenpmem_key key;
	/* Out: bit n: vNVDIMM n gets no labels, as the reserved area has no room for any. */
	uint32_t unlabelled;
};

/*
 * Gives a guest all of the vNVDIMMs; or not one after an error, but for -EIO of xenpmem_plug(). In
 * this order:
 *   1  refuses what the record forbids
 *   2  pins files and devices
 *   3  refuses what xenpmem_attach_check() or xenpmem_plug_check() refuses
 *   4  writes zeros over label slots that a namespace gets now
 *   5  stores the record, which names the guest then; unless it did before
 *   6  attaches or plugs
 * After an error in 6 the record names the guest, and the guest has no data of another one.
 * path.pinned stays true for a pin that could not be ended after an error.
 *
 * By key. GUEST: -EINVAL: its UUID is zeros, or nr is not 1 to 16. RECORD and a fault: -ENOENT: the
 * record does not name the namespace for guests. -ESTALE: Xen serves another length than is
 * recorded. -ENOTUNIQ: it holds another guest's data, and `keep` is false. -ENOTRECOVERABLE: an
 * erase or copy-in of it was interrupted, and `keep` is false. -EMEDIUMTYPE: it is a pool, but the
 * guest is to have a vNVDIMM; or RAM, and it is no pool. LABEL: -ENOSPC: every slot is used.
 * -ENXIO: the reserved area lacks room for labels. -EIO: the NVDIMMs of the reserved area may lose
 * what is written to them. Others: as xenpmem_path_pin(), xenpmem_attach(), xenpmem_plug(),
 * xenpmem_labels_serve(), xenpmem_erase_part() and xenpmem_record_store().
 */
int xenpmem_hand_over(xenpmem_handle *h, struct xenpmem_handover *ho);

/* Steps 1 and, with a domain, 3. Wishes for addresses stay wishes. */
int xenpmem_hand_over_check(xenpmem_handle *h, struct xenpmem_handover *ho);

/* The row of a vNVDIMM's namespace, if it must not be handed over unasked; or NULL. */
const struct xen_pmem_backing *xenpmem_hand_over_others(const struct xenpmem_handover *ho,
							unsigned int i);

/*
 * The record says that a pool is clean: the caller has written zeros, by xenpmem_erase_part(), over
 * all of it that guests can ever get, bad blocks too, since the last guest had pages of it.
 * -ENOENT: the record names no such pool. -EBUSY: a guest has pages of it.
 */
int xenpmem_pool_note_clean(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			    struct xenpmem_record *record, const uint8_t uuid[16]);

/* An erase notes in the record each time that so many bytes are done. */
#define XENPMEM_WIPE_STEP	(1ull << 30)

/*
 * before() and after(), which may be NULL, are called around each step: a program may drop a lock
 * and take it again, so that others can change the record, but not assign or erase this namespace.
 * If after() returns false the wipe ends there.
 */
struct xenpmem_wipe {
	const struct xenpmem_namespace *reserved;
	struct xenpmem_record *record;	/* out: as it was read or stored last, after errors too */
	void (*before)(void *arg);
	bool (*after)(void *arg);
	void *arg;
	enum xenpmem_key key;		/* out, after an error: BACKEND, SLOT or RECORD */
};

/*
 * Reads the record, writes zeros over a namespace, then over its label slot, and then has the
 * record name no guest. Goes on where an interrupted wipe was; one that ends early or is killed
 * leaves the namespace marked XEN_PMEM_BACKING_ERASING. -ENOENT: the record does not name it for
 * guests. -EBUSY: a guest has pages of it. -ENXIO: Xen does not serve it. -ESTALE: Xen serves
 * another length than is recorded. -ECANCELED: after() returned false.
 */
int xenpmem_wipe(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_wipe *wipe);

#ifdef __cplusplus
}
#endif

#endif
