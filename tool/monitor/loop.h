/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loop of `xen-pmem monitor`: a table of sources, each a function that is called when something
 * may have happened. One process, one thread: a source that waits keeps all others waiting.
 *
 *   at the start: every source, in the table's order
 *   then:         those whose descriptor wakes poll(2) up, or whose time is over
 *
 * After each such round loop->round_end() is called. SIGTERM or SIGINT ends the loop after a round.
 */
#ifndef XEN_PMEM_TOOL_LOOP_H
#define XEN_PMEM_TOOL_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOP_SOURCES	64
#define LOOP_NEVER	-1	/* not until the descriptor wakes up */
#define LOOP_FAILED	-2	/* in a minute; it has said why */

struct source {
	const char *name;	/* what it is about, for a message */
	int fd;			/* -1: it is called by time alone */
	short events;		/* POLLIN; POLLPRI of an attribute in sysfs */
	/*
	 * Does what there is to do. Takes from fd what it has to say; otherwise it is called again
	 * at once. Returns in how many ms it is to be called at the latest, or LOOP_*. Sources
	 * with the same run and arg are one that has several descriptors.
	 */
	int (*run)(void *arg);
	void *arg;
	int64_t due;		/* the loop's: ms, or LOOP_NEVER */
};

struct loop {
	struct source sources[LOOP_SOURCES];
	unsigned int nr;
	void (*round_end)(void);	/* or NULL */
	int signals;
	bool failed;		/* a source has, in any round */
};

/* Before any source starts a thread: SIGTERM and SIGINT come to the loop from here on. */
int loop_open(struct loop *loop);

/* Copies *source into the table. false: the table is full. A run() may add sources, too. */
bool loop_add(struct loop *loop, const struct source *source);

/* Takes the source with this descriptor out of the table; the caller closes it. */
void loop_drop(struct loop *loop, int fd);

/* Calls the sources that are due; each is when it was added. */
void loop_round(struct loop *loop);

/*
 * Until SIGTERM or SIGINT: EXIT_DONE. EXIT_REFUSED, with a line: a descriptor has come to its end,
 * or the kernel gives no more.
 */
int loop_run(struct loop *loop);

#endif
