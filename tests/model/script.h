/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequences of commands and of what guests do, one a line, the same for the model and for Xen in
 * the bed. Addresses are in bytes, with K, M or G, from the NVDIMM's start on after an @; guests
 * and ranges (UUIDs of 16 equal bytes) have numbers from 1 on. # begins a comment.
 *
 *   reserve U SPA LENGTH       serve U SPA LENGTH       unserve U       unreserve       hello
 *   begin U SPA LENGTH         one call of serve      erase U [SPA LENGTH]
 *   assign G U SPA LENGTH GPA [FLAGS]       release G U [FLAGS]       ranges       holdings
 *   calls N                    the next command is called so many times at most
 *   guest G [pv|nohap|nested|xl|devices|poor]       unpause G       destroy G       populate G GPA
 *   giveup G GPA       unhook G GPA       move G GPA GPA       at G GPA
 *   take G GPA       drop G GPA       dom0 maps the guest's page
 *   grant G GPA      ungrant G GPA    the guest grants it, and dom0 maps that
 *   hold SPA       let SPA     dom0 maps a page of the NVDIMM
 *   iomem G SPA LENGTH         dom0 gives it to a guest as I/O memory
 *   pages SPA LENGTH           what page_info and the M2P say of them
 *   bad SPA LENGTH       good SPA LENGTH       dom0 lists a bad block there, or has cleared it
 *   settle                     lets pass whatever is needed for metadata that nobody uses to go
 */
#ifndef XEN_PMEM_MODEL_SCRIPT_H
#define XEN_PMEM_MODEL_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <xen-pmem/command.h>

#define SCRIPT_GUESTS 8u
#define SCRIPT_LINES 300u

/* The frames of the NVDIMM. */
extern struct script_nvdimm { uint64_t first, count; } script_nvdimm;

/* Runs one line and writes what came of it; `out` may be NULL. Returns 0 or -errno. */
int script_line(const char *line, FILE *out);
/* An address or a length. */
uint64_t script_number(const char *word);
/* How far the last command came. */
extern uint64_t script_done;
/* Why it was refused. */
extern char script_reason[64];

/*
 * A script in a file; its first line is "# NAME". `machine` is what a line "machine WORD" asks for,
 * or "plain". False: it cannot be read, or is too long.
 */
struct script {
	char name[80], machine[16];
	char *lines[SCRIPT_LINES + 1];	/* up to NULL */
	char text[16384];
};
bool script_read(struct script *s, const char *path);

/*
 * watch.c: everything that can be seen, of all ranges, holdings, frames, and of the guests'
 * physical maps where the script looked.
 */
void script_watch(FILE *out);
/* From now on watched too. */
void watch_fresh(void);
void watch_add(unsigned int g, uint64_t gfn, uint64_t count);
/* The verbs that only look. */
void watch_hello(FILE *out);
void watch_ranges(FILE *out);
void watch_holdings(FILE *out);
void watch_pages(uint64_t mfn, uint64_t count, FILE *out);
void watch_map(unsigned int g, uint64_t gfn, uint64_t count, FILE *out);

/* Who is asked: the model or Xen. All return 0 or -errno, and take frame numbers. */
int back_command(struct xen_pmem_command *c);
void back_wait(void);				/* between two calls of a command that goes on */
void back_settle(void);
int back_guest(unsigned int g, const char *kind);
unsigned int back_domid(unsigned int g);
int back_unpause(unsigned int g);
int back_destroy(unsigned int g);
int back_populate(unsigned int g, uint64_t gfn);
int back_give_up(unsigned int g, uint64_t gfn);
int back_unhook(unsigned int g, uint64_t gfn);
int back_move(unsigned int g, uint64_t from, uint64_t to);
int back_take(unsigned int g, uint64_t gfn, bool grant);
int back_drop(unsigned int g, uint64_t gfn, bool grant);
int back_hold(uint64_t mfn);
int back_let(uint64_t mfn);
int back_iomem(unsigned int g, uint64_t mfn, uint64_t count);
/* Whether dom0 may map all of these frames (2), some (1), or none (0). */
int back_dom0(uint64_t mfn, uint64_t count);
void script_fresh(void);			/* no guests yet */

/*
 * The frames from mfn on, at most `limit`, that all say the same, but for the guest's frame
 * numbers, which go on by one: how many.
 */
struct script_page {
	bool there;			/* there is page_info */
	uint64_t count, type;
	unsigned int owner;		/* a guest's number, or a system domain's */
	uint64_t gfn;			/* by the M2P; ~0: none */
};
uint64_t back_pages(uint64_t mfn, uint64_t limit, struct script_page *is);

/* The same for a guest's physical map. */
struct script_leaf {
	enum { LEAF_HOLE, LEAF_RAM, LEAF_PMEM } what;
	uint64_t mfn;			/* of the NVDIMM only, as are these: */
	unsigned int type, order;
};
uint64_t back_map(unsigned int g, uint64_t gfn, uint64_t limit, struct script_leaf *is);

#endif
