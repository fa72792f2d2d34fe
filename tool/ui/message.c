// SPDX-License-Identifier: GPL-2.0-only
/* Prints what was done, refusals and warnings, as lines or into the document of --json. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "ui/json.h"
#include "ui/ui.h"

bool verbose;
const char *verb_name = "";
char refusal[1024];

void say(const char *format, ...)
{
	va_list args;

	if (json_is_wanted())
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

/* `array`: where the document of --json has it. */
static void message_print(const char *array, const char *kind, const char *subject,
			  const char *format, va_list args)
{
	char text[8192];

	vsnprintf(text, sizeof(text), format, args);
	if (!kind[0])
		snprintf(refusal, sizeof(refusal), "%s%s%.900s", subject ? subject : "",
			 subject ? ": " : "", text);
	fflush(stdout);
	fprintf(stderr, "xen-pmem: %s%s%s%s\n", kind, subject ? subject : "", subject ? ": " : "",
		text);
	json_message(array, subject, text);
}

int refuse(const char *subject, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message_print("errors", "", subject, format, args);
	va_end(args);
	return EXIT_REFUSED;
}

void warn(const char *subject, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message_print("warnings", "warning: ", subject, format, args);
	va_end(args);
}

int output_end(int rc)
{
	/* A verb may find wrong usage after its document was begun. */
	if (rc == EXIT_USAGE)
		json_drop();
	json_end();
	if (fflush(stdout) || ferror(stdout))
		return refuse("standard output", "%s", strerror(errno));
	return rc;
}
