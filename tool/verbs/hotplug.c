// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pmem hotplug: what the scripts block-pmem and vif-pmem do. libxl runs them when the guest is
 * built, paused and has never run, and waits for them; a script that fails is the end of the guest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "guest/config.h"
#include "host/loopdev.h"
#include "host/reap.h"
#include "paths.h"
#include "ui/background.h"
#include "verbs/verb.h"
#include "xen/pvdevice.h"

#define SECTOR		512	/* the kernel cuts a loop device to whole ones */
#define END_WAIT_MS	60000

struct script {
	const char *path;		/* XENBUS_PATH */
	struct xs_handle *xs;
	uint32_t domid, id;
	bool disk;
	char name[DOMAIN_NAME_LEN];	/* the guest's */
	char note[64];			/* note_path() of this device */
	struct backend backends[XENPMEM_VNVDIMMS_MAX];
	struct pvdisk disks[XENPMEM_VNVDIMMS_MAX];	/* of each backend; vif: none */
	unsigned int nr;
};

/*
 * A file for each disk, which the guest reads, and one for all of its interfaces: it has got its
 * vNVDIMMs by them.
 */
static const char *note_path(const struct script *s, uint32_t id, char path[64])
{
	if (s->disk)
		snprintf(path, 64, RUN_DIR "/hotplug.%u.%u", s->domid, id);
	else
		snprintf(path, 64, RUN_DIR "/hotplug.%u.vif", s->domid);
	return path;
}

static int note_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	size_t len = strlen(text);
	int failed = !f;

	if (f) {
		failed = fprintf(f, "%s%*s\n", text, (int)(-(len + 1) % SECTOR), "") < 0;
		failed |= fclose(f);
	}
	return failed ? refuse(path, "%s", strerror(errno)) : EXIT_DONE;
}

/* The text of a disk: the key and value of each line are those of a vNVDIMM's specification. */
static int disk_note(const struct script *s, unsigned int at, const struct xenpmem_vnvdimm *v)
{
	const struct vnvdimm_spec *spec = &s->backends[at].spec;
	char text[SPEC_NAME_MAX + 256], path[64];

	snprintf(text, sizeof(text), "This disk stands for a vNVDIMM.\nbackend=%s\ngpa=%#llx\n"
		 "size=%llu\nro=%d\n", spec->name, (unsigned long long)v->gpa,
		 (unsigned long long)v->backing.length, spec->ro);
	return note_write(note_path(s, s->disks[at].id, path), text);
}

/* The first of a guest's scripts gives it all; the others find it done. */
static int attach(struct inventory *inv, void *arg)
{
	struct script *s = arg;
	const struct domain_status status = domain_status(s->domid);
	struct handover h = {
		.inv = inv, .guest = status.uuid, .domid = s->domid, .choice = DATA_REFUSE,
		.b = { .where = s->name, .list = s->backends, .nr = s->nr },
	};
	unsigned int i;
	int rc;

	if (inventory_has_pages(inv, s->domid))
		return !access(s->note, F_OK) ? EXIT_DONE :
		       refuse(s->name, "it has vNVDIMMs already: give it all of them at its start, "
			      "by one kind of script");
	if (status.state != DOMAIN_UNBORN)
		return refuse(s->name, "scripts give vNVDIMMs to a new guest only (xen-pmem "
			      "attach: to a running HVM guest)");
	rc = handover_run(&h);
	for (i = 0; i < h.b.nr_vnvdimms && !rc && s->disk; i++)
		rc = disk_note(s, h.b.of[i], &h.b.vnvdimms[i]);
	return rc || s->disk ? rc : note_write(s->note, "");
}

static int disks_read(struct script *s)
{
	char why[SPEC_WHY_MAX];
	struct backend *b;
	unsigned int i;
	int rc;

	rc = pvdisks_read(s->xs, s->domid, "block-pmem", s->disks, XENPMEM_VNVDIMMS_MAX,
			       &s->nr);
	for (i = 0; i < s->nr && !rc; i++) {
		b = &s->backends[i];
		snprintf(b->where, sizeof(b->where), "%s: disk %s", s->name, s->disks[i].name);
		if (s->disks[i].writable)
			rc = refuse(b->where, "needs access=ro: the disk itself is only text; the "
				    "vNVDIMM is writable without \"ro\" in target=");
		else if (!spec_parse(s->disks[i].target, &b->spec, why, sizeof(why)))
			rc = refuse(b->where, "target=: %s", why);
	}
	return rc;
}

