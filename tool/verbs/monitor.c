// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem monitor: a service that logs bad blocks, clears them for guests that ask for it, and
 * takes back what dead guests had.
 */
#include "monitor/blocks.h"
#include "monitor/clear.h"
#include "monitor/dead.h"
#include "ui/json.h"
#include "verbs/verb.h"

enum { MONITOR_ONCE };

static int monitor_run(struct arguments *args)
{
	const bool once = args->option[MONITOR_ONCE];
	static struct loop loop;
	int rc = dom0_need();

	if (!rc && !once)
		rc = loop_open(&loop);
	if (!rc)
		rc = blocks_add(&loop, once);
	if (!rc)
		rc = dead_add(&loop, once);
	if (!rc)
		rc = clear_add(&loop);
	if (rc)
		return rc;
	if (once) {
		loop_round(&loop);
		return loop.failed ? EXIT_REFUSED : EXIT_DONE;
	}
	loop.round_end = json_round_end;
	return loop_run(&loop);
}

const struct verb verb_monitor = {
	.run = monitor_run,
	.usage = {
		.name = "monitor",
		.synopsis = "[--once]",
		.summary = "log bad blocks, and take back what dead guests had, as a service",
		.help = "Runs until SIGTERM. With --json it prints a document, on one line, for "
			"each time that something happened. There is one monitor on a host; --once "
			"works beside it.",
		.options = {
			[MONITOR_ONCE] = { "once", 0, NULL, "look once, log what is new, and end" },
		},
		.operands = { 0, 0, "no operand" },
		.json = "media_errors guests files",
		.changes = true,
	},
};
