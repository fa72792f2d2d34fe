/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A world with pools of guests' RAM: Xen, the record and the guests are fakes that know whose bytes
 * are in each slot and which guest has its pages; what is compiled with them is the shipped code
 * that shares the slots out, with its files and their locks. Each run is a process of its own. Each
 * fake is a step, at which a run can fail or be killed; and other processes come where a run lets
 * go of the host's lock. Whenever the lock is dropped, and after each end, the world must be safe.
 */
#ifndef XEN_PMEM_POOL_WORLD_H
#define XEN_PMEM_POOL_WORLD_H

#include <errno.h>
#include <unistd.h>

#include "host/pool_clean.h"
#include "host/pool_take.h"
#include "suite.h"

#define POOLS		2u
#define SLOTS		40u
#define GUESTS		26u	/* their names are letters from A on, and so are their bytes */
#define NOTED		'N'	/* whose name is in the file of its lock */
#define DOM0		'#'	/* its bytes */
#define PICTURE_MAX	128u

/* Shared by all processes of a run. */
struct world {
	struct world_pool {
		unsigned int nr;	/* slots; 0: there is no such namespace */
		bool is_pool, dirty;	/* by the record */
		bool disabling;		/* its namespace is locked */
		bool bad[SLOTS];
		char bytes[SLOTS];	/* whose; 0: zeros */
		char pages[SLOTS];	/* who has them; a: a dead domain of A; 0: no guest */
	} pools[POOLS];			/* their names are p and q */
	struct world_guest {
		char items[32];		/* of its pmem_ram: "p2+q3", "4" */
		bool kept;		/* its lock is held */
		bool exists;
	} guests[GUESTS];
	unsigned int erased;		/* slots */
	bool lost;			/* a file was, while guests ran */
	int other;			/* a process; 0: there is no other one now */
	bool others_came, ended;	/* in this run; by a failure or kill */
	char said[256];			/* the last refusal */
	char picture[PICTURE_MAX];
};
extern struct world *world;

/* Ends the process, so that a fake can be wrong in any of them. */
#define must(true_it_is) do {								\
		if (!(true_it_is)) {							\
			fprintf(stderr, "# %s:%d: not so: %s\n", __FILE__, __LINE__,	\
				#true_it_is);						\
			abort();							\
		}									\
	} while (0)

/*
 * How a run ends: step `at` (from 1) fails, all steps do from it on, or the process is killed
 * before it.
 */
enum end { COMPLETE, FAIL, BREAK, KILL };
#define KILLED	9	/* the exit status */

extern struct run {
	enum end end;
	unsigned int nr, at;
	const char *meanwhile;		/* what others do; NULL: they do nothing */
	unsigned int gap, gap_at;	/* when: in this gap (from 1) without the host's lock */
	bool is_other;			/* this process is what comes then: it has no steps */
} run;

/* Once, before all others. And what is left of it. */
void world_open(void);
void world_close(void);

/* "c6 d4": pool p has 6 slots and is clean, q has 4 and is dirty; "n6": p is no pool. */
void world_make(const char *pools);

/* Who could be given a slot finds zeros or his own bytes in it, now and after a power cut. */
void world_check(void);

/*
 * Draws the pools into world->picture: c or d, as the record says; then a slot a letter: . clean,
 * ~ dirty; A what guest A was given, a what is clean and will be A's, ? what is dirty and will be
 * a guest's. Slots with bad blocks are drawn as the others.
 */
void world_draw(void);

/* ---- what the fakes offer to those who act (pool_acts.c) ---- */

/* false: this step is to fail. */
bool run_step(void);

/* Others may come now, in a process of their own, and are left as soon as they wait for us. */
void others_come(void);
bool others_wait(void);	/* false: they met with what must not be */

/* This process, which is another one, is about to wait for us. */
void waiting_tell(void);

/* Sets errno, returns -1. */
int file_fail(int error);

bool host_is_locked(void);
struct world_pool *pool_find_uuid(const uint8_t uuid[16]);
struct world_guest *guest_find(char name);
void guest_uuid(char name, uint8_t uuid[16]);
void pool_files_remove(void);
void pool_path_of(unsigned int pool, char path[64]);

/*
 * Runs a script of words, and returns what the last of them returned; each before it must succeed.
 *	A=4  A=p2+1	guest A begins anew, with these items of pmem_ram; its keeper lives
 *	A?4		create --dry-run says whether it could
 *	A*  A.		it reboots; it ends
 *	A-  A/		its keeper is killed; its domain ends without keeper, or has none
 *	A!		its domain dies without keeper, and another one still maps its pages
 *	erase		xen-pmem erase --ram
 *	disable enable	of pool p; dom0 wrote to it between the two
 *	boot		the host's power is cut
 *	lose stale	p's file is removed, is of another boot
 *	short torn	is cut off; was being written when its writer was killed
 *	bad3  good	slot 3 of p has a bad block; none has one any more
 */
int script_run(const char *script);

#endif
