/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of the part of Xen that the extension uses, for tests that run as a process: what Xen
 * answers, what it keeps of it, and what guests and dom0 do meanwhile. The extension's own sources
 * run on it unchanged, with real page tables and real aliases: physical memory is one sparse file,
 * and whatever the page tables map is mapped from it.
 *
 *   memory.c    physical memory, Xen's heap and page tables
 *   frames.c    page_info: references and the frame table of boot
 *   p2m.c       guests' physical maps
 *   domains.c   domains, range sets, I/O page tables
 *   tops.c      vCPUs, and top-level page tables with their copies of Xen's slots
 *   mca.c       machine checks, and who gets one
 *   amd.c       the same of AMD's IOMMU, where the lack of a page crashes dom0
 *   xen.c       boot, time, RCU, hypfs, and calls that fail when told to
 *   events.c    what guests, dom0 and the toolstack do
 *   check.c     what must hold after each step; a digest of all of the state
 *   bytes.c     what must stand on the NVDIMM
 *   loaded.c    the extension: fresh, loaded, commanded
 *   script_model.c   the model answers scripts
 *
 * What the model leaves out: CPUs. Everything happens between two calls of the extension or, by
 * machine.interrupt, inside of one that it makes.
 */
#ifndef XEN_PMEM_MODEL_H
#define XEN_PMEM_MODEL_H

#include "builds.h"
#include "range.h"
#include <xen-pmem/command.h>

#define DOMAINS		8u
#define RAM_BLOCKS	2u
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What a machine is like; machine_boot() takes it. */
struct config {
	struct frames ram[RAM_BLOCKS];		/* the first begins at 0; count 0: unused */
	struct frames nvdimm;
	unsigned int hole_shift, hole_bits;	/* of frame numbers; 0 bits: none */
	unsigned int heap;			/* the block of RAM that Xen's heap is in */
	unsigned int build;			/* whose offsets: index in builds[] */
	bool iommu, iommu_sync;			/* of dom0's; entries kept for each grant */
	bool intel, snoops;			/* the processor; it snoops its caches */
	bool amd;				/* the IOMMU is AMD's, */
	uint64_t io_frames;			/* and so many frames its tables can name */
	unsigned int address_bits;		/* the processor's; 0: 40 */
	bool efi;				/* booted so */
};
extern const struct config config_plain, config_hole, config_iommu, config_middle, config_amd,
	config_high;
const struct config *config_named(const char *name);	/* NULL: there is none */

struct machine {
	struct config config;
	int64_t now;				/* ns */
	uint64_t points;			/* calls that can fail so far */
	uint64_t fail_at, fail_from;		/* one to fail; first of all to fail; 0: none */
	const char *failed;			/* the one that did */
	void (*interrupt)(void);		/* at each such call; not inside of itself */
	uint64_t heap_used;			/* pages of it that the extension holds */
	unsigned int locks;			/* held now, of every kind */
	uint64_t lines_flushed, wbinvds;	/* from the caches of all CPUs: lines; everything */
	uint64_t commands;
	uint64_t io_splits;			/* AMD's: large entries that were split */
	bool another_build;			/* its build-id is not in the tested list */
	char log[4096];				/* printk() */
};
extern struct machine machine;

/*
 * Ends the test with a line and where it was; for what the real Xen would die of, and for what must
 * never be.
 */
