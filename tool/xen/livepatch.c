// SPDX-License-Identifier: GPL-2.0-only
/* Loads the payload into Xen by Xen's own live-patch operations, and brings its reasons back from Xen's console ring. */
#include "xen/livepatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ui/ui.h"

#define PATCH_NAME	"xen-pmem"
#define SAID		"xen-pmem: "	/* begins each line of the payload on Xen's console */
#define XEN_SAID	"livepatch: "	/* begins Xen's own about it, in which the payload's name follows */
#define RING_MAX	(256u << 10)
#define WAIT_STEPS	3000		/* of 10 ms */
#define QUIESCE_TRIES	5
#define QUIESCE_NS	300000000u	/* a loaded host needs more than Xen's own 30 ms to stop all CPUs */

static char name[] = PATCH_NAME;

void build_id_text(const uint8_t id[BUILD_ID_SIZE], char text[2 * BUILD_ID_SIZE + 1])
{
	int i;

	for (i = 0; i < BUILD_ID_SIZE; i++)
		sprintf(text + 2 * i, "%02x", id[i]);
}

int xen_build_read(xc_interface *xc, struct xen_build *build)
{
	struct {
		xen_build_id_t head;
		uint8_t id[64];
	} answer = { .head = { .len = sizeof(answer.id) } };
	xen_extraversion_t extra = "";
	int version = xc_version(xc, XENVER_version, NULL);
	int len = xc_version(xc, XENVER_build_id, &answer);

	if (version < 0 || len != BUILD_ID_SIZE)
		return refuse("Xen", version < 0 ? "cannot be asked for its version: %s" : "has no build-id (%s)", strerror(errno));
	xc_version(xc, XENVER_extraversion, &extra);
	memcpy(build->id, answer.head.buf, BUILD_ID_SIZE);
	build_id_text(build->id, build->id_text);
	build->major = version >> 16;
	build->minor = version & 0xffff;
	snprintf(build->version, sizeof(build->version), "%d.%d%s", build->major, build->minor, extra);
	return EXIT_DONE;
}

static void step_wait(void)
{
	struct timespec t = { .tv_nsec = 10000000 };

	nanosleep(&t, NULL);
}

enum patch_state patch_state(xc_interface *xc)
{
	xen_livepatch_status_t status;

	if (xc_livepatch_get(xc, name, &status))
		return errno == ENOENT ? PATCH_NONE : PATCH_UNKNOWN;
	return status.state == LIVEPATCH_STATE_APPLIED ? PATCH_APPLIED : PATCH_CHECKED;
}

/* Where Xen's console ring ends now: what the payload says later stands behind. */
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

/* The payload's last line behind the mark, or what the error number means. */
static const char *console_reason(xc_interface *xc, uint32_t mark, int error)
{
	static char reason[256];
	char *ring = calloc(1, RING_MAX + 1), *at;
	unsigned int len = RING_MAX;

	snprintf(reason, sizeof(reason), "%s", strerror(error));
	if (ring && !xc_readconsolering(xc, ring, &len, 0, 1, &mark)) {
		ring[len] = '\0';
		for (at = ring; (at = strstr(at, SAID)); at += strlen(SAID))
			if (!line_is_xens(ring, at))
				snprintf(reason, sizeof(reason), "%.*s", (int)strcspn(at + strlen(SAID), "\r\n"), at + strlen(SAID));
	}
	free(ring);
	return reason;
}

/* Waits for the end of what was asked for: 0 or a positive error number. */
static int action_wait(xc_interface *xc)
{
	xen_livepatch_status_t status;
	int i;

	for (i = 0; i < WAIT_STEPS; i++) {
		if (xc_livepatch_get(xc, name, &status))
			return errno;
		if (status.rc != -EAGAIN)
			return -status.rc;
		step_wait();
	}
	return ETIMEDOUT;
}

/* All CPUs must meet within a time, which a loaded host may miss: EBUSY then, and nothing has happened. */
static int action_run(xc_interface *xc, int (*action)(xc_interface *, char *, uint32_t, uint32_t))
{
	int tries, error = EBUSY;

	for (tries = 0; tries < QUIESCE_TRIES && error == EBUSY; tries++)
		error = action(xc, name, QUIESCE_NS, 0) ? errno : action_wait(xc);
	return error;
}

int patch_load(xc_interface *xc, const struct payload *p)
{
	uint32_t mark = console_mark(xc);
	int error;

	if (xc_livepatch_upload(xc, name, p->bytes, p->len))
		return refuse("Xen", "refuses the payload: %s", console_reason(xc, mark, errno));
	error = action_run(xc, xc_livepatch_apply);
	if (!error && patch_state(xc) == PATCH_APPLIED)
		return EXIT_DONE;
	refuse("extension", "%s", console_reason(xc, mark, error ? error : EIO));
	action_run(xc, xc_livepatch_unload);
	return EXIT_REFUSED;
}

int patch_unload(xc_interface *xc)
{
	uint32_t mark = console_mark(xc);
	int error = 0;

	if (patch_state(xc) == PATCH_APPLIED)
		error = action_run(xc, xc_livepatch_revert);
	if (!error && patch_state(xc) == PATCH_APPLIED)
		error = EBUSY;
	if (error)
		return refuse("extension", "not unloaded: %s", console_reason(xc, mark, error));
	error = xc_livepatch_unload(xc, name, QUIESCE_NS, 0) ? errno : 0;
	while (!error && patch_state(xc) != PATCH_NONE)
		error = action_wait(xc);
	return error && error != ENOENT ? refuse("extension", "not unloaded: %s", strerror(error)) : EXIT_DONE;
}
