// SPDX-License-Identifier: LGPL-2.1-only
/* Loads the payload into Xen and unloads it. */
#include "extension_patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAID		"xen-pmem: "	/* begins each line of the payload on Xen's console */
#define XEN_SAID	"livepatch: "	/* begins Xen's lines; the payload's name follows */
#define RING_MAX	(256u << 10)
#define REASON_MAX	256
#define WAIT_STEPS	3000		/* of 10 ms */
#define QUIESCE_TRIES	5
#define QUIESCE_NS	300000000u	/* Xen's default, 30 ms, is too short on a busy host */

static char name[] = "xen-pmem";

int patch_state_read(xenpmem_handle *h, enum patch_state *state)
{
	xen_livepatch_status_t status;
	int rc;

	rc = handle_need_xc(h);
	if (rc)
		return rc;
	*state = PATCH_NONE;
	if (!xc_livepatch_get(h->xc, name, &status))
		*state = status.state == LIVEPATCH_STATE_APPLIED ? PATCH_APPLIED : PATCH_CHECKED;
	else if (errno != ENOENT)
		return fail(h, -errno, "Xen does not report its live patches: %s", strerror(errno));
	return 0;
}

static bool patch_is(xenpmem_handle *h, enum patch_state wanted)
{
	enum patch_state state;

	return !patch_state_read(h, &state) && state == wanted;
}

/* The end of Xen's console ring; the payload's next lines follow. */
static uint32_t console_mark(xc_interface *xc)
{
	char *ring = malloc(RING_MAX);
	unsigned int len = RING_MAX;
	uint32_t index = 0;

	if (ring)
		xc_readconsolering(xc, ring, &len, 0, 1, &index);
	free(ring);
	return index;
}

static bool line_is_xens(const char *ring, const char *at)
{
	size_t len = strlen(XEN_SAID);

	return (size_t)(at - ring) >= len && !memcmp(at - len, XEN_SAID, len);
}

/* The payload's last line after the mark, or what the error number means. */
static void console_reason(xc_interface *xc, uint32_t mark, int error, char reason[REASON_MAX])
{
	char *ring = calloc(1, RING_MAX + 1), *at;
	unsigned int len = RING_MAX;

	snprintf(reason, REASON_MAX, "%s", strerror(error));
	if (ring && !xc_readconsolering(xc, ring, &len, 0, 1, &mark)) {
		ring[len] = '\0';
		for (at = ring; (at = strstr(at, SAID)); at += strlen(SAID))
			if (!line_is_xens(ring, at))
				snprintf(reason, REASON_MAX, "%.*s",
					 (int)strcspn(at + strlen(SAID), "\r\n"),
					 at + strlen(SAID));
	}
	free(ring);
}

/* Waits until the action has ended. Returns 0 or a positive error number. */
static int action_wait(xc_interface *xc)
{
	xen_livepatch_status_t status;
	int i;

	for (i = 0; i < WAIT_STEPS; i++) {
		if (xc_livepatch_get(xc, name, &status))
			return errno;
		if (status.rc != -EAGAIN)
			return -status.rc;
		clock_pause_ms(10);
	}
	return ETIMEDOUT;
}

/* If a busy host does not stop all CPUs in time, Xen says EBUSY and has changed nothing. */
static int action_run(xc_interface *xc, int (*action)(xc_interface *, char *, uint32_t, uint32_t))
{
	int tries, error = EBUSY;

	for (tries = 0; tries < QUIESCE_TRIES && error == EBUSY; tries++)
		error = action(xc, name, QUIESCE_NS, 0) ? errno : action_wait(xc);
	return error;
}

/* Since 4.19 the call wants to know whether Xen is to skip its check of the build. */
static int payload_upload(xc_interface *xc, const struct payload *p)
{
#if __XEN_LATEST_INTERFACE_VERSION__ >= 0x00041300
	return xc_livepatch_upload(xc, name, p->bytes, p->len, false);
#else
	return xc_livepatch_upload(xc, name, p->bytes, p->len);
#endif
}

int patch_load(xenpmem_handle *h, const struct payload *p)
{
	uint32_t mark = console_mark(h->xc);
	char reason[REASON_MAX];
	int error;

	if (payload_upload(h->xc, p)) {
		error = errno;
		console_reason(h->xc, mark, error, reason);
		return fail(h, -error, "Xen refuses the payload: %s", reason);
	}
	error = action_run(h->xc, xc_livepatch_apply);
	if (!error && patch_is(h, PATCH_APPLIED))
		return 0;
	error = error ? error : EIO;
	console_reason(h->xc, mark, error, reason);
	action_run(h->xc, xc_livepatch_unload);
	return fail(h, -error, "%s", reason);
}

static int patch_revert(xenpmem_handle *h)
{
	int error = 0;

	if (patch_is(h, PATCH_APPLIED))
		error = action_run(h->xc, xc_livepatch_revert);
	return !error && patch_is(h, PATCH_APPLIED) ? EBUSY : error;
}

int patch_unload(xenpmem_handle *h)
{
	uint32_t mark = console_mark(h->xc);
	char reason[REASON_MAX];
	int error = patch_revert(h);

	if (error) {
		console_reason(h->xc, mark, error, reason);
		return fail(h, -error, "not unloaded: %s", reason);
	}
	error = xc_livepatch_unload(h->xc, name, QUIESCE_NS, 0) ? errno : 0;
	while (!error && !patch_is(h, PATCH_NONE))
		error = action_wait(h->xc);
	if (error && error != ENOENT)
		return fail(h, -error, "not unloaded: %s", strerror(error));
	return 0;
}
