// SPDX-License-Identifier: GPL-2.0-only
/*
 * mceinject STATUS MCG_STATUS ADDRESS MISC [PAGES]: Xen takes a machine check on processor 0 whose
 * bank 1 says STATUS, ADDRESS and MISC, as if the processor had raised it. With PAGES it takes so
 * many, one after the other, each for the next page. Xen reads these values in place of the
 * registers.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define __XEN_TOOLS__
#include <xenctrl.h>
#include <xen/arch-x86/xen-mca.h>

#define BANK			1
#define MSR_MCG_STATUS		0x17a
#define MSR_BANK(i)		(0x400 + 4 * BANK + (i))	/* CTL, STATUS, ADDR, MISC */
#define PAGE			4096u

/* libxenctrl writes the version to where Xen does not look. */
static int mca_call(xc_interface *xc, struct xen_mc *mc, const char *what)
{
	mc->interface_version = XEN_MCA_INTERFACE_VERSION;
	if (!xc_mca_op(xc, mc))
		return 0;
	perror(what);
	return -1;
}

static void msr_set(struct xen_mc_msrinject *set, uint64_t msr, uint64_t value)
{
	set->mcinj_msr[set->mcinj_count++] = (xen_mcinfo_msr_t){ msr, value };
}

/* says: STATUS, MCG_STATUS, ADDRESS, MISC */
static int error_raise(xc_interface *xc, const uint64_t says[4])
{
	struct xen_mc mc = { .cmd = XEN_MC_msrinject };
	struct xen_mc_msrinject *set = &mc.u.mc_msrinject;

	set->mcinj_flags = MC_MSRINJ_F_INTERPOSE;
	msr_set(set, MSR_MCG_STATUS, says[1]);
	msr_set(set, MSR_BANK(1), says[0]);
	msr_set(set, MSR_BANK(2), says[2]);
	msr_set(set, MSR_BANK(3), says[3]);
	if (mca_call(xc, &mc, "XEN_MC_msrinject"))
		return -1;
	mc = (struct xen_mc){ .cmd = XEN_MC_mceinject };
	return mca_call(xc, &mc, "XEN_MC_mceinject");
}

int main(int argc, char **argv)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	uint64_t says[4];
	unsigned long pages;
	int i;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: mceinject STATUS MCG_STATUS ADDRESS MISC [PAGES]\n");
		return 2;
	}
	if (!xc)
		return 2;
	for (i = 0; i < 4; i++)
		says[i] = strtoull(argv[1 + i], NULL, 0);
	for (pages = argc == 6 ? strtoul(argv[5], NULL, 0) : 1; pages--; says[2] += PAGE)
		if (error_raise(xc, says))
			return 1;
	return 0;
}
