/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom0's own page table entries in the direct map: clears those of single pages, or sets them
 * again. hide_page() puts one page in a batch; Xen changes a batch at a time. While an entry is
 * cleared, kernel code that reads the page faults.
 *
 * The caller keeps block I/O out (gates_shut()) from the first hide_page() to the last
 * hide_flush().
 */
#ifndef XEN_PMEM_HIDE_H
#define XEN_PMEM_HIDE_H

#include <linux/pgtable.h>

struct hide;

/*
 * Begins to clear entries, or (@clear false) to set them. *@prot holds the flags that all of the
 * entries have. It is 0 until the first entry is cleared, which sets it. hide_page() refuses to set
 * more than @most pages; if @most is 0 it changes no page. Returns NULL if memory is short.
 */
struct hide *hide_begin(bool clear, pteval_t *prot, unsigned long most);

/*
 * Changes the entry of page @pfn, which the direct map has at @kaddr, in this or a later call.
 * A page whose entry is so already is passed over. @at is the caller's position, for hide_flush().
 *   -EOPNOTSUPP  the entry is not that of this single page, or has other flags than *@prot
 *   -EBUSY       the kernel refers to the page: I/O, for example
 *   -EINVAL      more than @most pages would be set
 *   ...          hide_flush()'s
 */
int hide_page(struct hide *hide, unsigned long kaddr, unsigned long pfn, u64 at, char *reason);

/*
 * Changes what is in the batch. If Xen refuses a page, *@at is set to that page's position, and
 * nothing more is changed: -EIO, or -EBUSY when entries are set, since a guest has the page then.
 */
int hide_flush(struct hide *hide, u64 *at, char *reason);

/* Frees @hide. Returns how many pages were changed. */
unsigned long hide_end(struct hide *hide);

/* Whether the entry at @kaddr is cleared. */
bool is_hidden(unsigned long kaddr);

#endif
