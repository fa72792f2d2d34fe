/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest's config or an attach names as backends, turned into vNVDIMMs for the library. */
#ifndef XEN_PMEM_TOOL_BACKEND_H
#define XEN_PMEM_TOOL_BACKEND_H

#include "host/spec.h"
#include "host/inventory.h"

struct backend {
	struct vnvdimm_spec spec;
	char where[320];		/* what messages begin with: "g.cfg: vnvdimms[0]"; "" for an operand, which names itself */
};

/* Says what is wrong with a key of it: "xen-pmem: g.cfg: vnvdimms[0]: gpa: ..."; with the key "backend" its name stands there. EXIT_REFUSED. */
int backend_refuse(const struct backend *backend, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));
void backend_warn(const struct backend *backend, const char *key, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether it asks for a part of its namespace, once it is resolved. */
bool vnvdimm_is_part(const struct xenpmem_vnvdimm *vnvdimm);

/*
 * Refuses a backend that is not there, not enabled, beyond its namespace, over another of the list, a guest's already, or has bad blocks. Of their labels
 * nothing is known yet. where: for what is no backend's fault.
 */
int backends_resolve(struct inventory *inv, const char *where, const struct backend *backends, unsigned int nr, struct xenpmem_vnvdimm *vnvdimms);

/* Closes what was opened of them. Pins stay. */
void backends_close(struct xenpmem_vnvdimm *vnvdimms, unsigned int nr);

/*
 * Pins those that are files or devices, for this guest; says why if one cannot be. Those before it are pinned then, until backends_unpin, which ends what the
 * guest did not get.
 */
int backends_pin(struct inventory *inv, const struct backend *backends, unsigned int nr, struct xenpmem_vnvdimm *vnvdimms, uint32_t domid);
void backends_unpin(struct inventory *inv, const struct backend *backends, unsigned int nr, struct xenpmem_vnvdimm *vnvdimms);

/* Whether they can be put into the guest, before anything is changed; says why if not. */
int backends_attach_check(xenpmem_handle *pmem, const char *where, uint32_t domid, bool running, const struct backend *backends, unsigned int nr,
			  struct xenpmem_vnvdimm *vnvdimms);

/* Puts them into the guest; says why if not. */
int backends_attach(xenpmem_handle *pmem, const char *where, uint32_t domid, bool running, const struct backend *backends, unsigned int nr,
		    struct xenpmem_vnvdimm *vnvdimms);

#endif
