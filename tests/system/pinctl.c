// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver's pins by hand, for tests: pinctl VERB ..., where KEY is a number that stands for a
 * UUID. It prints "done", or the errno's name and the reason.
 *
 *   pin KEY PATH [ro]       opens PATH (for reading and writing, or reading) and pins it; then,
 *                           with "keep", sleeps with it open, with "dirty", writes to it by a
 *                           mapping; with "32", calls as a 32-bit program does
 *   unpin KEY    list
 *   hide KEY [EXTENTS]      all of it; the addresses go to the file EXTENTS, "SPA LENGTH" a line
 *   show KEY     open KEY (FIEMAP, read and mmap through it: says what each answers)
 *   piece hide|show KEY OFFSET LENGTH [ROOM]
 *   fuzz KEY COUNT          so many calls with nonsense in some fields, on this pin and others
 *   layout KEY              the pinned file's extents, a line "LOGICAL PHYSICAL LENGTH" each
 *   handle PATH             opens PATH by its handle
 *   truncate PATH SIZE, exchange PATH PATH     by their system calls
 *   mapped PATH             maps it, closes it, says so and sleeps
 *   spliced PATH            the same, but unmaps it and has its first page in a pipe
 *   stalled NAMESPACE COMMAND     COPY from a page that comes only when the shell's COMMAND is
 *                           done, or after ten seconds
 *   read NAMESPACE OFFSET LENGTH, write NAMESPACE OFFSET LENGTH     COPY, to standard output or
 *                           from standard input
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xen-pmem/pin.h>

#define EXTENTS 4096

static int ctl;
static FILE *addresses;

