/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Namespaces that are lent to dom0 for copy-out and copy-in: who may have them, their labels, and
 * what the record says. A function holds host_lock() while it runs, not for the copy: no guest can
 * get the namespace during the loan. Functions return EXIT_DONE, or say why they refuse and return
 * EXIT_REFUSED.
 */
#ifndef XEN_PMEM_TOOL_LENDING_H
#define XEN_PMEM_TOOL_LENDING_H

#include "copy/description.h"
#include "copy/endpoint.h"
#include "host/inventory.h"

struct lending {
	struct inventory inv;
	const struct xenpmem_namespace *ns;
	const char *name;		/* for messages */
	uint8_t uuid[16];		/* of the loan's domain, */
	int lock;			/* and its guest lock; -1: not taken */
	bool is_lent;			/* the loan's domain exists */
	bool lends;			/* otherwise the endpoint has a size alone */
	bool skips_bad;			/* what has bad blocks is lent to be read around them */
};

/*
 * *found: the name is that of a namespace which dom0's driver holds, and not a path. Then the
 * inventory is open, for one of the next two. dry_run: dead guests keep their pages, and the
 * namespace is lent only if the caller sets `lends`. For lending_open_out() it sets `skips_bad`.
 */
int lending_find(struct lending *l, const char *name, bool dry_run, bool *found);

/* Lends it as `e`, to read. *d says what it is, whose data and which labels it holds. */
int lending_open_out(struct lending *l, struct endpoint *e, struct description *d);

/*
 * Lends it as `e`, to write. Refuses one that is not enabled, or that holds data which `overwrite`
 * does not allow to lose. Changes nothing.
 */
int lending_open_in(struct lending *l, struct endpoint *e, const struct description *d,
		    bool overwrite);

/*
 * From now on the record says that it is half written, and for which guest. And after it was given
 * back: that it is that guest's, with the labels of the description.
 */
int lending_begin(struct lending *l, const struct description *d);
int lending_finish(struct lending *l, struct endpoint *e, const struct description *d);

/* Gives it back, if that is still to be done, and closes the inventory. */
int lending_close(struct lending *l, struct endpoint *e);

#endif
