/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Namespaces for copy-out and copy-in: who may have them, their labels, what the record says. host_lock() is held for as long as a function runs,
 * not for the copy: the loan, which no guest can have meanwhile, keeps others away. Functions return EXIT_DONE, or say why and return EXIT_REFUSED.
 */
#ifndef XEN_PMEM_TOOL_LENT_H
#define XEN_PMEM_TOOL_LENT_H

#include "host/inventory.h"
#include "copy/description.h"
#include "copy/endpoint.h"

struct lent {
	struct host host;
	const struct xenpmem_namespace *ns;
	const char *name;		/* for messages */
	uint8_t uuid[16];		/* of the loan's domain, */
	int claim;			/* and the claim on it; -1: it has none */
	bool lending;			/* there is such a domain */
};

/* Whether this names a namespace that the dom0 driver has, and not a path. Opens lent->host, for one of the two below. */
int lent_find(struct lent *lent, const char *name, bool *found);

/* To read: the namespace as `m`; what it is, whose data and labels are in it, in *image. */
int lent_open_out(struct lent *lent, struct medium *m, struct image *image);

/* To write: refused if it is not enabled, or holds data that nobody said may be overwritten. Changes nothing. */
int lent_open_in(struct lent *lent, struct medium *m, const struct image *image, bool overwrite);

/*
 * From now on the record says that it is half written, and for which guest; and then, when it has been given back, that it is that guest's, with the
 * image's labels.
 */
int lent_begin(struct lent *lent, const struct image *image);
int lent_finish(struct lent *lent, struct medium *m, const struct image *image);

/* Gives it back, if that has not been done. */
int lent_close(struct lent *lent, struct medium *m);

#endif
