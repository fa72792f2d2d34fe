// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dom0 may do to pages of its own that Xen could hand to a guest, for tests: each prints what
 * Xen answered.
 *   hostpage fill SPA PAGES   maps them, a MiB at a time, and writes each one's address to its
 *                             first word
 *   hostpage check SPA PAGES  says how many lack it
 *   hostpage decrease|exchange|pin1..pin4|transfer|physmap|offline MFN
 *   hostpage m2p MFN GFN          sets the M2P entry
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xencall.h>
#include <xenctrl.h>
#include <xen/grant_table.h>
#include <xen/memory.h>

#define MIB (1ul << 20)

static xencall_handle *call;

static int answered(long rc)
{
	printf("%ld\n", rc < 0 ? -(long)errno : rc);
	return 0;
}

/* A hypercall buffer with these bytes. */
static void *passed(const void *bytes, size_t len)
{
	void *at = xencall_alloc_buffer(call, len);

	if (!at)
		exit(2);
	memcpy(at, bytes, len);
	return at;
}

static int pages_walk(uint64_t spa, uint64_t pages, int fill)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	uint64_t at, in, wrong = 0, end = spa + (pages << 12);

	for (at = spa; at < end; at += MIB) {
		uint64_t len = end - at < MIB ? end - at : MIB;
		volatile uint64_t *map =
			mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);

		if (map == MAP_FAILED) {
			perror("/dev/mem");
			return 2;
		}
		for (in = 0; in < len; in += 4096)
			if (fill)
				map[in / 8] = at + in;
			else
				wrong += map[in / 8] != at + in;
		munmap((void *)map, len);
	}
	printf("%lu\n", (unsigned long)wrong);
	return 0;
}

static int memory_op(unsigned int op, void *arg)
{
	return answered(xencall2(call, __HYPERVISOR_memory_op, op, (uintptr_t)arg));
}

static int decrease(xen_pfn_t mfn)
{
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle_raw(r.extent_start, passed(&mfn, sizeof(mfn)));
	return memory_op(XENMEM_decrease_reservation, passed(&r, sizeof(r)));
}

static int exchange(xen_pfn_t mfn)
{
	struct xen_memory_exchange x = { .in = { .nr_extents = 1, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .domid = DOMID_SELF } };

	set_xen_guest_handle_raw(x.in.extent_start, passed(&mfn, sizeof(mfn)));
	set_xen_guest_handle_raw(x.out.extent_start, passed(&mfn, sizeof(mfn)));
	return memory_op(XENMEM_exchange, passed(&x, sizeof(x)));
}

static int physmap(xen_pfn_t mfn)
{
	struct xen_add_to_physmap a = {
		.domid = DOMID_SELF, .space = XENMAPSPACE_gmfn, .idx = mfn, .gpfn = mfn
	};

	return memory_op(XENMEM_add_to_physmap, passed(&a, sizeof(a)));
}

/* Xen wants a page table's address to be a frame of the caller's. */
static int pin(xen_pfn_t mfn, unsigned int level)
{
	struct mmuext_op op = { .cmd = MMUEXT_PIN_L1_TABLE + level - 1, .arg1.mfn = mfn };

	return answered(xencall4(call, __HYPERVISOR_mmuext_op, (uintptr_t)passed(&op, sizeof(op)),
		1, 0, DOMID_SELF));
}

static int m2p(xen_pfn_t mfn, uint64_t gfn)
{
	struct mmu_update u = { .ptr = mfn << 12 | MMU_MACHPHYS_UPDATE, .val = gfn };

	return answered(xencall4(
		call, __HYPERVISOR_mmu_update, (uintptr_t)passed(&u, sizeof(u)), 1, 0, DOMID_SELF));
}

static int transfer(xen_pfn_t mfn)
{
	gnttab_transfer_t t = { .mfn = mfn, .domid = DOMID_SELF };
	gnttab_transfer_t *at = passed(&t, sizeof(t));
	long rc = xencall3(call, __HYPERVISOR_grant_table_op, GNTTABOP_transfer, (uintptr_t)at, 1);

	if (!rc)
		printf("status %d\n", at->status);
	return rc ? answered(rc) : 0;
}

static int offline(xen_pfn_t mfn)
{
	struct xen_sysctl s = {
		.cmd = XEN_SYSCTL_page_offline_op,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION,
		.u.page_offline = { .cmd = sysctl_page_offline, .start = mfn, .end = mfn },
	};
	uint32_t status = 0;

	set_xen_guest_handle_raw(s.u.page_offline.status, passed(&status, sizeof(status)));
	return answered(xencall1(call, __HYPERVISOR_sysctl, (uintptr_t)passed(&s, sizeof(s))));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 0,
		 second = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;

	call = xencall_open(NULL, 0);
	if (!call || argc < 3) {
		fprintf(stderr, "usage: hostpage WHAT ADDRESS [NUMBER], in dom0\n");
		return 2;
	}
	if (!strcmp(what, "fill") || !strcmp(what, "check"))
		return pages_walk(first, second, *what == 'f');
	if (!strcmp(what, "decrease"))
		return decrease(first);
	if (!strcmp(what, "exchange"))
		return exchange(first);
	if (!strcmp(what, "physmap"))
		return physmap(first);
	if (!strncmp(what, "pin", 3))
		return pin(first, atoi(what + 3));
	if (!strcmp(what, "m2p"))
		return m2p(first, second);
	if (!strcmp(what, "transfer"))
		return transfer(first);
	if (!strcmp(what, "offline"))
		return offline(first);
	return 2;
}
