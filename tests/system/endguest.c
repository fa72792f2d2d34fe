// SPDX-License-Identifier: GPL-2.0-only
/*
 * endguest DOMAIN REASON: ends a guest as if it had done so itself, with this reason in Xen
 * (SHUTDOWN_* of xen/sched.h: 0 poweroff, 1 reboot, 2 suspend, 3 crash, 4 watchdog, 5 soft_reset).
 * The guest need not help.
 */
#include <stdio.h>
#include <stdlib.h>

#include <xenctrl.h>

int main(int argc, char **argv)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);

	if (argc != 3 || !xc)
		return 2;
	if (xc_domain_shutdown(xc, atoi(argv[1]), atoi(argv[2]))) {
		perror("endguest");
		return 1;
	}
	return 0;
}
