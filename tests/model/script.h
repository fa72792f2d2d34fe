/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequences of commands and of what guests do, one a line, the same for the model and for Xen in the bed. Addresses are in
 * bytes, with K, M or G; guests and ranges (UUIDs of 16 equal bytes) have numbers from 1 on.
 *
 *   reserve U SPA LENGTH       serve U SPA LENGTH       unserve U       unreserve       erase U       hello
 *   assign G U SPA LENGTH GPA [FLAGS]       release G U       ranges       holdings
 *   guest G [pv|nohap|nested]       unpause G       destroy G       populate G GPA
 *   giveup G GPA       unhook G GPA       move G GPA GPA       take G GPA       drop G GPA       at G GPA
 *   pages SPA LENGTH           what page_info says of them
 */
#ifndef XEN_PMEM_MODEL_SCRIPT_H
#define XEN_PMEM_MODEL_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <xen-pmem/command.h>

#define SCRIPT_GUESTS 8u

/* Runs one line and writes what came of it; `out` may be NULL. Returns 0 or -errno. */
int script_line(const char *line, FILE *out);
/* How far the last command came. */
extern uint64_t script_done;
/* Why it was refused. */
extern char script_reason[64];

/* Who is asked: the model or Xen. All return 0 or -errno, and take frame numbers. */
int back_command(struct xen_pmem_command *c);
void back_wait(void);				/* between two calls of a command that goes on */
int back_guest(unsigned int g, const char *kind);
unsigned int back_domid(unsigned int g);
int back_unpause(unsigned int g);
int back_destroy(unsigned int g);
int back_populate(unsigned int g, uint64_t gfn);
int back_give_up(unsigned int g, uint64_t gfn);
int back_unhook(unsigned int g, uint64_t gfn);
int back_move(unsigned int g, uint64_t from, uint64_t to);
int back_take(unsigned int g, uint64_t gfn);	/* dom0 maps it */
int back_drop(unsigned int g, uint64_t gfn);
int back_at(unsigned int g, uint64_t gfn);	/* 1: RAM, 0: a hole */
void script_fresh(void);				/* no guests yet */
/* The page_info of one frame; false: there is none. */
bool back_page(uint64_t mfn, uint64_t *count, uint64_t *type, unsigned int *owner);

#endif
