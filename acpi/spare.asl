/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-only */
/*
 * A child of the root device for a vNVDIMM that the guest may be given while it runs. It is there
 * from the start, because a device cannot be added later.
 */
#include "marks.h"

DefinitionBlock ("", "SSDT", 2, "XNPMEM", "vNVDIMMs", 1)
{
	External (\_SB.XPQR, DeviceObj)
	Scope (\_SB.XPQR) {
		Device (NVXX) {
			Name (_ADR, MARK_ADR)
		}
	}
}