static void die(const char *what)
{
	fprintf(stderr, "pinctl: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int verdict(int rc, const char *reason)
{
	if (rc >= 0)
		puts("done");
	else
		printf("%s%s%s\n", strerrorname_np(errno), *reason ? ": " : "", reason);
	return rc < 0;
}

static struct xen_pmem_pin pin_of(const char *key)
{
	struct xen_pmem_pin pin = { .fd = -1 };

	memset(pin.uuid, atoi(key), sizeof(pin.uuid));
	return pin;
}

/*
 * The first page is x's then, which nobody has written back. A mapping to write is refused, as of a
 * swap file, but one to read can become it.
 */
static int page_dirty(int fd)
{
	char *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED || mprotect(at, 4096, PROT_READ | PROT_WRITE)) {
		perror("mapping to write");
		return -1;
	}
	memset(at, 'x', 4096);
	return munmap(at, 4096);
}

/* System call 54 of a 32-bit program, which int 0x80 makes of any. Its pointers have 32 bits. */
static int ioctl_32(int fd, unsigned long request, const void *arg, size_t size)
{
	void *low = mmap(
		NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long rc;

	if (low == MAP_FAILED)
		die("mmap");
	memcpy(low, arg, size);
	__asm__ volatile("int $0x80"
			 : "=a"(rc)
			 : "0"(54l), "b"((long)fd), "c"(request), "d"(low)
			 : "memory", "r8", "r9", "r10", "r11");
	errno = rc < 0 ? -rc : 0;
	return rc < 0 ? -1 : rc;
}

static int do_pin(const char *key, const char *path, const char *how)
{
	struct xen_pmem_pin pin = pin_of(key);
	int rc;

	pin.fd = open(path, strcmp(how, "ro") ? O_RDWR : O_RDONLY);
	if (pin.fd < 0)
		return verdict(-1, "open");
	pin.domain = 7;
	if (!strcmp(how, "32"))
		rc = ioctl_32(ctl, XEN_PMEM_IOC_PIN, &pin, sizeof(pin));
	else
		rc = ioctl(ctl, XEN_PMEM_IOC_PIN, &pin);
	rc = verdict(rc, pin.reason);
	fflush(stdout);
	if (!rc && !strcmp(how, "keep"))
		sleep(1000);
	if (!rc && !strcmp(how, "dirty"))
		rc = page_dirty(pin.fd);
	return rc;
}

static int do_unpin(const char *key)
{
	struct xen_pmem_pin pin = pin_of(key);
	int rc = ioctl(ctl, XEN_PMEM_IOC_UNPIN, &pin);

	return verdict(rc, pin.reason);
}

static int do_list(void)
{
	struct xen_pmem_pin pin = {};

	for (uint32_t i = 0; pin.index = i, !ioctl(ctl, XEN_PMEM_IOC_QUERY, &pin); i++)
		printf("%u kind=%u domain=%u size=%llu hidden=%llu %s\n", pin.uuid[0], pin.kind,
			pin.domain, (unsigned long long)pin.size, (unsigned long long)pin.hidden,
			pin.path);
	return errno != ENOENT;
}

static int file_open(const char *key, struct xen_pmem_pin *pin)
{
	*pin = pin_of(key);
	return ioctl(ctl, XEN_PMEM_IOC_OPEN, pin);
}

static void query(const char *key, struct xen_pmem_pin *pin)
{
	struct xen_pmem_pin want = pin_of(key);

	for (uint32_t i = 0; *pin = (struct xen_pmem_pin){ .index = i },
	     !ioctl(ctl, XEN_PMEM_IOC_QUERY, pin); i++)
		if (!memcmp(pin->uuid, want.uuid, sizeof(want.uuid)))
			return;
	*pin = want;
}

/* All of the pieces, in as many calls as it takes. */
static int pages_all(unsigned long op, const char *key, struct xen_pmem_piece *pieces, uint32_t nr,
	uint32_t room)
{
	static struct xen_pmem_span spans[EXTENTS];
	struct xen_pmem_pages pages = {
		.pieces = (uintptr_t)pieces, .nr = nr, .extents = (uintptr_t)spans, .room = room
	};
	struct xen_pmem_pin pin = pin_of(key);
	uint64_t sum = 0;

	memcpy(pages.uuid, pin.uuid, sizeof(pages.uuid));
	for (uint32_t i = 0; i < nr; i++)
		sum += pieces[i].length;
	do {
		if (ioctl(ctl, op, &pages) < 0)
			return verdict(-1, pages.reason);
		for (uint32_t i = 0; addresses && i < pages.used; i++)
			fprintf(addresses, "%#llx %#llx\n", (unsigned long long)spans[i].spa,
				(unsigned long long)spans[i].length);
	} while (pages.done < sum);
	return 0;
}

static int pages_of_file(unsigned long op, const char *key, int fd)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extents[EXTENTS];
	} list;
	struct xen_pmem_piece pieces[EXTENTS];
	struct fiemap_extent *each = list.extents;
	uint64_t at = 0;
	int rc;

	for (;;) {
		list.map = (struct fiemap){
			.fm_start = at, .fm_length = ~0ull - at, .fm_extent_count = EXTENTS
		};
		if (ioctl(fd, FS_IOC_FIEMAP, &list.map) < 0)
			die("FIEMAP");
		for (uint32_t i = 0; i < list.map.fm_mapped_extents; i++)
			pieces[i] =
				(struct xen_pmem_piece){ each[i].fe_physical, each[i].fe_length };
		if (!list.map.fm_mapped_extents)
			return verdict(0, "");
		rc = pages_all(op, key, pieces, list.map.fm_mapped_extents, EXTENTS);
		if (rc)
			return rc;
		each += list.map.fm_mapped_extents - 1;
		at = each->fe_logical + each->fe_length;
		if (each->fe_flags & FIEMAP_EXTENT_LAST)
			return verdict(0, "");
		each = list.extents;
	}
}

static int do_pages(unsigned long op, const char *key)
{
	struct xen_pmem_pin pin;
	struct xen_pmem_piece whole = {};
	int fd, rc;

	query(key, &pin);
	if (pin.kind == XEN_PMEM_PIN_FILE) {
		fd = file_open(key, &pin);
		return fd < 0 ? verdict(-1, pin.reason) : pages_of_file(op, key, fd);
	}
	whole.length = pin.size;
	rc = pages_all(op, key, &whole, 1, EXTENTS);
	return rc ? rc : verdict(0, "");
}

static int do_open(const char *key)
{
	struct xen_pmem_pin pin;
	struct fiemap map = { .fm_length = ~0ull };
	char byte;
	int fd = file_open(key, &pin);

	if (fd < 0)
		return verdict(-1, pin.reason);
	printf("fiemap %s, ", ioctl(fd, FS_IOC_FIEMAP, &map) ? strerrorname_np(errno) : "done");
	printf("read %s, ", pread(fd, &byte, 1, 0) < 0 ? strerrorname_np(errno) : "done");
	printf("mmap %s\n", mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED
				    ? strerrorname_np(errno)
				    : "done");
	return 0;
}

