// SPDX-License-Identifier: LGPL-2.1-only
/* Sends commands (command.h) to the extension through hypfs, each again until its work is done. */
#include <string.h>
#include <time.h>

#include "internal.h"

#include <xen/hypfs.h>

#define RELEASE_TRIES	20	/* of 10 ms, while Xen tears a guest down */
#define GIVE_TRIES	500
#define STUCK_S		600	/* without progress; Xen's search of a TiB of RAM takes 5 s */
#define SHORT_S		0.0002	/* a call shorter than this did no work */

static int channel_open(xenpmem_handle *h)
{
	if (h->call)
		return 0;
	h->call = xencall_open(NULL, 0);
	if (!h->call)
		return fail(h, -ENODEV, "cannot talk to Xen (is this dom0?): %s", strerror(errno));
	h->path = xencall_alloc_buffer(h->call, sizeof(XEN_PMEM_COMMAND_PATH));
	h->command = xencall_alloc_buffer(h->call, sizeof(*h->command));
	if (h->path && h->command) {
		memcpy(h->path, XEN_PMEM_COMMAND_PATH, sizeof(XEN_PMEM_COMMAND_PATH));
		return 0;
	}
	xencall_free_buffer(h->call, h->command);
	xencall_free_buffer(h->call, h->path);
	xencall_close(h->call);
	h->call = NULL;
	return fail(h, -ENOMEM, "no memory for a hypercall");
}

/* If the extension does not answer, hypfs does (no such node, not allowed), without a reason. */
static int command_failed(xenpmem_handle *h, const struct xen_pmem_command *c, int rc)
{
	if (c->reason[0])
		return fail(h, rc, "%.*s", (int)sizeof(c->reason) - 1, c->reason);
	if (rc == -ENOENT)
		return fail_remedy(h, XENPMEM_REMEDY_LOAD, -ENODEV, "the extension is not loaded");
	return fail(h, rc, "Xen refused command %u: %s", c->op, strerror(-rc));
}

/* Sends *c once; the answer is in *c then. */
static int command_once(xenpmem_handle *h, struct xen_pmem_command *c)
{
	long ret;
	int rc;

	rc = channel_open(h);
	if (rc)
		return rc;
	c->magic = XEN_PMEM_COMMAND_MAGIC;
	c->abi = XEN_PMEM_ABI;
	memset(c->reason, 0, sizeof(c->reason));
	*h->command = *c;
	ret = xencall5(h->call, __HYPERVISOR_hypfs_op, XEN_HYPFS_OP_write_contents,
		       (unsigned long)h->path, sizeof(XEN_PMEM_COMMAND_PATH),
		       (unsigned long)h->command, sizeof(*h->command));
	rc = ret < 0 ? -errno : 0;
	if (rc)
		return command_failed(h, h->command, rc);
	*c = *h->command;
	return 0;
}

static void command_progress(xenpmem_handle *h, const char *what, const struct xen_pmem_command *c)
{
	if (h->progress)
		h->progress(h->progress_arg, what, c->done, c->length);
}

static double clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

void clock_pause_ms(unsigned int ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000l };

	nanosleep(&t, NULL);
}

/*
 * One call of a loop. While Xen waits for its other CPUs, a call ends at once, with -EAGAIN or
 * without progress. Without a pause the loop would keep a CPU busy.
 */
static int command_step(xenpmem_handle *h, struct xen_pmem_command *c)
{
	uint64_t done = c->done;
	double began = clock_now();
	int rc;

	rc = command_once(h, c);
	if (rc == -EAGAIN)
		c->done = done;
	if (rc == -EAGAIN || (!rc && c->done == done && clock_now() - began < SHORT_S))
		clock_pause_ms(1);
	return rc;
}

/*
 * Each call starts from the question, as an answer sets other fields. Only ASSIGN must be told
 * where to continue.
 */
static bool op_continues(unsigned int op)
{
	return op == XEN_PMEM_OP_ASSIGN || op == XEN_PMEM_OP_ASSIGN_EXTENTS;
}

