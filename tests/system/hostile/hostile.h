/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the hostile guest's module share. Each operation takes up to four numbers and
 * returns Xen's answer: the hypercall's return value, or, where that says nothing, the status in
 * its argument. *out is one more number for the asker.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <linux/types.h>

typedef long (*op_fn)(const u64 *arg, u64 *out);

/* memory.c: the guest's physical map; gfn and order first, where there are such */
long op_decrease(const u64 *arg, u64 *out);	/* gfn order */
long op_populate(const u64 *arg, u64 *out);	/* gfn order [domain] */
long op_exchange(const u64 *arg, u64 *out);	/* gfn, where the new page is to go */
long op_claim(const u64 *arg, u64 *out);	/* pages domain */
long op_move(const u64 *arg, u64 *out);		/* from, to */
long op_batch(const u64 *arg, u64 *out);	/* from, to */
/* space, index, gfn: 0 shared_info, 1 grant table */
long op_hook(const u64 *arg, u64 *out);
long op_foreign(const u64 *arg, u64 *out);	/* domain, its gfn, gfn */
long op_remove(const u64 *arg, u64 *out);	/* gfn */
long op_access(const u64 *arg, u64 *out);	/* gfn, Xen's number, domain */
long op_resource(const u64 *arg, u64 *out);	/* gfn */

/* grants.c */
long op_grant(const u64 *arg, u64 *out);	/* gfn domain readonly; out: reference */
long op_ungrant(const u64 *arg, u64 *out);	/* reference: 1 done, 0 in use */
long op_map(const u64 *arg, u64 *out);		/* domain reference gfn; out: handle */
long op_unmap(const u64 *arg, u64 *out);	/* handle gfn */
long op_copy_in(const u64 *arg, u64 *out);	/* domain reference gfn */
long op_copy_out(const u64 *arg, u64 *out);	/* gfn domain reference */
long op_copy(const u64 *arg, u64 *out);		/* gfn to gfn */
long op_transfer(const u64 *arg, u64 *out);	/* gfn domain reference */

/* uses.c: by which Xen, or a CPU, keeps hold of a page */
long op_write(const u64 *arg, u64 *out);	/* gfn, word number, value */
long op_read(const u64 *arg, u64 *out);		/* gfn, word number; out: value */
long op_ram(const u64 *arg, u64 *out);		/* out: gfn of two pages of RAM that nobody uses */
long op_vcpu_info(const u64 *arg, u64 *out);	/* vcpu gfn */
long op_runstate(const u64 *arg, u64 *out);	/* vcpu gfn */
long op_time(const u64 *arg, u64 *out);		/* vcpu gfn */
long op_fifo_control(const u64 *arg, u64 *out);	/* vcpu gfn */
long op_fifo_array(const u64 *arg, u64 *out);	/* gfn */
/* gfn, number: vCPU 1 with code, data and tables in the five pages from there */
long op_run(const u64 *arg, u64 *out);
/* gfn: a hypercall whose argument lies there and concerns that page */
long op_argument(const u64 *arg, u64 *out);
long op_mem_type(const u64 *arg, u64 *out);	/* gfn type */
long op_dm(const u64 *arg, u64 *out);		/* operation gfn domain */
long op_altp2m(const u64 *arg, u64 *out);	/* command gfn */
long op_param(const u64 *arg, u64 *out);	/* HVM parameter, value */
/* gfn number: writes so many words there, over and over; out: ns */
long op_stores(const u64 *arg, u64 *out);
long op_answer(const u64 *arg, u64 *out);	/* gfn: has Xen write a hypercall's answer there */
/* gfn: has Xen walk page tables of which the last is there, to write by its first entry */
long op_tables(const u64 *arg, u64 *out);
long op_die(const u64 *arg, u64 *out);		/* SHUTDOWN_* */
long op_panic(const u64 *arg, u64 *out);
void *page_map(u64 gfn, u64 pages);

/* storm.c */
/* count seed gfn pages; out: how many of them Xen accepted */
long op_storm(const u64 *arg, u64 *out);

#endif
