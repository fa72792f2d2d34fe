/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backends, as a guest's config or the operands of attach name them, and the vNVDIMMs and RAM that
 * become of them. Functions that can refuse say why and return EXIT_REFUSED, or EXIT_DONE.
 */
#ifndef XEN_PMEM_TOOL_BACKEND_H
#define XEN_PMEM_TOOL_BACKEND_H

#include "host/pool.h"
#include "host/spec.h"

struct backend {
	struct vnvdimm_spec spec;
	char where[320];	/* messages begin with it: "g.cfg: vnvdimms[0]"; "": an operand */
};

struct backends {
	const char *where;	/* for messages that are about no backend */
	const struct backend *list;
	unsigned int nr;
	const uint8_t *guest;	/* whose the slots of pools become */
	bool again;		/* it had slots before, and gets them again */
	bool change;		/* and that is to be stored */
	const uint32_t *pnodes;	/* of its config: the host's node of each of its own */
	unsigned int nr_pnodes;
	/* backends_resolve() fills the rest. RAM may become of several pieces. */
	struct xenpmem_vnvdimm vnvdimms[XENPMEM_VNVDIMMS_MAX];
	unsigned int of[XENPMEM_VNVDIMMS_MAX];	/* the backend of each */
	unsigned int nr_vnvdimms;
	struct pool pools[XENPMEM_VNVDIMMS_MAX];
	unsigned int nr_pools;
};

/*
 * Says what is wrong with a key: "xen-pmem: g.cfg: vnvdimms[0]: gpa: ..."; the key "backend" is
 * followed by its name. Returns EXIT_REFUSED.
 */
int backend_refuse(const struct backend *backend, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void backend_warn(const struct backend *backend, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* inventory_need_free() of a backend's namespace; a pool may be other guests' too. */
int backend_need(struct inventory *inv, const struct backend *backend,
		 const struct xenpmem_namespace *ns, unsigned int needs);

/* Whether the backend of a resolved vNVDIMM is a namespace. */
bool vnvdimm_is_namespace(const struct xenpmem_vnvdimm *vnvdimm);

/*
 * Refuses a backend that is missing, not enabled, assigned, ends beyond its namespace, overlaps
 * another of the list, or has bad blocks that are not to be left out, or too many. A vNVDIMM
 * without a node gets the guest's first one that is on the host's node of its backing, if there is
 * one. Chooses no labels yet. Opens files and devices, until backends_close(); what it refuses is
 * closed.
 */
int backends_resolve(struct inventory *inv, struct backends *b);
void backends_close(struct backends *b);

/*
 * After the hand-over: says why the guest's Linux will make no namespace of some, and which lack
 * pages.
 */
void backends_warn(const struct backends *b);

#endif