static int command_loop(xenpmem_handle *h, const char *what,
			const struct xen_pmem_command *question)
{
	double moved = clock_now();
	struct xen_pmem_command c;
	uint64_t done = 0;
	int rc;

	do {
		c = *question;
		c.done = op_continues(c.op) ? done : 0;
		rc = command_step(h, &c);
		if (rc && rc != -EAGAIN)
			return rc;
		if (!rc && c.done != done)
			moved = clock_now();
		if (clock_now() - moved > STUCK_S)
			return rc ? rc : fail(h, -ETIMEDOUT, "Xen makes no progress with %s", what);
		if (!rc)
			done = c.done;
		c.length = question->length;
		c.done = done;
		command_progress(h, what, &c);
	} while (done < question->length);
	return 0;
}

int xenpmem_hello(xenpmem_handle *h, struct xenpmem_info *info)
{
	struct xen_pmem_command c = { .op = XEN_PMEM_OP_HELLO };
	int rc;

	rc = command_once(h, &c);
	if (rc)
		return rc;
	*info = (struct xenpmem_info){
		.abi = c.abi, .ranges = c.count, .reserved = { .spa = c.spa, .length = c.length },
		.bytes_used = c.bytes_used, .bytes_total = c.bytes_total, .longest = c.done,
		.bytes_retired = (uint64_t)c.index * XEN_PMEM_RESERVED_ALIGN,
		.hole = c.gpa, .end = c.pending, .slots_empty = c.state,
	};
	memcpy(info->reserved.uuid, c.uuid, sizeof(c.uuid));
	return 0;
}

static struct xen_pmem_command range_question(int op, uint32_t flags,
					      const struct xenpmem_range *range)
{
	struct xen_pmem_command c = { .op = op, .flags = flags, .spa = range->spa,
				      .length = range->length };

	memcpy(c.uuid, range->uuid, sizeof(c.uuid));
	return c;
}

static int range_command(xenpmem_handle *h, const char *what, int op, uint32_t flags,
			 const struct xenpmem_range *range)
{
	const struct xen_pmem_command c = range_question(op, flags, range);

	return command_loop(h, what, &c);
}

int xenpmem_reserve(xenpmem_handle *h, const struct xenpmem_range *range)
{
	return range_command(h, "reserve", XEN_PMEM_OP_RESERVE, 0, range);
}

int xenpmem_retire(xenpmem_handle *h, const struct xenpmem_range *bytes)
{
	return range_command(h, "retire", XEN_PMEM_OP_RETIRE, 0, bytes);
}

static int pages_command(xenpmem_handle *h, const char *what, int op, uint64_t spa, uint64_t size)
{
	const struct xen_pmem_command c = { .op = op, .spa = spa, .length = size };

	return command_loop(h, what, &c);
}

int xenpmem_pages_take(xenpmem_handle *h, uint64_t spa, uint64_t size)
{
	return pages_command(h, "take", XEN_PMEM_OP_TAKE, spa, size);
}

int xenpmem_pages_restore(xenpmem_handle *h, uint64_t spa, uint64_t size)
{
	return pages_command(h, "restore", XEN_PMEM_OP_RESTORE, spa, size);
}

int xenpmem_serve(xenpmem_handle *h, const struct xenpmem_range *range)
{
	return range_command(h, "serve", XEN_PMEM_OP_SERVE, 0, range);
}

int xenpmem_serve_begin(xenpmem_handle *h, const struct xenpmem_range *range, uint32_t flags)
{
	struct xen_pmem_command c = range_question(XEN_PMEM_OP_SERVE, flags, range);
	int rc = command_once(h, &c);

	return rc == -EAGAIN ? 0 : rc;
}

int xenpmem_serve_host(xenpmem_handle *h, const struct xenpmem_range *range)
{
	return range_command(h, "serve", XEN_PMEM_OP_SERVE, XEN_PMEM_SERVE_HOST, range);
}