static int do_layout(const char *key)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extents[4096];
	} *list = calloc(1, sizeof(*list));
	struct xen_pmem_pin pin;
	int fd = file_open(key, &pin);

	if (fd < 0 || !list)
		return verdict(-1, pin.reason);
	list->map = (struct fiemap){ .fm_length = ~0ull, .fm_extent_count = 4096 };
	if (ioctl(fd, FS_IOC_FIEMAP, &list->map))
		die("FIEMAP");
	for (uint32_t i = 0; i < list->map.fm_mapped_extents; i++)
		printf("%#llx %#llx %#llx\n", list->extents[i].fe_logical,
			list->extents[i].fe_physical, list->extents[i].fe_length);
	return 0;
}

static int do_handle(const char *file)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} by = { .handle.handle_bytes = MAX_HANDLE_SZ };
	char *folder = strdupa(file);
	int mount, id;

	if (name_to_handle_at(AT_FDCWD, file, &by.handle, &id, 0))
		die("name_to_handle_at");
	*strrchr(folder, '/') = '\0';
	mount = open(folder, O_RDONLY | O_DIRECTORY);
	return verdict(open_by_handle_at(mount, &by.handle, O_RDONLY), "");
}

static int do_mapped(const char *file, bool spliced)
{
	int fd = open(file, O_RDWR), ends[2];
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct iovec page = { at, 4096 };

	if (at == MAP_FAILED)
		die(file);
	if (spliced && (pipe(ends) || vmsplice(ends[1], &page, 1, 0) != 4096 || munmap(at, 4096)))
		die("vmsplice");
	close(fd);
	puts("mapped");
	fflush(stdout);
	sleep(1000);
	return 0;
}

static int do_copy(char **argv)
{
	static char bytes[2 << 20];
	struct xen_pmem_copy copy = { .offset = strtoull(argv[3], NULL, 0),
		.length = strtoull(argv[4], NULL, 0),
		.buffer = (uintptr_t)bytes };
	int rc;

	copy.write = !strcmp(argv[1], "write");
	strncpy(copy.namespace, argv[2], sizeof(copy.namespace) - 1);
	if (copy.write && fread(bytes, 1, sizeof(bytes), stdin) > sizeof(bytes))
		return 2;
	rc = ioctl(ctl, XEN_PMEM_IOC_COPY, &copy);
	if (rc)
		fprintf(stderr, "%s%s%s\n", strerrorname_np(errno), *copy.reason ? ": " : "",
			copy.reason);
	else if (!copy.write)
		fwrite(bytes, 1, copy.length, stdout);
	return rc ? 1 : 0;
}

static void *copy_stall(void *copy)
{
	return (void *)(ioctl(ctl, XEN_PMEM_IOC_COPY, copy) ? strerrorname_np(errno) : "done");
}

/*
 * A page that is not there until page_come(); userfaultfd's descriptor tells that somebody wants
 * it.
 */
static void *page_missing(int *fault)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register missing = { { (uintptr_t)page, 4096 }, UFFDIO_REGISTER_MODE_MISSING,
		0 };

	*fault = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (*fault < 0 || ioctl(*fault, UFFDIO_API, &api) ||
		ioctl(*fault, UFFDIO_REGISTER, &missing))
		die("userfaultfd");
	return page;
}

static void page_come(int fault, void *page)
{
	struct uffdio_zeropage zero = { { (uintptr_t)page, 4096 }, 0, 0 };

	if (ioctl(fault, UFFDIO_ZEROPAGE, &zero))
		die("UFFDIO_ZEROPAGE");
}

static int shell_wait(const char *line)
{
	int status, tries = 100;
	pid_t pid = fork();

	if (!pid)
		execl("/bin/sh", "sh", "-c", line, NULL);
	while (tries-- && !waitpid(pid, &status, WNOHANG))
		usleep(100000);
	return tries < 0 ? -1 : status;
}

static int do_stalled(const char *namespace, const char *line)
{
	int fault, rc;
	void *page = page_missing(&fault), *said;
	struct xen_pmem_copy copy = { .length = 4096, .write = 1, .buffer = (uintptr_t)page };
	struct pollfd wanted = { .fd = fault, .events = POLLIN };
	pthread_t thread;

	strncpy(copy.namespace, namespace, sizeof(copy.namespace) - 1);
	if (pthread_create(&thread, NULL, copy_stall, &copy) || poll(&wanted, 1, 10000) != 1)
		die("nobody wants the page");
	rc = shell_wait(line);
	page_come(fault, page);
	pthread_join(thread, &said);
	printf("%s, copy %s\n",
		rc < 0 ? "the command waits"
		: rc   ? "the command fails"
		       : "done",
		(char *)said);
	return 0;
}

