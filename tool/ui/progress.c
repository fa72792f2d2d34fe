// SPDX-License-Identifier: GPL-2.0-only
/* Shows the progress of long work, and opens a library handle that does. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ui/ui.h"

#define PROGRESS_AFTER	2.0	/* seconds: shorter work needs no progress */
#define PROGRESS_EACH	0.5

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void progress_print(bool tty, const char *what, uint64_t done, uint64_t total)
{
	struct size_buf a, b;

	fprintf(stderr, "%s%s %s of %s%s", tty ? "\r" : "", what, size_text(done, &a),
		size_text(total, &b), tty ? "   " : "\n");
}

void progress_show(void *arg, const char *what, uint64_t done, uint64_t total)
{
	static double began, shown;
	static const char *last;
	double now = seconds_now();
	bool tty = isatty(STDERR_FILENO), due;

	(void)arg;
	if (!last || strcmp(last, what)) {
		last = what;
		began = now;
		shown = 0;
	}
	due = (verbose || (tty && now - began >= PROGRESS_AFTER)) &&
	      (now - shown >= PROGRESS_EACH || (shown && done >= total));
	if (due) {
		shown = now;
		progress_print(tty, what, done, total);
	}
	if (shown && tty && done >= total)
		fputc('\n', stderr);
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
	case XENPMEM_REMEDY_DISABLE:
		return "xen-pmem disable, then enable";
	case XENPMEM_REMEDY_RELEASE:
		return "xen-pmem release takes it back";
	case XENPMEM_REMEDY_CREATE_FILE:
		return "xen-pmem create-file makes a file that is fit";
	case XENPMEM_REMEDY_ACCEPT_BUILD:
		return "--accept-build loads if all self-checks pass";
	case XENPMEM_REMEDY_GIVE_UP_LABELS:
		return "xen-pmem disable --erase gives them up";
	case XENPMEM_REMEDY_ENLARGE:
	case XENPMEM_REMEDY_NONE:
		break;
	}
	return NULL;
}

xenpmem_handle *pmem_open(void)
{
	xenpmem_handle *h = xenpmem_open();

	if (!h)
		exit(output_end(refuse(NULL, "no memory")));
	xenpmem_set_progress(h, progress_show, NULL);
	xenpmem_set_remedy_words(h, remedy_words);
	return h;
}
