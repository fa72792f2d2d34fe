/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Namespaces for copy-out and copy-in: who may have them, their labels, what the record says. host_lock() is held for as long as a function runs,
 * not for the copy: the loan, which no guest can have meanwhile, keeps others away. Functions return EXIT_DONE, or say why and return EXIT_REFUSED.
 */
#ifndef XEN_PMEM_TOOL_LENDING_H
#define XEN_PMEM_TOOL_LENDING_H

#include "host/inventory.h"
#include "copy/description.h"
#include "copy/endpoint.h"

struct lending {
	struct inventory inv;
	const struct xenpmem_namespace *ns;
	const char *name;		/* for messages */
	uint8_t uuid[16];		/* of the loan's domain, */
	int lock;			/* and its guest lock; -1: not taken */
	bool lending;			/* there is such a domain */
};

/* Whether this names a namespace that the dom0 driver has, and not a path. Opens lending->inv, for one of the two below. */
int lending_find(struct lending *lending, const char *name, bool *found);

/* To read: the namespace as `m`; what it is, whose data and labels are in it, in *d. */
int lending_open_out(struct lending *lending, struct endpoint *m, struct description *d);

/* To write: refused if it is not enabled, or holds data that nobody said may be overwritten. Changes nothing. */
int lending_open_in(struct lending *lending, struct endpoint *m, const struct description *d, bool overwrite);

/*
 * From now on the record says that it is half written, and for which guest; and then, when it has been given back, that it is that guest's, with the
 * image's labels.
 */
int lending_begin(struct lending *lending, const struct description *d);
int lending_finish(struct lending *lending, struct endpoint *m, const struct description *d);

/* Gives it back, if that has not been done. */
int lending_close(struct lending *lending, struct endpoint *m);

#endif
