// SPDX-License-Identifier: LGPL-2.1-only
/* The error of a handle: a line for people, and a code for what to do about it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static void error_set(struct error *error, enum xenpmem_remedy remedy, const char *format,
		      va_list args)
{
	error->remedy = remedy;
	vsnprintf(error->line, sizeof(error->line), format, args);
}

int fail(xenpmem_handle *h, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_set(&h->error, XENPMEM_REMEDY_NONE, format, args);
	va_end(args);
	return rc;
}

int fail_remedy(xenpmem_handle *h, enum xenpmem_remedy remedy, int rc, const char *format, ...)
{
	const char *words = h->remedy_words ? h->remedy_words(remedy) : NULL;
	va_list args;
	size_t len;

	va_start(args, format);
	error_set(&h->error, remedy, format, args);
	va_end(args);
	len = strlen(h->error.line);
	if (words)
		snprintf(h->error.line + len, sizeof(h->error.line) - len, " (%s)", words);
	return rc;
}

const char *xenpmem_error(const xenpmem_handle *h)
{
	return h->error.line[0] ? h->error.line : "no error";
}

enum xenpmem_remedy xenpmem_remedy(const xenpmem_handle *h)
{
	return h->error.remedy;
}

void xenpmem_set_remedy_words(xenpmem_handle *h, xenpmem_remedy_words *words)
{
	h->remedy_words = words;
}
