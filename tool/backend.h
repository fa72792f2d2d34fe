/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest's config or an attach names as backends, turned into vNVDIMMs for the library. */
#ifndef XEN_PMEM_TOOL_BACKEND_H
#define XEN_PMEM_TOOL_BACKEND_H

#include "host.h"

struct backend {
	char name[256];
	uint64_t gpa;			/* or XENPMEM_ANYWHERE */
};

/* "backend=NAME[,gpa=ADDR]" or "NAME"; *why is set on failure. */
bool backend_parse(const char *text, struct backend *backend, const char **why);

/* Refuses a backend that is not there, not enabled, named twice, a guest's already, or has bad blocks. where: begins each message, may be NULL. */
int backends_resolve(struct host *host, const char *where, const struct backend *backends, unsigned int nr, struct xenpmem_vnvdimm *vnvdimms);

/* Whether they can be put into the guest, before anything is changed; says why if not. */
int backends_attach_check(xenpmem_handle *pmem, const char *where, uint32_t domid, const struct backend *backends, unsigned int nr,
			  struct xenpmem_vnvdimm *vnvdimms);

/* Puts them into the guest; says why if not. */
int backends_attach(xenpmem_handle *pmem, const char *where, uint32_t domid, const struct backend *backends, unsigned int nr,
		    struct xenpmem_vnvdimm *vnvdimms);

#endif
