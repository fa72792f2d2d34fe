/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The parts of a guest that libxenpmem edits. Functions return 0 or -errno, with the error line
 * written.
 */
#ifndef XEN_PMEM_LIB_GUEST_H
#define XEN_PMEM_LIB_GUEST_H

#include "core/acpi.h"
#include "core/bars.h"
#include "core/firmware.h"
#include "core/fit.h"
#include "core/madt.h"
#include "core/memmap.h"
#include "core/ssdt.h"
#include "internal.h"
#include "guest_plan.h"

#include <xen/arch-x86/hvm/start_info.h>

#define GUEST_PAGES_MAX	16u	/* that guest_add_pages adds at once */

/* What Xen knows of the domain. -ESRCH: the domain does not exist. -EPERM: it is dom0. */
int guest_look(xenpmem_handle *h, uint32_t domid, xc_domaininfo_t *info);

/*
 * The same; -EPERM unless it can be edited: PVH or HVM, paused, never run. Xen checks this again
 * when pages are assigned.
 */
int guest_find(xenpmem_handle *h, uint32_t domid, xc_domaininfo_t *info);
bool guest_is_hvm(const xc_domaininfo_t *info);

/* The number of virtual NUMA nodes that it was built with. */
unsigned int guest_nodes(xenpmem_handle *h, uint32_t domid);

/*
 * A guest without virtual NUMA gets one node with all its RAM: libxl then refuses to save it. In an
 * HVM guest with virtual NUMA, vNVDIMMs are added to their nodes.
 */
int guest_numa_set(xenpmem_handle *h, const xc_domaininfo_t *info, uint64_t ram_end,
		   const struct xenpmem_vnvdimm *v, unsigned int nr);

/* -EDOM: vNVDIMM *fault is on a node that the guest was not built with. */
int guest_nodes_check(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
		      unsigned int nr, int *fault);

/*
 * assign: sizes the paging pool and assigns all pages or, after an error, releases all. release:
 * releases all and keeps the error line. running: the guest may have run; it must have had no page
 * of these ranges before, as release takes all of them.
 */
int guest_pages_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
		       unsigned int nr, bool running, int *fault);
void guest_pages_release(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v,
			 unsigned int nr, bool running);

/* Calls for each part of a vNVDIMM that has no bad page, in their order; offset from its start. */
typedef int good_part(xenpmem_handle *h, void *arg, uint64_t offset, uint64_t length);
int good_parts_each(xenpmem_handle *h, const struct xenpmem_vnvdimm *v, good_part *call, void *arg);

/* Has it pages of a range in state "host"? *uuid is the range's. */
bool guest_find_host(xenpmem_handle *h, uint32_t domid, uint8_t uuid[16]);

/*
 * The start info, for a PVH guest's kernel or for hvmloader. The builder left its address in vCPU
 * 0's rbx.
 */
int guest_start_info(xenpmem_handle *h, uint32_t domid, uint64_t *gpa,
		     struct hvm_start_info *start);

/* Adds nr pages of RAM where the guest has a hole. */
int guest_add_pages(xenpmem_handle *h, uint32_t domid, uint64_t gpa, unsigned int nr);

/* The guest's memory map, and the start info that leads to it. */
struct guest_map {
	uint64_t start_gpa;		/* of the start info */
	struct hvm_start_info start;
	size_t nr;			/* entries now */
	struct memmap_entry entries[MEMMAP_ENTRIES_MAX];
};

int guest_map_read(xenpmem_handle *h, uint32_t domid, struct guest_map *map);

/* Writes a longer map, elsewhere in guest RAM if it does not fit, and the start info last. */
int guest_map_write(xenpmem_handle *h, uint32_t domid, struct guest_map *map,
		    const struct memmap_entry *entries, size_t nr);

/* Sets the map that XENMEM_memory_map returns, which hvmloader and GRUB for PVH use. */
int guest_e820_write(xenpmem_handle *h, uint32_t domid, const struct memmap_entry *entries,
		     size_t nr);

