// SPDX-License-Identifier: GPL-2.0-only
/* The line for people that goes with an error number. */
#include <linux/kernel.h>

#include "reason.h"

int fail(char *reason, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, REASON_LEN, format, args);
	va_end(args);
	return rc;
}
