/* SPDX-License-Identifier: GPL-2.0-only */
/* The fakes of the world of test_pool.c, and what must hold in it. */
#define _GNU_SOURCE
#include "pool_world.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "host/guest_lock.h"
#include "ui/background.h"

struct world *world;
struct run run;

static char dir[64];
static int host_fd = -1;
static int waiting_fd = -1;	/* to tell that this process, which is another one, waits */
static struct slots_progress *progress;

/* The shipped code is compiled for files in the working directory. */
void world_open(void)
{
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	must(world != MAP_FAILED);
	snprintf(dir, sizeof(dir), "/tmp/test_pool.XXXXXX");
	must(mkdtemp(dir) && !chdir(dir));
	/* What a killed process leaves running is waited for. */
	must(!prctl(PR_SET_CHILD_SUBREAPER, 1));
}

void pool_path_of(unsigned int pool, char path[64])
{
	snprintf(path, 64, "pool-%02x000000-0000-0000-0000-000000000000", 'p' + pool);
}

void pool_files_remove(void)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < POOLS; i++) {
		pool_path_of(i, path);
		unlink(path);
	}
}

void world_close(void)
{
	pool_files_remove();
	unlink("lock");
	must(!chdir("/") && !rmdir(dir));
}

void world_make(const char *pools)
{
	struct world_pool *p;
	unsigned int i;

	pool_files_remove();
	memset(world, 0, sizeof(*world));
	run = (struct run){ .end = COMPLETE };
	for (i = 0; i < POOLS && *pools; i++) {
		p = &world->pools[i];
		p->is_pool = *pools != 'n';
		p->dirty = *pools == 'd';
		p->nr = (unsigned int)strtoul(pools + 1, (char **)(uintptr_t)&pools, 10);
		memset(p->bytes, p->is_pool && !p->dirty ? 0 : DOM0, p->nr);
		pools += strspn(pools, " ");
	}
}

bool run_step(void)
{
	if (run.is_other || !run.at || ++run.nr < run.at || (run.nr > run.at && run.end != BREAK))
		return true;
	world->ended = true;
	if (run.end == KILL)
		_exit(KILLED);
	return false;
}

/* ---- others ---- */

/* Nothing of ours may stay open: a lock of an open file ends with its last process. */
static void other_run(int fd)
{
	must(dup2(fd, 3) == 3 && !close_range(4, ~0u, 0));
	waiting_fd = 3;
	run.is_other = true;
	_exit(script_run(run.meanwhile));
}

static void other_start(void)
{
	char byte;
	int fds[2], pid;

	must(!pipe(fds));
	pid = fork();
	if (!pid)
		other_run(fds[1]);
	world->other = pid;
	world->others_came = true;
	close(fds[1]);
	must(read(fds[0], &byte, 1) >= 0);
	close(fds[0]);
}

void others_come(void)
{
	if (!run.is_other && run.meanwhile && ++run.gap == run.gap_at)
		other_start();
}

bool others_wait(void)
{
	int pid = world->other, status;

	world->other = 0;
	return !pid || (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			WEXITSTATUS(status) <= EXIT_REFUSED);
}

void waiting_tell(void)
{
	if (waiting_fd < 0)
		return;
	must(write(waiting_fd, "", 1) == 1);
	close(waiting_fd);
	waiting_fd = -1;
}

/* ---- locks ---- */

bool host_is_locked(void)
{
	return host_fd >= 0;
}

int host_lock(void)
{
	if (host_is_locked())
		return EXIT_DONE;
	if (!run_step())
		return refuse("lock", "made to fail");
	host_fd = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must(host_fd >= 0 && !flock(host_fd, LOCK_EX));
	return EXIT_DONE;
}

void host_unlock(void)
{
	if (!host_is_locked())
		return;
	world_check();
	must(run_step() || run.end != KILL);
	close(host_fd);
	host_fd = -1;
	others_come();
}

int lock_open(const char *path, int flags)
{
	must(host_is_locked() && strchr(path, '-'));
	return run_step() ? open(path, O_RDWR | O_CLOEXEC | flags, 0600) : file_fail(EMFILE);
}

bool guest_lock_is_held(const uint8_t uuid[16])
{
	return guest_find((char)uuid[0])->kept;
}

void guest_lock_read(const uint8_t uuid[16], struct guest_lock_note *note)
{
	*note = (struct guest_lock_note){ .preserve = false };
	if (uuid[0] == NOTED)
		strcpy(note->name, "noted");
}