/* The ACPI tables, laid out for new pages at `gpa`, and the RSDP that points there. */
struct guest_acpi {
	uint64_t rsdp_gpa;
	uint8_t rsdp[ACPI_RSDP_SIZE];
	uint8_t xsdt[ACPI_XSDT_MAX];
	size_t xsdt_len;
	uint64_t madt_gpa;		/* 0: there is none */
	uint64_t gpa, scrub_gpa;	/* the scrub page follows the tables; 0: there is none */
	size_t len;			/* 0: no table has to be added */
	uint8_t bytes[GUEST_PAGES_MAX * 4096];
};

/* -EEXIST: the guest has an NFIT already. */
int guest_acpi_read(xenpmem_handle *h, uint32_t domid, uint64_t rsdp_gpa, struct guest_acpi *acpi);

/*
 * NFIT and SSDT of the plan's vNVDIMMs; SRAT, SLIT and HMAT if it has RAM on a node of its own. map
 * is the guest's, with its DRAM.
 */
int guest_acpi_build(xenpmem_handle *h, uint32_t domid, struct guest_acpi *acpi, uint64_t gpa,
		     const struct guest_map *map, const struct plan *plan);

/*
 * Adds the pages, writes the scrub page and the tables, and the RSDP last; nothing if no table has
 * to be added.
 */
int guest_acpi_write(xenpmem_handle *h, uint32_t domid, const struct plan *plan,
		     const struct guest_acpi *acpi);

/*
 * The scrub page: written before the guest runs. _add: of a guest that runs; adds the places that
 * it does not show. *changed: there were such. -ENOSPC: too many. -EFAULT: the guest has given the
 * page up.
 */
int guest_scrub_write(xenpmem_handle *h, uint32_t domid, uint64_t gpa, const struct plan *plan);
int guest_scrub_add(xenpmem_handle *h, uint32_t domid, uint64_t gpa,
		    const struct scrub_place *list, unsigned int nr, bool *changed);

/* Of a scrub page that is mapped: it does not show this place any more. */
void guest_scrub_cut(uint8_t *page, const struct scrub_place *gone);

/*
 * HVM: tables for hvmloader to copy, those of the guest's acpi_firmware, then NFIT and SSDT. They
 * are in RAM of their own, above what hvmloader allocates (its config.h,
 * RESERVED_MEMORY_DYNAMIC_END), where there is no device and every guest's memory map is reserved.
 */
#define HVM_TABLES_GPA	0xfe000000ull
/* The FIT pages. hvmloader does not copy them, so the guest's _FIT reads what dom0 writes. */
#define HVM_FIT_GPA	0xfe100000ull
#define HVM_SCRUB_GPA	(HVM_FIT_GPA + FIT_SIZE)

struct guest_firmware {
	uint8_t own[FIRMWARE_OWN_MAX];
	size_t own_len;
	uint8_t bytes[FIRMWARE_OWN_MAX + NFIT_MAX + SSDT_MAX];
	size_t len;
	struct ssdt_plug plug;		/* window_length 0: no room is left */
};

/* -EEXIST: the guest has vNVDIMMs already. -EINVAL: its acpi_firmware cannot be used. */
int guest_firmware_read(xenpmem_handle *h, uint32_t domid, struct guest_firmware *fw);
int guest_firmware_build(xenpmem_handle *h, const struct place_guest *guest,
			 const struct plan *plan, struct guest_firmware *fw);
int guest_firmware_write(xenpmem_handle *h, uint32_t domid, const struct plan *plan,
			 const struct guest_firmware *fw);

/* The memory of its PCI devices. */
int guest_bars(xenpmem_handle *h, uint32_t domid, struct bars *bars);

/* Fits the plan's new entries into the memory map that hvmloader can make. -ENOSPC. */
int guest_e820_plan(xenpmem_handle *h, const struct guest_map *map, struct plan *plan);

#endif
