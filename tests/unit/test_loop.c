/* SPDX-License-Identifier: GPL-2.0-only */
/* The loop of `xen-pmem monitor`: which sources it calls, when, and what ends it. */
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "suite.h"
#include "tool/monitor/loop.h"
#include "tool/ui/ui.h"

/* A source that counts its calls, and ends the test after some rounds. */
struct counter {
	unsigned int calls, last;	/* last: the call that sends SIGTERM; 0: none does */
	int in_ms, fd;			/* fd: what it reads a byte of; -1: nothing */
};

static unsigned int rounds;

static void round_count(void)
{
	rounds++;
}

static int counter_run(void *arg)
{
	struct counter *c = arg;
	char byte;

	c->calls++;
	if (c->fd >= 0 && read(c->fd, &byte, 1) != 1)
		c->calls += 1000;
	if (c->calls == c->last)
		raise(SIGTERM);
	return c->in_ms;
}

static void counter_add(struct loop *loop, struct counter *c)
{
	const struct source source = { .name = "counter", .fd = c->fd, .events = POLLIN,
				       .run = counter_run, .arg = c };

	assert_true(loop_add(loop, &source));
}

static void loop_make(struct loop *loop)
{
	*loop = (struct loop){ .round_end = round_count };
	rounds = 0;
	assert_int_equal(loop_open(loop), EXIT_DONE);
}

/* A signal that came is pending until somebody takes it. */
static void loop_end(struct loop *loop)
{
	const struct timespec now = { .tv_sec = 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigtimedwait(&set, NULL, &now);
	close(loop->signals);
}

static void pipe_make(int fds[2])
{
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "ab", 2), 2);
}

/* a has nothing to wait for, b is called again at once, up to its third call. */
static void by_time(void **state)
{
	struct counter a = { .in_ms = LOOP_NEVER, .fd = -1 }, b = { .last = 3, .fd = -1 };
	struct loop loop;

	(void)state;
	loop_make(&loop);
	counter_add(&loop, &a);
	counter_add(&loop, &b);
	assert_int_equal(loop_run(&loop), EXIT_DONE);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 3);
	assert_int_equal(rounds, 3);
	loop_end(&loop);
}

/* Its descriptor wakes it up as long as that has something to say: the second byte. */
static void by_descriptor(void **state)
{
	struct counter a = { .in_ms = LOOP_NEVER, .last = 2 }, late = { .in_ms = 60000, .fd = -1 };
	struct loop loop;
	int fds[2];

	(void)state;
	pipe_make(fds);
	a.fd = fds[0];
	loop_make(&loop);
	counter_add(&loop, &a);
	counter_add(&loop, &late);
	assert_int_equal(loop_run(&loop), EXIT_DONE);
	assert_false(loop.failed);
	assert_int_equal(a.calls, 2);
	assert_int_equal(late.calls, 1);
	close(fds[0]);
	close(fds[1]);
	loop_end(&loop);
}

/* One source with two descriptors is called once in a round; without the second it goes on. */
static void two_descriptors(void **state)
{
	struct counter a = { .in_ms = LOOP_NEVER, .fd = -1 };
	struct source more = { .name = "more", .events = POLLIN, .run = counter_run, .arg = &a };
	struct loop loop;
	int fds[2];

	(void)state;
	pipe_make(fds);
	more.fd = fds[0];
	loop_make(&loop);
	counter_add(&loop, &a);
	assert_true(loop_add(&loop, &more));
	loop_round(&loop);
	assert_int_equal(a.calls, 1);
	loop_drop(&loop, fds[0]);
	loop_drop(&loop, fds[0]);
	assert_int_equal(loop.nr, 1);
	loop_round(&loop);
	assert_int_equal(a.calls, 1);
	close(fds[0]);
	close(fds[1]);
	loop_end(&loop);
}

static void gone(void **state)
{
	struct counter a = { .in_ms = LOOP_NEVER };
	struct loop loop;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "a", 1), 1);
	close(fds[1]);
	a.fd = fds[0];
	loop_make(&loop);
	counter_add(&loop, &a);
	assert_int_equal(loop_run(&loop), EXIT_REFUSED);
	assert_int_equal(a.calls, 1);
	close(fds[0]);
	loop_end(&loop);
}

/* It is called again later, and --once ends with 1. */
static void failure(void **state)
{
	struct counter a = { .in_ms = LOOP_FAILED, .fd = -1 }, b = { .last = 2, .fd = -1 };
	struct loop loop;

	(void)state;
	loop_make(&loop);
	counter_add(&loop, &a);
	counter_add(&loop, &b);
	assert_int_equal(loop_run(&loop), EXIT_DONE);
	assert_int_equal(a.calls, 1);
	assert_true(loop.failed);
	loop_end(&loop);
}

static void full(void **state)
{
	const struct source source = { .fd = -1, .run = counter_run };
	struct loop loop = { .nr = 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < LOOP_SOURCES; i++)
		assert_true(loop_add(&loop, &source));
	assert_false(loop_add(&loop, &source));
}

int main(void)
{
	suite_add("called by time", by_time);
	suite_add("called when a descriptor wakes up", by_descriptor);
	suite_add("one source, two descriptors", two_descriptors);
	suite_add("a descriptor that has come to its end", gone);
	suite_add("a source that fails", failure);
	suite_add("a full table", full);
	return suite_run("loop");
}
