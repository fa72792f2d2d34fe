// SPDX-License-Identifier: GPL-2.0-only
/*
 * Says what cannot be read, tells dom0's kernel of what Xen has noted, has Xen take from guests
 * what the kernel lists, and tells those guests.
 */
#include "monitor/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenevtchn.h>

#include "host/bad.h"
#include "host/inventory.h"
#include "monitor/ars.h"
#include "monitor/known.h"
#include "monitor/listed.h"

#define LOOK_MS		60000	/* namespaces, regions and the extension may come and go */
#define LINE_SIZE	64ull	/* what an error takes: a processor reads memory by lines */
#define LINES_MAX	32	/* in one round */
#define REGIONS_MAX	(LOOP_SOURCES - 8)
#define LIST_LEN	4097	/* of an attribute in sysfs */

static int blocks_run(void *arg);

/* ---- what wakes it up ---- */

static struct loop *loop;		/* NULL: nothing does */
static xenevtchn_handle *events;

/* A list of dom0's kernel. Its descriptor wakes poll() up after a change, until it is read. */
static struct region {
	char name[32];
	uint64_t spa;
	int fd;
	bool seen;		/* in this round */
} regions[REGIONS_MAX];
static unsigned int nr_regions;

static void events_take(void)
{
	int port;

	if (!events)
		return;
	port = xenevtchn_pending(events);
	if (port >= 0)
		xenevtchn_unmask(events, port);
}

static int events_open(void)
{
	events = xenevtchn_open(NULL, 0);
	if (!events)
		return refuse("/dev/xen/evtchn", "%s (modprobe xen-evtchn)", strerror(errno));
	fcntl(xenevtchn_fd(events), F_SETFL, O_NONBLOCK);
	if (xenevtchn_bind_virq(events, XEN_PMEM_MEDIA_VIRQ) >= 0)
		return EXIT_DONE;
	if (errno == EEXIST)
		return refuse(NULL, "another xen-pmem monitor runs already");
	return refuse(NULL, "Xen does not say when a block cannot be read: %s", strerror(errno));
}

static uint64_t region_start(const char *name)
{
	unsigned long long start = 0;
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/nd/devices/%s/resource", name);
	f = fopen(path, "re");
	if (f && fscanf(f, "%llx", &start) != 1)
		start = 0;
	if (f)
		fclose(f);
	return start;
}

static bool source_add(int fd, short what)
{
	const struct source source = { .name = "bad blocks", .fd = fd, .events = what,
				       .run = blocks_run };

	return !loop || loop_add(loop, &source);
}

/* NULL: it has no such list, or there are too many. */
static struct region *region_open(const char *name)
{
	struct region *r = &regions[nr_regions];
	char path[96];
	unsigned int i;

	for (i = 0; i < nr_regions; i++)
		if (!strcmp(regions[i].name, name))
			return &regions[i];
	if (nr_regions == REGIONS_MAX)
		return NULL;
	snprintf(path, sizeof(path), "/sys/bus/nd/devices/%s/badblocks", name);
	snprintf(r->name, sizeof(r->name), "%s", name);
	r->spa = region_start(name);
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return NULL;
	if (!r->spa || !source_add(r->fd, POLLPRI)) {
		close(r->fd);
		return NULL;
	}
	nr_regions++;
	return r;
}

/* Those that are gone, or have no namespace for Xen any more. */
static void regions_close(void)
{
	unsigned int i, left = 0;

	for (i = 0; i < nr_regions; i++) {
		if (regions[i].seen) {
			regions[left++] = regions[i];
			continue;
		}
		if (loop)
			loop_drop(loop, regions[i].fd);
		close(regions[i].fd);
	}
	nr_regions = left;
}

/* ---- a round ---- */

static struct known known;		/* of the rounds before */

struct round {
	struct inventory inv;
	struct blockset listed;		/* by dom0's kernel, in namespaces for Xen */
	struct known now;
	unsigned int lines, left_out;
};

/* The list is complete: its reader waits until the kernel has told all that use the region. */
static void namespace_list(struct round *round, const struct xenpmem_namespace *ns)
{
	const struct blocks within = { ns->range.spa, ns->range.length };
	char text[LIST_LEN];
	struct region *r;
	ssize_t len;

	if (ns->role == XEN_PMEM_ROLE_NONE || !ns->range.spa)
		return;
	r = region_open(ns->region);
	len = r ? pread(r->fd, text, sizeof(text) - 1, 0) : -1;
	if (len < 0)
		return;
	r->seen = true;
	text[len] = '\0';
	blockset_add_list(&round->listed, text, r->spa, within);
}