/* Xen answers -EAGAIN while it frees metadata. Pauses only if that makes no progress. */
static int command_retry(xenpmem_handle *h, const struct xen_pmem_command *question)
{
	struct xen_pmem_command c;
	uint64_t done = 0;
	int rc, i = 0;

	do {
		c = *question;
		rc = command_once(h, &c);
		if (rc != -EAGAIN)
			return rc;
		if (h->command->done == done) {
			clock_pause_ms(10);
			i++;
		}
		done = h->command->done;
	} while (i < GIVE_TRIES);
	return rc;
}

int xenpmem_unreserve(xenpmem_handle *h)
{
	struct xen_pmem_command c = { .op = XEN_PMEM_OP_UNRESERVE };

	return command_retry(h, &c);
}

int xenpmem_unserve(xenpmem_handle *h, const uint8_t uuid[16])
{
	struct xen_pmem_command c = { .op = XEN_PMEM_OP_UNSERVE };

	memcpy(c.uuid, uuid, sizeof(c.uuid));
	return command_retry(h, &c);
}

int xenpmem_assign(xenpmem_handle *h, uint32_t domid, const struct xenpmem_range *range,
		   uint64_t gpa, uint32_t flags)
{
	struct xen_pmem_command c = {
		.op = XEN_PMEM_OP_ASSIGN, .flags = flags, .domain = domid, .spa = range->spa,
			.length = range->length, .gpa = gpa,
	};

	memcpy(c.uuid, range->uuid, sizeof(c.uuid));
	return command_loop(h, "assign", &c);
}

static int list_open(xenpmem_handle *h)
{
	int rc = channel_open(h);

	if (!rc && !h->list)
		h->list = xencall_alloc_buffer(h->call, XEN_PMEM_EXTENTS_MAX * sizeof(*h->list));
	return rc || h->list ? rc : fail(h, -ENOMEM, "no memory for a hypercall");
}

int xenpmem_assign_extents(xenpmem_handle *h, uint32_t domid, const struct xen_pmem_extent *list,
			   uint32_t nr, uint64_t gpa, uint32_t flags)
{
	int rc = list_open(h);

	while (nr && !rc) {
		struct xen_pmem_command c = {
			.op = XEN_PMEM_OP_ASSIGN_EXTENTS, .flags = flags, .domain = domid,
				.gpa = gpa, .list = (uintptr_t)h->list,
			.index = nr < XEN_PMEM_EXTENTS_MAX ? nr : XEN_PMEM_EXTENTS_MAX,
		};
		uint32_t i;

		for (i = 0; i < c.index; i++)
			c.length += list[i].length;
		memcpy(h->list, list, c.index * sizeof(*list));
		rc = command_loop(h, "assign", &c);
		gpa += c.length;
		list += c.index;
		nr -= c.index;
	}
	return rc;
}

/* One step, from `done` on; waits while Xen tears the guest down. */
static int release_step(xenpmem_handle *h, struct xen_pmem_command *c, uint32_t domid,
			const uint8_t uuid[16], uint32_t flags, uint64_t done)
{
	int rc, i;

	for (i = 0; i < RELEASE_TRIES; i++) {
		*c = (struct xen_pmem_command){ .op = XEN_PMEM_OP_RELEASE, .domain = domid,
						.flags = flags, .done = done };
		memcpy(c->uuid, uuid, sizeof(c->uuid));
		rc = command_once(h, c);
		if (rc != -EAGAIN)
			return rc;
		clock_pause_ms(10);
	}
	return rc;
}

int range_release(xenpmem_handle *h, uint32_t domid, const uint8_t uuid[16], uint32_t flags,
		  uint64_t *taken, uint64_t *pending)
{
	struct xen_pmem_command c = { .done = 0 };
	uint64_t count = 0, mapped = 0;
	int rc;

	do {
		rc = release_step(h, &c, domid, uuid, flags, c.done);
		if (rc)
			break;
		count += c.count;
		mapped += c.pending;
		command_progress(h, "release", &c);
	} while (c.done < c.length);
	/* The holding ends with its last page, so the next step does not find it. */
	if (rc == -ENOENT && count)
		rc = 0;
	if (taken)
		*taken = count;
	if (pending)
		*pending = mapped;
	return rc;
}