/* ---- guests and pools ---- */

struct world_guest *guest_find(char name)
{
	must(name >= 'A' && name < (char)('A' + GUESTS));
	return &world->guests[name - 'A'];
}

void guest_uuid(char name, uint8_t uuid[16])
{
	memset(uuid, 0, 16);
	uuid[0] = (uint8_t)name;
}

bool domain_find_uuid(const uint8_t uuid[16], uint32_t *domid)
{
	*domid = uuid[0];
	return guest_find((char)uuid[0])->exists;
}

/* A dead domain that has pages still is found by its number alone. */
struct domain_status domain_status(uint32_t domid)
{
	return (struct domain_status){ .uuid = { (uint8_t)toupper((int)domid) } };
}

const char *domain_name(uint32_t domid, char name[DOMAIN_NAME_LEN])
{
	snprintf(name, DOMAIN_NAME_LEN, "guest-%c", (char)domid);
	return name;
}

struct world_pool *pool_find_uuid(const uint8_t uuid[16])
{
	must(uuid[0] >= 'p' && uuid[0] < 'p' + POOLS);
	return &world->pools[uuid[0] - 'p'];
}

static size_t pool_slot(const struct world_pool *p, const struct xenpmem_range *range)
{
	const uint64_t base = GIB(64) * (uint64_t)(1 + p - world->pools);

	must(range->spa >= base && !((range->spa - base) % SLOT_SIZE) &&
	     range->spa + range->length <= base + p->nr * SLOT_SIZE);
	return (range->spa - base) / SLOT_SIZE;
}

/* ---- the inventory ---- */

/* Half of a slot is left at the end. */
static void namespace_make(unsigned int i, struct xenpmem_namespace *ns)
{
	const struct world_pool *p = &world->pools[i];
	size_t slot;

	*ns = (struct xenpmem_namespace){
		.label = { (char)('p' + i) }, .role = XEN_PMEM_ROLE_GUEST, .bound = true,
		.range = { .uuid = { (uint8_t)('p' + i) }, .spa = GIB(64) * (1 + i),
			   .length = p->nr * SLOT_SIZE + MIB(512) },
	};
	snprintf(ns->device, sizeof(ns->device), "namespace0.%u", i);
	for (slot = 0; slot < p->nr; slot++) {
		if (p->bad[slot] && ns->nr_bad < XENPMEM_BAD_MAX)
			ns->bad[ns->nr_bad] = (struct xenpmem_bad){
				(slot + 1) * SLOT_SIZE - 512, 512,
			};
		ns->nr_bad += p->bad[slot];
	}
}

int inventory_open(struct inventory *inv)
{
	unsigned int i;

	*inv = (struct inventory){ .list = calloc(POOLS, sizeof(*inv->list)) };
	must(inv->list);
	for (i = 0; i < POOLS && world->pools[i].nr; i++)
		namespace_make(i, &inv->list[i]);
	inv->nr = i;
	inventory_read(inv);
	return EXIT_DONE;
}

int inventory_open_locked(struct inventory *inv)
{
	return host_lock() ? EXIT_REFUSED : inventory_open(inv);
}

void inventory_close(struct inventory *inv)
{
	free(inv->list);
	host_unlock();
}

static void holdings_read(struct inventory *inv, const struct world_pool *p,
			  const uint8_t uuid[16])
{
	struct xenpmem_holding *holding;
	size_t slot;

	for (slot = 0; slot < p->nr; slot++) {
		if (!p->pages[slot] || (slot && p->pages[slot] == p->pages[slot - 1]))
			continue;
		holding = &inv->holdings[inv->nr_holdings++];
		holding->domid = (uint32_t)p->pages[slot];
		holding->state = islower((unsigned char)p->pages[slot]) ?
				 XEN_PMEM_HOLDER_DEAD : XEN_PMEM_HOLDER_RUNNING;
		memcpy(holding->uuid, uuid, 16);
	}
}

static void row_read(struct inventory *inv, const struct world_pool *p, const uint8_t uuid[16])
{
	struct xen_pmem_backing *b = &inv->record.data.backings[inv->record.data.nr_backings++];

	b->flags = XEN_PMEM_BACKING_RAM | (p->dirty ? XEN_PMEM_BACKING_ERASING : 0);
	memcpy(b->uuid, uuid, 16);
}

