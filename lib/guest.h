/* SPDX-License-Identifier: LGPL-2.1-only */
/* A guest that is built but has not run, as libxenpmem edits it. Functions return 0 or -errno, with the error line written. */
#ifndef XEN_PMEM_LIB_GUEST_H
#define XEN_PMEM_LIB_GUEST_H

#include "core/acpi.h"
#include "core/bars.h"
#include "core/firmware.h"
#include "core/fit.h"
#include "core/memmap.h"
#include "core/ssdt.h"
#include "internal.h"
#include "guest_plan.h"

#include <xen/arch-x86/hvm/start_info.h>

#define GUEST_PAGES_MAX	16u	/* that guest_add_pages adds at once */

/* What Xen knows of a domain that is there and is not dom0. */
int guest_look(xenpmem_handle *h, uint32_t domid, xc_dominfo_t *info);

/* Checks that the domain can be edited: PVH or HVM, paused, never run (Xen checks this again, and better, when pages are assigned). */
int guest_find(xenpmem_handle *h, uint32_t domid, xc_dominfo_t *info);
bool guest_is_hvm(const xc_dominfo_t *info);

/* The virtual NUMA nodes that it was built with; 0: none. */
unsigned int guest_nodes(xenpmem_handle *h, uint32_t domid);

/* A guest that has none gets one node with all its RAM, for libxl does not save it then; an HVM guest that has some, its vNVDIMMs on theirs. */
int guest_numa_set(xenpmem_handle *h, const xc_dominfo_t *info, uint64_t ram_end, const struct xenpmem_vnvdimm *v, unsigned int nr);

/* -EDOM: a node that it was not built with. */
int guest_nodes_check(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, unsigned int nr, int *fault);

/*
 * Sizes the paging pool and assigns all pages, or none; and takes them away again, leaving the error line as it is. running: also if the guest has run; then
 * it must have had nothing before of these ranges, as all of them is taken.
 */
int guest_give(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, unsigned int nr, bool running, int *fault);
void guest_take(xenpmem_handle *h, uint32_t domid, const struct xenpmem_vnvdimm *v, unsigned int nr, bool running);

/* Whether it has pages of a range in state "host", and of which. */
bool guest_has_host(xenpmem_handle *h, uint32_t domid, uint8_t uuid[16]);

/* The start info, of PVH for the kernel, of HVM for hvmloader, and its address, which the builder left in vCPU 0's rbx. */
int guest_start_info(xenpmem_handle *h, uint32_t domid, uint64_t *gpa, struct hvm_start_info *start);

/* New RAM of nr pages, where the guest has a hole. */
int guest_add_pages(xenpmem_handle *h, uint32_t domid, uint64_t gpa, unsigned int nr);

/* The guest's memory map: what it is, and what it shall be. */
struct guest_map {
	uint64_t start_gpa;		/* of the start info */
	struct hvm_start_info start;
	size_t nr;			/* entries now */
	struct memmap_entry entries[MEMMAP_ENTRIES_MAX];
};

int guest_map_read(xenpmem_handle *h, uint32_t domid, struct guest_map *map);

/* Writes a longer map; moves it within guest RAM if it has no room where it is. Writes the start info last. */
int guest_map_write(xenpmem_handle *h, uint32_t domid, struct guest_map *map, const struct memmap_entry *entries, size_t nr);

/* The same for who asks Xen by XENMEM_memory_map: hvmloader, GRUB for PVH. */
int guest_e820_write(xenpmem_handle *h, uint32_t domid, const struct memmap_entry *entries,
		     size_t nr);

/* The ACPI tables: bytes laid out for new pages at `gpa`, and the RSDP that points there. */
struct guest_acpi {
	uint64_t rsdp_gpa;
	uint8_t rsdp[ACPI_RSDP_SIZE];
	uint8_t xsdt[ACPI_XSDT_MAX];
	size_t xsdt_len;
	uint64_t gpa;
	size_t len;
	uint8_t bytes[GUEST_PAGES_MAX * 4096];
};

/* -EEXIST: the guest has an NFIT already. */
int guest_acpi_read(xenpmem_handle *h, uint32_t domid, uint64_t rsdp_gpa, struct guest_acpi *acpi);
int guest_acpi_build(xenpmem_handle *h, struct guest_acpi *acpi, uint64_t gpa, const struct plan *plan);

/* Adds the pages, writes the tables, and the RSDP last. */
int guest_acpi_write(xenpmem_handle *h, uint32_t domid, const struct guest_acpi *acpi);

/*
 * HVM. Tables for hvmloader to copy: those of the guest's acpi_firmware, then NFIT and SSDT, in RAM of their own where neither hvmloader nor any device
 * puts anything: above what hvmloader shares out (its config.h, RESERVED_MEMORY_DYNAMIC_END), and reserved in every guest's memory map.
 */
#define HVM_TABLES_GPA	0xfe000000ull
#define HVM_FIT_GPA	0xfe100000ull	/* the FIT pages, which hvmloader does not copy, so that the guest's _FIT reads what dom0 writes */

struct guest_firmware {
	uint8_t own[FIRMWARE_OWN_MAX];
	size_t own_len;			/* 0: none */
	uint8_t bytes[FIRMWARE_OWN_MAX + NFIT_MAX + SSDT_MAX];
	size_t len;
	struct ssdt_plug plug;		/* window_length 0: no room for it */
};

/* -EEXIST: the guest has vNVDIMMs already. -EINVAL: its acpi_firmware is not to be used. */
int guest_firmware_read(xenpmem_handle *h, uint32_t domid, struct guest_firmware *fw);
int guest_firmware_build(xenpmem_handle *h, const struct place_guest *guest, const struct plan *plan, struct guest_firmware *fw);
int guest_firmware_write(xenpmem_handle *h, uint32_t domid, const struct plan *plan, const struct guest_firmware *fw);

/* The memory of the PCI devices that it is given. */
int guest_bars(xenpmem_handle *h, uint32_t domid, struct bars *bars);

/* Fits the plan's new entries into what room hvmloader has for the memory map. */
int guest_e820_plan(xenpmem_handle *h, const struct guest_map *map, struct plan *plan);

#endif