void broken(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* xen.c */
void machine_boot(const struct config *config);
/* Whether this call is to fail; every call of Xen that can fail asks. */
bool point(const char *what);
/* Where others may do something, though nothing can fail. */
void moment(void);
/* Every CPU has left what it was doing: what was begun is done, callbacks run. */
void grace_pass(void);
void time_pass(int64_t ns);
void valid_note(void);				/* pdx_group_valid, changed by who may */
void valid_check(void);
struct hypfs_leaf *hypfs_leaf(const char *name);	/* of /pmem; NULL */
unsigned int hypfs_entries(void);
uint64_t max_page_at_boot(void);

/* memory.c */
void memory_boot(void);
void *virt(uint64_t mfn);
uint64_t frame_at(const void *va);		/* of the direct map */
bool is_ram(uint64_t mfn);
uint64_t heap_take(void);			/* a frame, 0: none left */
/* These are what a check of each page asks most. */
static inline uint64_t to_pdx(uint64_t mfn)
{
	return (mfn & pfn_pdx_bottom_mask) | ((mfn & pfn_top_mask) >> pfn_pdx_hole_shift);
}
static inline struct page_info *info(uint64_t mfn)
{
	return (struct page_info *)FRAMETABLE_START + to_pdx(mfn);
}
static inline bool is_nvdimm(uint64_t mfn)
{
	return mfn - machine.config.nvdimm.first < machine.config.nvdimm.count;
}
void heap_give(uint64_t mfn);
uint64_t heap_left(void);
uint64_t translate(unsigned long va);		/* mfn; INVALID_MFN: not mapped */
/* Calls f for each leaf of [from, to). */
void leaves(unsigned long from, unsigned long to,
	    void (*f)(unsigned long va, uint64_t mfn, unsigned int order, uint64_t flags));
/* The next frame of the file, from mfn on, that was ever touched; INVALID_MFN: none. */
uint64_t next_touched(uint64_t mfn);
void untouch(struct frames f);
void file_put(uint64_t mfn, const void *bytes, size_t len);
void file_get(uint64_t mfn, void *bytes, size_t len);

/* frames.c */
void frames_boot(void);
bool frame_valid(uint64_t mfn);
uint64_t ram_take(struct domain *d);		/* a page of RAM for a guest */
uint64_t *m2p(uint64_t mfn);

/* p2m.c */
struct leaf { uint64_t mfn; unsigned int type, order; };
void p2m_new(unsigned int slot, uint64_t pool);
void p2m_free(unsigned int slot);
void p2m_clear(unsigned int slot);		/* a dead guest's: empty, and stays so */
struct leaf p2m_look(unsigned int slot, uint64_t gfn);
int p2m_put(unsigned int slot, uint64_t gfn, uint64_t mfn, unsigned int order, unsigned int type);
bool p2m_held(unsigned int slot);
void p2m_walk(unsigned int slot, void (*f)(unsigned int slot, uint64_t gfn, struct leaf leaf));

/* domains.c */
struct dom {
	struct domain *xen;			/* NULL: no such domain */
	bool pv;
	unsigned int born;			/* no two domains have the same, ever */
};
extern struct dom doms[DOMAINS];		/* by id; 0 is dom0 */
void domains_boot(void);
unsigned int slot_of(const struct domain *d);
unsigned int guest_create(unsigned int options, uint64_t pool);	/* its id; 0: no room */
void guest_unpause(unsigned int id);
void guest_kill(unsigned int id);		/* DYING */
void guest_reap(unsigned int id);		/* DEAD */
uint32_t guest_dying(unsigned int id);
int32_t guest_refs(unsigned int id);
/*
 * Xen keeps I/O page tables of its devices in step with its map: AMD's. Without memory for one it
 * crashes the guest.
 */
bool guest_devices_tables(unsigned int id);
bool guest_walks(unsigned int id);		/* it has a device, I/O memory or I/O ports */
bool caps_have(unsigned int id, uint64_t mfn);
void ports_grant(unsigned int id, uint64_t first, uint64_t count);	/* I/O ports */
uint64_t caps_digest(unsigned int id);
void caps_change(unsigned int id, struct frames f, bool add);
/* The next frame of the NVDIMM, from mfn on, that dom0's devices reach; INVALID_MFN: none. */
uint64_t dom0_devices_next(uint64_t mfn);
bool iommu_flush_due(void);
bool dom0_reaches(uint64_t mfn);
/* Whether they reach each, or none, of n pages of the NVDIMM from page `at` on, multiples of 64. */
bool dom0_reaches_all(uint64_t at, uint64_t n, bool wanted);
void dom0_reach(uint64_t mfn, bool on);

/* tops.c; of PV tables, by their number */
#define TOPS 64u
bool tops_room(void);
void tops_fresh(void);				/* before memory_boot() */
void tops_boot(void);				/* after domains_boot() */
void vcpus_new(unsigned int id);
void vcpus_reap(unsigned int id);
void vcpus_free(unsigned int id);
uint64_t heap_lost(void);			/* heap_used, less what has filled slots */
unsigned int top_begin(unsigned int id);	/* the domain asks for it; not validated yet */
bool top_validate(unsigned int top);
unsigned int top_new(unsigned int id);		/* both */
bool top_end(unsigned int top);			/* it is a page like any other from now on */
bool top_free(unsigned int top);
uint64_t *top_table(unsigned int top);
void tops_map(unsigned long va);		/* Xen maps something there in its direct map */
void tops_check(void);

/* amd.c */
void amd_boot(void);
void amd_change(struct frames f, bool on);

/* mca.c */
struct heard {				/* the last machine check of a domain */
	unsigned int times;
	uint64_t address;
	int vcpu;			/* -1: all */
	bool crashed;			/* by Xen */
};
extern struct heard heard[DOMAINS];
extern unsigned int virqs;		/* sent to dom0 */
extern bool deaf;			/* no domain can take a machine check */
extern unsigned int xens_answers;	/* of Xen's own handlers */
void mca_boot(void);
struct mca {
	uint64_t status, address, misc, processor;
	unsigned int reader;		/* the domain that ran there */
};
/* What Xen does of it in its softirq; the worst result of a handler. */
int machine_check(const struct mca *m);

/* events.c: false where Xen refuses */
#define REFS 64u
#define SYSTEM_REF DOMAINS
/* A page of guest id, of the M2P, or I/O, that somebody holds; id 0: unused. */
struct ref {
	uint64_t mfn;
	unsigned int id;
	bool typed;		/* counted by type too, as the page of a vcpu_info is */
};
extern struct ref refs[REFS];
#define MAPS 64u
extern uint64_t dom0_maps[MAPS];		/* frames that dom0's page table maps; 0: none */
void events_boot(void);
bool guest_give_up(unsigned int id, uint64_t gfn);
bool guest_unhook(unsigned int id, uint64_t gfn);
bool guest_move(unsigned int id, uint64_t from, uint64_t to);
bool guest_populate(unsigned int id, uint64_t gfn);
bool guest_retype(unsigned int id, uint64_t gfn, unsigned int type);
bool ref_take(unsigned int id, uint64_t gfn, bool typed);
bool system_take(uint64_t mfn);			/* M2P, as xl save of a PV guest does, or I/O */
bool ref_drop(unsigned int ref);
bool dom0_map(uint64_t mfn);
bool dom0_owns(uint64_t mfn);			/* a page of the NVDIMM, as dom0's RAM */
bool dom0_give_up(uint64_t mfn);
bool dom0_m2p(uint64_t mfn, uint64_t gfn);
bool dom0_map_begin(uint64_t mfn);		/* the entry is written when the grace passes */
bool dom0_unmap(unsigned int map);
bool iomem_grant(unsigned int id, struct frames f);
bool iomem_grant_begin(unsigned int id, struct frames f);
void begun_finish(void);
bool hot_add(void);			/* RAM from the NVDIMM's end to the end of that group */
struct frames hot_frames(void);
/*
 * Frames that somebody referred to or gave up, by their number modulo NOTED: nearly all that are
 * looked at are none of these.
 */
#define NOTED 4096u
extern uint64_t noted_map[NOTED / 64];
static inline bool noted(uint64_t mfn) { return noted_map[mfn % NOTED / 64] >> mfn % 64 & 1; }
unsigned int refs_find(uint64_t mfn, bool typed);
static inline unsigned int refs_to(uint64_t mfn) { return noted(mfn) ? refs_find(mfn, false) : 0; }
static inline unsigned int refs_typed(uint64_t mfn)
{
	return noted(mfn) ? refs_find(mfn, true) : 0;
}

unsigned int dom0_maps_find(uint64_t mfn);
static inline unsigned int dom0_maps_of(uint64_t mfn)
{
	return noted(mfn) ? dom0_maps_find(mfn) : 0;
}

void tlb_flushed(void);
/* Some CPU has the page in its TLB still, as the guest's (0: dom0's). */
void stale_note(uint64_t mfn, unsigned int id);
void stale_check(void);
void stale_uncached(uint64_t mfn);		/* a page that leaves the caches for its owner */
bool gave_up_find(uint64_t mfn);
static inline bool gave_up(uint64_t mfn) { return noted(mfn) && gave_up_find(mfn); }
void gave_up_forget(uint64_t mfn);
bool hot_added(void);

/* check.c */
void check_all(void);
uint64_t digest(void);
struct frames range_by_uuid(const uint8_t *uuid);	/* that the extension serves */

/* bytes.c */
void data_write(void);				/* the bytes that are to be there at the end */
void data_reserved(struct frames f);		/* its bytes are the extension's from now on */
void data_erased(struct frames f);		/* zeros are to be there from now on */
void data_check(struct frames was_reserved);

/* loaded.c */
void extension_fresh(void);
int extension_load(bool accept);
int extension_unload(void);
int command(struct xen_pmem_command *c);
/* Runs it until it is over; grace and time pass between the calls. */
int command_finish(struct xen_pmem_command *c);
struct xen_pmem_command command_new(unsigned int op);
struct xen_pmem_command command_range(unsigned int op, uint8_t uuid, struct frames f);
/* What QUERY_MEDIA says of a page; state 0: there is no such page. How many there are. */
struct xen_pmem_command note_read(uint32_t index);
unsigned int notes_count(void);
/* Lets pass whatever is needed for metadata that nobody uses to go. */
void settle(void);

/* script_model.c: what the tests do with lines of scripts (script.h) */
void script_begin(const struct config *config);	/* boots, loads the extension; no guests yet */
/* Ends the test unless the line is done, or is refused like this; what must hold is checked. */
void script_must(const char *line);
void script_expect(const char *line, int error, const char *why);

#endif