static int block_add(struct script *s)
{
	struct loop_node node;
	int rc = disks_read(s);

	if (!rc)
		rc = inventory_run(INVENTORY_REAP, attach, s);
	if (!rc)
		rc = loop_attach(s->note, &node);
	if (!rc)
		rc = pvdisk_ready(s->xs, s->path, node.path, node.major, node.minor);
	return rc;
}

/* Names of guests may come from others than the administrator, whose files these are. */
static int vif_add(struct script *s)
{
	struct guest_config config;
	char file[sizeof(SCRIPT_DIR) + DOMAIN_NAME_LEN + 8];
	int rc;

	if (strchr(s->name, '/') || strlen(s->name) == sizeof(s->name) - 1)
		return refuse(s->name, "a guest whose name is too long, or has a slash, has no "
			      "file in " SCRIPT_DIR);
	snprintf(file, sizeof(file), SCRIPT_DIR "/%s.conf", s->name);
	rc = config_read_vnvdimms(file, &config);
	if (rc)
		return rc;
	s->nr = config.nr_backends;
	memcpy(s->backends, config.backends, sizeof(s->backends));
	return inventory_run(INVENTORY_REAP, attach, s);
}

static int nothing_do(struct inventory *inv, void *arg)
{
	(void)inv;
	(void)arg;
	return EXIT_DONE;
}

/* libxl removes devices before it ends the guest, and waits for us: so somebody else waits. */
static int end_wait(const struct script *s)
{
	struct xs_handle *watch;
	int waited;

	if (fork())
		return EXIT_DONE;
	background_enter("xen-pmem.hotplug.log");
	watch = domain_watch_open();
	for (waited = 0; waited < END_WAIT_MS && watch; waited += 1000) {
		if (domain_status(s->domid).state == DOMAIN_GONE) {
			unlink(s->note);
			break;
		}
		domain_watch_wait(watch, 1000);
	}
	domain_watch_close(watch);
	_exit(inventory_run(INVENTORY_REAP, nothing_do, NULL));
}

static int script_remove(struct script *s)
{
	if (s->disk) {
		loop_detach(s->note);
		unlink(s->note);
	}
	return end_wait(s);
}

static int script_run(struct script *s, const char *action)
{
	int rc = EXIT_DONE;

	domain_name(s->domid, s->name);
	note_path(s, s->id, s->note);
	if (!strcmp(action, "remove") || !strcmp(action, "offline"))
		return script_remove(s);
	if (!strcmp(action, "add") || !strcmp(action, "online"))
		rc = s->disk ? block_add(s) : vif_add(s);
	if (rc)
		pvdevice_failed(s->xs, s->path, refusal);
	return rc;
}

static int hotplug_run(struct arguments *args)
{
	struct script s = { .path = getenv("XENBUS_PATH") };
	int rc;

	s.disk = !strcmp(args->operands[0], "block");
	if (!s.disk && strcmp(args->operands[0], "vif"))
		return usage_wrong(args->usage, "%s: block or vif", args->operands[0]);
	if (!s.path || !pvdevice_parse(s.path, s.disk ? "vbd" : "vif", &s.domid, &s.id))
		return usage_wrong(args->usage, "libxl's scripts call it: XENBUS_PATH names no %s",
				   s.disk ? "disk" : "network interface");
	rc = dom0_need();
	if (rc)
		return rc;
	s.xs = xs_open(0);
	if (!s.xs)
		return refuse("xenstore", "cannot be reached: %s", strerror(errno));
	rc = script_run(&s, args->operands[1]);
	xs_close(s.xs);
	return rc;
}

const struct verb verb_hotplug = {
	.run = hotplug_run,
	.usage = {
		.name = "hotplug",
		.synopsis = "block|vif ACTION",
		.summary = "what Xen's hotplug scripts block-pmem and vif-pmem do",
		.help = "libxl runs the scripts, whoever starts the guest: xl, xendomains, "
			"libvirt.\n"
			"block: a disk of the guest's config with access=ro,script=block-pmem,"
			"target=BACKEND[,OPTION]... gives it a vNVDIMM. What the guest sees as "
			"that disk is a text that describes the vNVDIMM.\n"
			"vif: an interface with script=vif-pmem gives the guest what vnvdimms of "
			SCRIPT_DIR "/NAME.conf lists, and is handled by vif-bridge besides.\n"
			"The guest's config needs a fixed uuid.",
		.operands = { 2, 2, "block or vif, and an action" },
	},
};
