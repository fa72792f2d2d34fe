// SPDX-License-Identifier: GPL-2.0-only
/* Waits for the sources of `xen-pmem monitor`, and calls them. */
#include "monitor/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "ui/ui.h"

#define FAILED_MS	60000

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

bool loop_add(struct loop *loop, const struct source *source)
{
	if (loop->nr == LOOP_SOURCES)
		return false;
	loop->sources[loop->nr] = *source;
	loop->sources[loop->nr++].due = now_ms();
	return true;
}

void loop_drop(struct loop *loop, int fd)
{
	unsigned int i;

	for (i = 0; i < loop->nr; i++)
		if (loop->sources[i].fd == fd) {
			memmove(&loop->sources[i], &loop->sources[i + 1],
				(loop->nr - i - 1) * sizeof(loop->sources[0]));
			loop->nr--;
			return;
		}
}

/* run() may move the table. Sources of one run() are called once for all of them. */
static void source_run(struct loop *loop, unsigned int at)
{
	const struct source source = loop->sources[at];
	int in_ms = source.run(source.arg);
	unsigned int i;

	if (in_ms == LOOP_FAILED) {
		loop->failed = true;
		in_ms = FAILED_MS;
	}
	for (i = 0; i < loop->nr; i++)
		if (loop->sources[i].run == source.run && loop->sources[i].arg == source.arg)
			loop->sources[i].due = in_ms < 0 ? LOOP_NEVER : now_ms() + in_ms;
}

/* How long poll() may wait. */
static int wait_ms(const struct loop *loop)
{
	int64_t least = LOOP_NEVER, now = now_ms(), left;
	unsigned int i;

	for (i = 0; i < loop->nr; i++) {
		if (loop->sources[i].due == LOOP_NEVER)
			continue;
		left = loop->sources[i].due > now ? loop->sources[i].due - now : 0;
		if (least == LOOP_NEVER || left < least)
			least = left;
	}
	return (int)least;
}

static bool source_is_due(const struct source *source, int64_t now)
{
	return source->due != LOOP_NEVER && source->due <= now;
}

/* Marks as due whose descriptor woke up. */
static int round_begin(struct loop *loop, const struct pollfd *fds)
{
	int64_t now = now_ms();
	unsigned int i;

	for (i = 0; i < loop->nr; i++) {
		if (fds[i].revents & (POLLHUP | POLLNVAL))
			return refuse(loop->sources[i].name, "it has gone away");
		if (fds[i].revents)
			loop->sources[i].due = now;
	}
	return EXIT_DONE;
}

void loop_round(struct loop *loop)
{
	int64_t now = now_ms();
	unsigned int i;

	for (i = 0; i < loop->nr; i++)
		if (source_is_due(&loop->sources[i], now))
			source_run(loop, i);
	if (loop->round_end)
		loop->round_end();
}

/* The last descriptor is the signals'. 1: a signal came. */
static int loop_wait(struct loop *loop)
{
	struct pollfd fds[LOOP_SOURCES + 1];
	unsigned int i;

	for (i = 0; i < loop->nr; i++)
		fds[i] = (struct pollfd){ .fd = loop->sources[i].fd,
					  .events = loop->sources[i].events };
	fds[loop->nr] = (struct pollfd){ .fd = loop->signals, .events = POLLIN };
	if (poll(fds, loop->nr + 1, wait_ms(loop)) < 0)
		return errno == EINTR ? 0 : -refuse(NULL, "poll: %s", strerror(errno));
	if (fds[loop->nr].revents)
		return 1;
	return -round_begin(loop, fds);
}

int loop_open(struct loop *loop)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return loop->signals < 0 ? refuse(NULL, "signalfd: %s", strerror(errno)) : EXIT_DONE;
}

int loop_run(struct loop *loop)
{
	int rc;

	loop_round(loop);
	while (!(rc = loop_wait(loop)))
		loop_round(loop);
	return rc < 0 ? EXIT_REFUSED : EXIT_DONE;
}