int xenpmem_release(xenpmem_handle *h, uint32_t domid, const uint8_t uuid[16], uint64_t *taken,
		    uint64_t *pending)
{
	return range_release(h, domid, uuid, 0, taken, pending);
}

int xenpmem_erase_part(xenpmem_handle *h, const struct xenpmem_range *part, uint64_t *done,
		       uint64_t until)
{
	struct xen_pmem_command c;
	int rc;

	do {
		c = (struct xen_pmem_command){ .op = XEN_PMEM_OP_ERASE, .spa = part->spa,
					       .length = part->length, .done = *done };
		memcpy(c.uuid, part->uuid, sizeof(c.uuid));
		rc = command_once(h, &c);
		if (rc)
			return rc;
		*done = c.done;
		command_progress(h, "erase", &c);
	} while (*done < c.length && *done < until);
	return 0;
}

int xenpmem_erase(xenpmem_handle *h, const uint8_t uuid[16], uint64_t *done, uint64_t until)
{
	struct xenpmem_range all = { .spa = 0, .length = 0 };

	memcpy(all.uuid, uuid, sizeof(all.uuid));
	return xenpmem_erase_part(h, &all, done, until);
}

int xenpmem_query_range(xenpmem_handle *h, uint32_t index, struct xenpmem_served *served)
{
	struct xen_pmem_command c = { .op = XEN_PMEM_OP_QUERY_RANGE, .index = index };
	int rc;

	rc = command_once(h, &c);
	if (rc)
		return rc;
	*served = (struct xenpmem_served){
		.range = { .spa = c.spa, .length = c.length }, .state = c.state, .pages = c.count,
			.bytes_used = c.bytes_used,
	};
	memcpy(served->range.uuid, c.uuid, sizeof(c.uuid));
	return 0;
}

int xenpmem_range_find(xenpmem_handle *h, const uint8_t uuid[16], struct xenpmem_served *served)
{
	struct error error = h->error;
	uint32_t i;
	int rc;

	for (i = 0; !(rc = xenpmem_query_range(h, i, served)); i++)
		if (!memcmp(served->range.uuid, uuid, sizeof(served->range.uuid)))
			return 0;
	if (rc == -ENOENT)
		h->error = error;
	return rc;
}

bool range_is_host(xenpmem_handle *h, const uint8_t uuid[16])
{
	struct xenpmem_served served;

	return !xenpmem_range_find(h, uuid, &served) && served.state == XEN_PMEM_RANGE_HOST;
}

int xenpmem_query_media(xenpmem_handle *h, uint32_t index, struct xenpmem_media_error *error)
{
	struct xen_pmem_command c = { .op = XEN_PMEM_OP_QUERY_MEDIA, .index = index };
	int rc;

	rc = command_once(h, &c);
	if (rc)
		return rc;
	*error = (struct xenpmem_media_error){
		.spa = c.spa, .domid = c.domain, .errors = c.count, .lost = c.pending,
		.outcome = c.state,
	};
	return 0;
}

int xenpmem_query_retired(xenpmem_handle *h, uint32_t index, struct xenpmem_retired *retired)
{
	struct xen_pmem_command c = { .op = XEN_PMEM_OP_QUERY_RETIRED, .index = index };
	int rc;

	rc = command_once(h, &c);
	if (rc)
		return rc;
	*retired = (struct xenpmem_retired){
		.chunk = { .spa = c.spa, .length = c.length }, .state = c.state,
		.about = { .spa = c.gpa, .length = c.bytes_total },
	};
	return 0;
}

int xenpmem_query_holding(xenpmem_handle *h, uint32_t index, struct xenpmem_holding *holding)
{
	struct xen_pmem_command c = { .op = XEN_PMEM_OP_QUERY_HOLDING, .index = index };
	int rc;

	rc = command_once(h, &c);
	if (rc)
		return rc;
	*holding = (struct xenpmem_holding){
		.domid = c.domain, .gpa = c.gpa, .spa = c.spa, .pages = c.count, .state = c.state,
	};
	memcpy(holding->uuid, c.uuid, sizeof(c.uuid));
	return 0;
}
