// SPDX-License-Identifier: GPL-2.0-only
/* Says things to people: refusals, warnings, progress, and opens the library. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/json.h"
#include "tool.h"

#define PROGRESS_AFTER	2.0	/* seconds: what is shorter needs no progress */
#define PROGRESS_EACH	0.5

bool verbose;

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
static void line(const char *array, const char *kind, const char *subject, const char *format,
		 va_list args)
{
	char text[8192];

	vsnprintf(text, sizeof(text), format, args);
	fflush(stdout);
	fprintf(stderr, "xen-pmem: %s%s%s%s\n", kind, subject ? subject : "", subject ? ": " : "",
		text);
	json_message(array, subject, text);
}

int refuse(const char *subject, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("errors", "", subject, format, args);
	va_end(args);
	return EXIT_REFUSED;
}

void warn(const char *subject, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("warnings", "warning: ", subject, format, args);
	va_end(args);
}

int usage_wrong(const struct verb *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("errors", "", verb->name, format, args);
	va_end(args);
	usage_line(stderr, verb);
	return EXIT_USAGE;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void progress_show(void *arg, const char *what, uint64_t done, uint64_t total)
{
	static double began, shown;
	static const char *last;
	struct size_buf a, b;
	double t = now();
	bool tty = isatty(STDERR_FILENO);

	(void)arg;
	if (!last || strcmp(last, what)) {
		last = what;
		began = t;
		shown = 0;
	}
	if (tty || verbose) {
		if ((verbose || t - began >= PROGRESS_AFTER) && (t - shown >= PROGRESS_EACH || (shown && done >= total))) {
			shown = t;
			fprintf(stderr, "%s%s %s of %s%s", tty ? "\r" : "", what, size_text(done, &a), size_text(total, &b), tty ? "   " : "\n");
		}
		if (shown && tty && done >= total)
			fputc('\n', stderr);
	}
	if (done >= total)
		last = NULL;
}

/* The tool's commands for what the library knows a remedy of. */
static const char *remedy_words(enum xenpmem_remedy remedy)
{
	switch (remedy) {
	case XENPMEM_REMEDY_LOAD:
		return "xen-pmem load";
	case XENPMEM_REMEDY_LOAD_DRIVER:
		return "modprobe xen_pmem";
	case XENPMEM_REMEDY_RELOAD_DRIVER:
		return "modprobe -r xen_pmem && modprobe xen_pmem, or reboot if it is in use";
	case XENPMEM_REMEDY_ENABLE:
		return "xen-pmem enable";
	case XENPMEM_REMEDY_RELEASE:
		return "xen-pmem release takes it back";
	case XENPMEM_REMEDY_CREATE_FILE:
		return "xen-pmem create-file makes a file that is fit";
	case XENPMEM_REMEDY_ACCEPT_BUILD:
		return "--accept-build tries it all the same, every self-check passing";
	case XENPMEM_REMEDY_NONE:
		break;
	}
	return NULL;
}

xenpmem_handle *pmem_open(void)
{
	xenpmem_handle *h = xenpmem_open();

	if (!h)
		exit(verb_end(refuse(NULL, "no memory")));
	xenpmem_set_progress(h, progress_show, NULL);
	xenpmem_set_remedy_words(h, remedy_words);
	return h;
}
