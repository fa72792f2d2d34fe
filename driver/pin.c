// SPDX-License-Identifier: GPL-2.0-only
/* The pins, and who works on which. The calls are in the order of include/xen-pmem/pin.h. */
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "gate.h"
#include "pin.h"
#include "reason.h"

/* A spinlock, so that nobody can hold it while a call waits for the user's device. */
static DEFINE_SPINLOCK(pins_lock);	/* guards the list and each pin's state */
static LIST_HEAD(pins);
static DECLARE_WAIT_QUEUE_HEAD(pins_settled);

/* Under pins_lock. */
static struct pin *pin_find(const u8 *uuid)
{
	struct pin *pin;

	list_for_each_entry(pin, &pins, list)
		if (!memcmp(pin->uuid, uuid, sizeof(pin->uuid)))
			return pin;
	return NULL;
}

/* Whether the caller need not wait: *@pin is NULL, or the caller's to work on. */
static bool pin_try(const u8 *uuid, struct pin **pin)
{
	bool settled;

	spin_lock(&pins_lock);
	*pin = pin_find(uuid);
	settled = !*pin || (*pin)->state == PIN_IDLE;
	if (*pin && settled)
		(*pin)->state = PIN_WORKING;
	spin_unlock(&pins_lock);
	return settled;
}

struct pin *pin_work_begin(const u8 *uuid)
{
	struct pin *pin;
	int rc;

	rc = wait_event_killable(pins_settled, pin_try(uuid, &pin));
	if (rc)
		return ERR_PTR(rc);
	return pin ? pin : ERR_PTR(-ENOENT);
}

void pin_work_end(struct pin *pin)
{
	spin_lock(&pins_lock);
	pin->state = PIN_IDLE;
	spin_unlock(&pins_lock);
	wake_up_all(&pins_settled);
}

static int kind_find(struct file *file, const struct pin_kind **kind, char *reason)
{
	umode_t mode = file_inode(file)->i_mode;

	if (S_ISREG(mode))
		*kind = &pin_file;
	else if (S_ISBLK(mode))
		*kind = &pin_block;
	else if (S_ISCHR(mode))
		*kind = &pin_devdax;
	else
		return fail(reason, -EOPNOTSUPP, "neither a regular file nor a device");
	return 0;
}

static void path_set(struct pin *pin, struct file *file)
{
	char *page, *at;

	page = (char *)__get_free_page(GFP_KERNEL);
	at = page ? d_path(&file->f_path, page, PAGE_SIZE) : NULL;
	if (IS_ERR_OR_NULL(at))
		strscpy(pin->path, "...", sizeof(pin->path));
	else if (strlen(at) < sizeof(pin->path))
		strscpy(pin->path, at, sizeof(pin->path));
	else
		snprintf(pin->path, sizeof(pin->path), "...%s",
			 at + strlen(at) - (sizeof(pin->path) - 4));
	free_page((unsigned long)page);
}

static void pin_show(const struct pin *pin, struct xen_pmem_pin *arg)
{
	memcpy(arg->uuid, pin->uuid, sizeof(arg->uuid));
	arg->domain = pin->domain;
	arg->kind = pin->kind->id;
	arg->size = pin->size;
	arg->hidden = pin->hidden;
	strscpy(arg->path, pin->path, sizeof(arg->path));
}

static struct pin *pin_alloc(const struct xen_pmem_pin *arg, struct file *file)
{
	struct pin *pin;

	pin = kzalloc(sizeof(*pin), GFP_KERNEL);
	if (!pin)
		return NULL;
	memcpy(pin->uuid, arg->uuid, sizeof(pin->uuid));
	pin->domain = arg->domain;
	pin->state = PIN_MAKING;
	path_set(pin, file);
	return pin;
}

/* Older kernels of Debian's 6.1 lack list_count_nodes(). */
static bool pins_full(void)
{
	const struct pin *pin;
	unsigned int n = 0;

	list_for_each_entry(pin, &pins, list)
		n++;
	return n >= XEN_PMEM_PINS_MAX;
}

/* Whether the caller need not wait for a call on a pin of the same UUID: *@rc is the result. */
static bool pin_try_add(struct pin *pin, char *reason, int *rc)
{
	const struct pin *former;
	bool settled;

	spin_lock(&pins_lock);
	former = pin_find(pin->uuid);
	settled = !former || former->state == PIN_IDLE;
	*rc = 0;
	if (former && settled)
		*rc = fail(reason, -EEXIST, "this UUID is pinned already");
	else if (settled && pins_full())
		*rc = fail(reason, -ENOSPC, "%u pins are the most", XEN_PMEM_PINS_MAX);
	else if (settled)
		list_add_tail(&pin->list, &pins);
	spin_unlock(&pins_lock);
	return settled;
}

static int pin_add(struct pin *pin, char *reason)
{
	int rc, killed;

	killed = wait_event_killable(pins_settled, pin_try_add(pin, reason, &rc));
	return killed ? killed : rc;
}

static void pin_remove(struct pin *pin)
{
	spin_lock(&pins_lock);
	list_del(&pin->list);
	spin_unlock(&pins_lock);
	wake_up_all(&pins_settled);
	kfree(pin);
}

static int pin_make(struct pin *pin, struct file *file, char *reason)
{
	int rc;

	gates_get();
	rc = kind_find(file, &pin->kind, reason);
	if (!rc)
		rc = pin->kind->begin(pin, file, reason);
	if (rc)
		gates_put();
	return rc;
}

int pin_create(struct xen_pmem_pin *arg, struct file *file)
{
	struct pin *pin = pin_alloc(arg, file);
	int rc;

	if (!pin)
		return -ENOMEM;
	rc = pin_add(pin, arg->reason);
	if (rc) {
		kfree(pin);
		return rc;
	}
	rc = pin_make(pin, file, arg->reason);
	if (rc) {
		pin_remove(pin);
		return rc;
	}
	__module_get(THIS_MODULE);
	pin_show(pin, arg);
	pin_work_end(pin);
	return 0;
}

int pin_end(struct xen_pmem_pin *arg)
{
	struct pin *pin = pin_work_begin(arg->uuid);
	int rc;

	if (IS_ERR(pin))
		return PTR_ERR(pin);
	if (pin->hidden) {
		rc = fail(arg->reason, -EBUSY, "%llu bytes of it are hidden", pin->hidden);
		pin_work_end(pin);
		return rc;
	}
	pin->kind->end(pin);
	pin_remove(pin);
	gates_put();
	module_put(THIS_MODULE);
	return 0;
}

int pin_query(struct xen_pmem_pin *arg)
{
	struct pin *pin;
	int rc = -ENOENT;
	u32 i = 0;

	spin_lock(&pins_lock);
	list_for_each_entry(pin, &pins, list) {
		if (pin->state == PIN_MAKING || i++ != arg->index)
			continue;
		pin_show(pin, arg);
		rc = 0;
		break;
	}
	spin_unlock(&pins_lock);
	return rc;
}

static int pin_open_fd(struct pin *pin, char *reason)
{
	struct file *file;
	int fd;

	if (pin->kind != &pin_file)
		return fail(reason, -EOPNOTSUPP, "not a regular file");
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = pin_file_open(pin);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

int pin_open(struct xen_pmem_pin *arg)
{
	struct pin *pin = pin_work_begin(arg->uuid);
	int fd;

	if (IS_ERR(pin))
		return PTR_ERR(pin);
	fd = pin_open_fd(pin, arg->reason);
	pin_work_end(pin);
	return fd;
}