static void random_fill(void *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((unsigned char *)at)[i] = rand();
}

/* The first words of a call may make sense. */
static void fuzz_one(const char *key)
{
	struct xen_pmem_pin pin = pin_of(key);
	struct xen_pmem_piece pieces[8];
	struct xen_pmem_span spans[8];
	const unsigned int sizes[] = { sizeof(pin), sizeof(struct xen_pmem_pages),
		sizeof(struct xen_pmem_copy), rand() % 512 };
	union {
		struct xen_pmem_pin pin;
		struct xen_pmem_pages pages;
		struct xen_pmem_copy copy;
		unsigned char bytes[512];
	} arg = {};

	random_fill(pieces, sizeof(pieces));
	for (int i = 0; rand() % 4 && i < 8; i++)
		pieces[i] = (struct xen_pmem_piece){ (rand() % 8192) * 4096ull,
			(rand() % 64) * 4096ull };
	if (rand() % 4)
		memcpy(arg.pages.uuid, pin.uuid, sizeof(pin.uuid));
	if (rand() % 2) {
		arg.pages.pieces = (uintptr_t)pieces;
		arg.pages.nr = rand() % 9;
		arg.pages.extents = (uintptr_t)spans;
		arg.pages.room = rand() % 9;
		arg.pages.done = (rand() % 64) * 4096;
	}
	for (int i = rand() % 3; i; i--)
		arg.bytes[rand() % sizeof(arg)] ^= 1 << rand() % 8;
	ioctl(ctl, _IOC(_IOC_READ | _IOC_WRITE, 0xb9, rand() % 9, sizes[rand() % 4]), &arg);
}

static int do_fuzz(const char *key, unsigned long count)
{
	while (count--)
		fuzz_one(key);
	return verdict(0, "");
}

static int do_piece(char **argv, int argc)
{
	struct xen_pmem_piece piece = { strtoull(argv[4], NULL, 0), strtoull(argv[5], NULL, 0) };
	int rc;

	rc = pages_all(strcmp(argv[2], "hide") ? XEN_PMEM_IOC_SHOW : XEN_PMEM_IOC_HIDE, argv[3],
		&piece, 1, argc > 6 ? atoi(argv[6]) : EXTENTS);
	return rc ? rc : verdict(0, "");
}

static bool is(int argc, char **argv, const char *verb, int least)
{
	return argc >= least && !strcmp(argv[1], verb);
}

int main(int argc, char **argv)
{
	ctl = open(XEN_PMEM_PIN_DEVICE, O_RDWR | O_CLOEXEC);
	if (ctl < 0)
		die(XEN_PMEM_PIN_DEVICE);
	if (is(argc, argv, "hide", 4)) {
		addresses = fopen(argv[3], "w");
		if (!addresses)
			die(argv[3]);
	}
	if (is(argc, argv, "pin", 4))
		return do_pin(argv[2], argv[3], argc > 4 ? argv[4] : "rw");
	if (is(argc, argv, "unpin", 3))
		return do_unpin(argv[2]);
	if (is(argc, argv, "list", 2))
		return do_list();
	if (is(argc, argv, "hide", 3))
		return do_pages(XEN_PMEM_IOC_HIDE, argv[2]);
	if (is(argc, argv, "show", 3))
		return do_pages(XEN_PMEM_IOC_SHOW, argv[2]);
	if (is(argc, argv, "open", 3))
		return do_open(argv[2]);
	if (is(argc, argv, "piece", 6))
		return do_piece(argv, argc);
	if (is(argc, argv, "fuzz", 4))
		return do_fuzz(argv[2], atol(argv[3]));
	if (is(argc, argv, "layout", 3))
		return do_layout(argv[2]);
	if (is(argc, argv, "handle", 3))
		return do_handle(argv[2]);
	if (is(argc, argv, "truncate", 4))
		return verdict(truncate(argv[2], strtoll(argv[3], NULL, 0)), "");
	if (is(argc, argv, "exchange", 4))
		return verdict(
			renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE), "");
	if (is(argc, argv, "mapped", 3))
		return do_mapped(argv[2], false);
	if (is(argc, argv, "spliced", 3))
		return do_mapped(argv[2], true);
	if (is(argc, argv, "stalled", 4))
		return do_stalled(argv[2], argv[3]);
	if (is(argc, argv, "read", 5) || is(argc, argv, "write", 5))
		return do_copy(argv);
	fprintf(stderr, "usage: pinctl VERB ..., see its source\n");
	return 2;
}