void inventory_read(struct inventory *inv)
{
	const struct world_pool *p;
	unsigned int i;

	inv->nr_ranges = inv->nr_holdings = inv->record.data.nr_backings = 0;
	for (i = 0; i < inv->nr; i++) {
		p = &world->pools[i];
		if (!p->is_pool)
			continue;
		inv->ranges[inv->nr_ranges++] = (struct xenpmem_served){
			.range = inv->list[i].range, .state = XEN_PMEM_RANGE_SERVED,
		};
		holdings_read(inv, p, inv->list[i].range.uuid);
		row_read(inv, p, inv->list[i].range.uuid);
	}
	inv->reserved = inv->list;
}

int inventory_need_record(struct inventory *inv)
{
	return !inv->reserved;
}

struct xen_pmem_backing *xenpmem_record_find_pool(struct xenpmem_record *record,
						  const uint8_t uuid[16])
{
	unsigned int i;

	for (i = 0; i < record->data.nr_backings; i++)
		if (!memcmp(record->data.backings[i].uuid, uuid, 16))
			return &record->data.backings[i];
	return NULL;
}

/* ---- the library ---- */

const char *xenpmem_error(const xenpmem_handle *h)
{
	(void)h;
	return "made to fail";
}

int xenpmem_namespace_find(xenpmem_handle *h, const struct xenpmem_namespace *list, size_t nr,
			   const char *name, const struct xenpmem_namespace **found)
{
	(void)h;
	for (*found = list; *found < list + nr; (*found)++)
		if (!strcmp((*found)->label, name))
			return 0;
	return -ENOENT;
}

void xenpmem_set_progress(xenpmem_handle *h, xenpmem_progress *show, void *arg)
{
	(void)h;
	must(show);
	progress = arg;
}

/* Meanwhile nobody else erases the slot, and no guest gets it. A failure may come at its end. */
int xenpmem_erase_part(xenpmem_handle *h, const struct xenpmem_range *part, uint64_t *done,
		       uint64_t until)
{
	struct world_pool *p = pool_find_uuid(part->uuid);
	size_t slot = pool_slot(p, part);

	(void)h;
	must(!host_is_locked() && !*done && until == SLOT_SIZE && part->length == until);
	must(progress && progress->done < progress->total);
	must(!p->pages[slot] || world->lost);
	others_come();
	if (p->pages[slot])
		return -EBUSY;
	if (!run_step())
		return -EIO;
	p->bytes[slot] = 0;
	world->erased++;
	*done = until;
	return run_step() ? 0 : -EIO;
}

int xenpmem_pool_note_clean(xenpmem_handle *h, const struct xenpmem_namespace *reserved,
			    struct xenpmem_record *record, const uint8_t uuid[16])
{
	(void)h;
	(void)record;
	must(reserved && host_is_locked());
	if (!run_step())
		return -EIO;
	pool_find_uuid(uuid)->dirty = false;
	return 0;
}

/* ---- messages ---- */

static int __attribute__((format(printf, 2, 0)))
said(const char *subject, const char *format, va_list args)
{
	size_t at = (size_t)snprintf(world->said, sizeof(world->said), "%s: ", subject);

	if (!run.is_other)
		vsnprintf(world->said + at, sizeof(world->said) - at, format, args);
	return EXIT_REFUSED;
}

int refuse(const char *subject, const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = said(subject, format, args);
	va_end(args);
	return rc;
}

int backend_refuse(const struct backend *backend, const char *key, const char *format, ...)
{
	va_list args;
	int rc;

	(void)backend;
	va_start(args, format);
	rc = said(key, format, args);
	va_end(args);
	return rc;
}

int backend_need(struct inventory *inv, const struct backend *backend,
		 const struct xenpmem_namespace *ns, unsigned int needs)
{
	must(needs == (NEED_ENABLED | NEED_WRITABLE | NEED_POOL));
	if (!inventory_is_pool(inv, ns->range.uuid))
		return backend_refuse(backend, "backend", "it is not a pool");
	return pool_find_uuid(ns->range.uuid)->disabling ?
	       backend_refuse(backend, "backend", "it is being erased") : EXIT_DONE;
}

void progress_show(void *arg, const char *what, uint64_t done, uint64_t total)
{
	(void)arg;
	(void)what;
	(void)done;
	(void)total;
}

void background_enter(const char *log)
{
	(void)log;
}