static void kernel_lists_read(struct round *round)
{
	unsigned int i;
	size_t k;

	for (i = 0; i < nr_regions; i++)
		regions[i].seen = false;
	for (k = 0; k < round->inv.nr; k++)
		namespace_list(round, &round->inv.list[k]);
	regions_close();
}

static void blocks_say(struct round *round, struct blocks blocks, uint64_t spa,
		       const struct xenpmem_media_error *error)
{
	struct bad_place place;

	if (!bad_find(&round->inv, spa, error, &place))
		return;
	if (++round->lines > LINES_MAX) {
		round->left_out++;
		return;
	}
	warn(NULL, "%s", bad_text(&round->inv, &place));
	json_number(bad_json(&round->inv, &place), "length", blocks.length);
}

/* What was said in an earlier round, or in this one, is not said again. */
static bool blocks_are_said(const struct round *round, struct blocks blocks)
{
	return blockset_has(&known.said, blocks) || blockset_has(&round->now.said, blocks);
}

static void kernel_tell(struct round *round, const struct xenpmem_media_error *error, bool is_new)
{
	const struct told told = { error->spa, error->errors };
	int rc = 0;

	if (!known_was_told(&known, told))
		rc = xenpmem_bad_add(round->inv.pmem, error->spa & ~(LINE_SIZE - 1), LINE_SIZE);
	if (rc >= 0)
		known_add_told(&round->now, told);
	else if (is_new)
		warn(NULL, "dom0's kernel does not know of address %#llx: %s",
		     (unsigned long long)error->spa, xenpmem_error(round->inv.pmem));
}

/* First said and then told: what is told is in the kernel's list when a killed monitor is back. */
static void errors_look(struct round *round)
{
	struct xenpmem_media_error error;
	struct blocks blocks;
	uint32_t i;
	bool is_new;

	for (i = 0; !xenpmem_query_media(round->inv.pmem, i, &error); i++) {
		if (!error.errors)	/* listed by the kernel, and that is all */
			continue;
		blocks = blocks_at(error.spa);
		is_new = !blocks_are_said(round, blocks);
		if (is_new)
			blocks_say(round, blocks, error.spa, &error);
		kernel_tell(round, &error, is_new);
		blockset_add(&round->now.said, blocks);
	}
}

/* What is new of them, but for what has been said of Xen's list just now. */
static void listed_say(struct round *round, struct blocks listed)
{
	struct blocks part, rest;

	while (blockset_cut_new(&known.said, &listed, &rest))
		while (blockset_cut_new(&round->now.said, &rest, &part))
			blocks_say(round, part, part.spa, NULL);
}

static void listed_look(struct round *round)
{
	unsigned int i;

	for (i = 0; i < round->listed.nr; i++)
		listed_say(round, round->listed.list[i]);
	for (i = 0; i < round->listed.nr; i++)
		blockset_add(&round->now.said, round->listed.list[i]);
}

static void round_end(struct round *round)
{
	if (round->left_out)
		warn(NULL, "%u more ranges of bad blocks: ndctl list -M", round->left_out);
	known_free(&known);
	known = round->now;
	known_store(&known);
	blockset_free(&round->listed);
}

static int blocks_run(void *arg)
{
	struct round round = { .lines = 0 };
	int rc;

	(void)arg;
	events_take();
	if (inventory_open(&round.inv))
		return LOOP_FAILED;
	kernel_lists_read(&round);
	errors_look(&round);
	listed_look(&round);
	listed_take(&round.inv, &round.listed, &known.said);
	rc = guests_tell(round.inv.pmem);
	inventory_close(&round.inv);
	round_end(&round);
	return rc ? LOOP_FAILED : LOOK_MS;
}

int blocks_add(struct loop *to, bool once)
{
	int rc = EXIT_DONE;

	loop = once ? NULL : to;
	known_load(&known);
	if (!once)
		rc = events_open();
	if (!rc && once)
		loop_add(to, &(struct source){ .fd = -1, .run = blocks_run });
	else if (!rc)
		source_add(xenevtchn_fd(events), POLLIN);
	return rc;
}
