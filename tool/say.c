// SPDX-License-Identifier: GPL-2.0-only
/* Says things to people: refusals, warnings, progress, and the few helpers that each verb begins with. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

#define PROGRESS_AFTER	2.0	/* seconds: what is shorter needs no progress */
#define PROGRESS_EACH	0.5

bool verbose;

static void line(const char *kind, const char *subject, const char *format, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "xen-pmem: %s%s%s", kind, subject ? subject : "", subject ? ": " : "");
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int refuse(const char *subject, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("", subject, format, args);
	va_end(args);
	return EXIT_REFUSED;
}

void warn(const char *subject, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("warning: ", subject, format, args);
	va_end(args);
}

int usage_wrong(const struct verb *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("", verb->name, format, args);
	va_end(args);
	fprintf(stderr, "usage: xen-pmem %s%s%s\n", verb->name, verb->arguments[0] ? " " : "", verb->arguments);
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

/* 1: taken, with its value if it has one; 0: no such flag; -1: its value is missing. */
static int flag_take(const struct flag *flags, const char *name, const char *next)
{
	for (; flags && flags->name; flags++) {
		if (strcmp(name, flags->name))
			continue;
		if (!flags->value) {
			*flags->set = true;
			return 1;
		}
		*flags->value = next;
		return next ? 1 : -1;
	}
	return 0;
}

static bool flag_has_value(const struct flag *flags, const char *name)
{
	for (; flags && flags->name; flags++)
		if (!strcmp(name, flags->name))
			return flags->value;
	return false;
}

int options_take(const struct verb *verb, int argc, char **argv, const struct flag *flags)
{
	bool options = true;
	int i, left = 1, rc;

	for (i = 1; i < argc; i++) {
		if (!options || argv[i][0] != '-') {
			argv[left++] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--")) {
			options = false;
			continue;
		}
		rc = flag_take(flags, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
		if (rc <= 0) {
			usage_wrong(verb, rc ? "%s wants a value" : "unknown option %s", argv[i]);
			return -1;
		}
		i += flag_has_value(flags, argv[i]);
	}
	return left;
}

xenpmem_handle *pmem_open(void)
{
	xenpmem_handle *h = xenpmem_open();

	if (!h)
		exit(refuse(NULL, "no memory"));
	xenpmem_set_progress(h, progress_show, NULL);
	return h;
}
