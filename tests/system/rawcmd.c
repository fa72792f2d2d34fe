// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends one command to the extension as it is given, for tests: takes FIELD=VALUE words, prints the
 * answer. extents=FILE, of lines "SPA LENGTH", fills in list, index and length; fields behind it
 * replace them. More than one command takes go by several.
 * calls=N                    sends a command that is done in steps so many times at most
 * before="QUESTION"          asks the probe before it, at once, and prints the answer
 * then="QUESTION"            the same after it; twice at most
 * rawcmd --ask "QUESTION"    asks the probe
 * rawcmd --fuzz COUNT SEED   sends random and mutated ones; Xen must answer every write, whatever
 *                            it held
 * rawcmd --free              prints Xen's free memory in pages
 * rawcmd --apply NAME NS [nodeps], --revert NAME NS   Xen applies or reverts a live patch, in so
 *                            many nanoseconds or not at all; prints how that ended
 * rawcmd --pool DOMAIN BYTES   Xen sets the size of its paging pool, as far as its use allows
 * rawcmd --later ...         says so, and sends the command when standard input has a line
 * rawcmd --holding SPA ...   sends the command while this process maps a page there by /dev/mem
 * rawcmd --hold SPA          maps a page there, says so, writes it and reads it back until standard
 *                            input ends, and says how that went
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <xencall.h>
#include <xenctrl.h>
#include <xen/hypfs.h>

#include <xen-pmem/command.h>

#define HYPFS_OP 42
#define HYPFS_READ 1
#define HYPFS_WRITE 2

static xencall_handle *call;
static char *path;
static unsigned char *wire;
static struct xen_pmem_extent *list, *extents;	/* of one command; of all */
static uint32_t extents_nr;
static unsigned long calls_max = -1ul;
static const char *ask_before, *ask_then[2];

static int command_send(struct xen_pmem_command *c, size_t len)
{
	int rc;

	memcpy(wire, c, len < sizeof(*c) ? len : sizeof(*c));
	errno = 0;
	rc = xencall5(call, HYPFS_OP, HYPFS_WRITE, (uint64_t)(uintptr_t)path, strlen(path) + 1,
		(uint64_t)(uintptr_t)wire, len);
	memcpy(c, wire, sizeof(*c));
	return rc ? -errno : 0;
}

static void uuid_parse(uint8_t *u, const char *s)
{
	int i;

	for (i = 0; i < 16 && *s; s++) {
		unsigned int byte;

		if (*s == '-' || sscanf(s, "%2x", &byte) != 1)
			continue;
		u[i++] = byte;
		s++;
	}
}

/* Of one command: index= behind it says how many of them, if not all. */
static void extents_load(struct xen_pmem_command *c, const struct xen_pmem_extent *from, uint32_t n)
{
	uint32_t i;

	memcpy(list, from, n * sizeof(*list));
	for (c->length = i = 0; i < n; i++)
		c->length += from[i].length;
	c->list = (uintptr_t)list;
	c->index = n;
}

static void extents_read(struct xen_pmem_command *c, const char *file)
{
	FILE *in = fopen(file, "r");
	uint32_t room = 0;
	char spa[32], length[32];

	if (!in) {
		perror(file);
		exit(2);
	}
	while (fscanf(in, "%31s %31s", spa, length) == 2) {
		if (extents_nr == room) {
			room = room ? 2 * room : XEN_PMEM_EXTENTS_MAX;
			extents = realloc(extents, room * sizeof(*extents));
		}
		extents[extents_nr++] = (struct xen_pmem_extent){ strtoull(spa, NULL, 0),
			strtoull(length, NULL, 0) };
	}
	fclose(in);
	extents_load(
		c, extents, extents_nr < XEN_PMEM_EXTENTS_MAX ? extents_nr : XEN_PMEM_EXTENTS_MAX);
}

static int field_set(struct xen_pmem_command *c, size_t *len, const char *name, const char *value)
{
	uint64_t v = strtoull(value, NULL, 0);

	if (!strcmp(name, "op"))
		c->op = v;
	else if (!strcmp(name, "magic"))
		c->magic = v;
	else if (!strcmp(name, "abi"))
		c->abi = v;
	else if (!strcmp(name, "flags"))
		c->flags = v;
	else if (!strcmp(name, "domain"))
		c->domain = v;
	else if (!strcmp(name, "index"))
		c->index = v;
	else if (!strcmp(name, "spa"))
		c->spa = v;
	else if (!strcmp(name, "gpa"))
		c->gpa = v;
	else if (!strcmp(name, "length"))
		c->length = v;
	else if (!strcmp(name, "done"))
		c->done = v;
	else if (!strcmp(name, "list"))
		c->list = v;
	else if (!strcmp(name, "extents"))
		extents_read(c, value);
	else if (!strcmp(name, "calls"))
		calls_max = v;
	else if (!strcmp(name, "then"))
		ask_then[ask_then[0] ? 1 : 0] = value;
	else if (!strcmp(name, "before"))
		ask_before = value;
	else if (!strcmp(name, "pad"))
		c->pad = v;
	else if (!strcmp(name, "size"))
		*len = v;
	else if (!strcmp(name, "uuid"))
		uuid_parse(c->uuid, value);
	else
		return -1;
	return 0;
}

static void answer_print(const struct xen_pmem_command *c, int rc, unsigned long calls)
{
	printf("rc=%d calls=%lu done=%#llx spa=%#llx gpa=%#llx length=%#llx count=%llu "
	       "pending=%llu domain=%u state=%u used=%llu total=%llu reason=%.64s\n",
		rc, calls, (unsigned long long)c->done, (unsigned long long)c->spa,
		(unsigned long long)c->gpa, (unsigned long long)c->length,
		(unsigned long long)c->count, (unsigned long long)c->pending, c->domain, c->state,
		(unsigned long long)c->bytes_used, (unsigned long long)c->bytes_total, c->reason);
}

/*
 * Repeats operations that are done in steps; `done` is passed on where it is an input. Returns how
 * often it was sent.
 */
static unsigned long command_repeat(struct xen_pmem_command *c, size_t len, int *result)
{
	struct xen_pmem_command sent = *c;
	int steps = c->op == XEN_PMEM_OP_RESERVE || c->op == XEN_PMEM_OP_SERVE ||
		    c->op == XEN_PMEM_OP_ASSIGN || c->op == XEN_PMEM_OP_RELEASE ||
		    c->op == XEN_PMEM_OP_ERASE || c->op == XEN_PMEM_OP_ASSIGN_EXTENTS;
	int goes_on = steps && c->op != XEN_PMEM_OP_RESERVE && c->op != XEN_PMEM_OP_SERVE;
	unsigned long calls = 0, count = 0, pending = 0;
	int rc, tries = 2000;

	do {
		*c = sent;
		rc = command_send(c, len);
		calls++;
		count += c->count;
		pending += c->pending;
		if (goes_on)
			sent.done = c->done;
		if (rc == -EAGAIN)
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	} while (calls < calls_max &&
		 ((!rc && steps && c->done < c->length) || (rc == -EAGAIN && tries--)));
	c->count = steps ? count : c->count;
	c->pending = steps ? pending : c->pending;
	*result = rc;
	return calls;
}

/* What Xen does at `at`; the bytes are in wire. */
static long hypfs(unsigned int what, const char *at, size_t len)
{
	strcpy(path, at);
	return xencall5(call, HYPFS_OP, what, (uint64_t)(uintptr_t)path, strlen(path) + 1,
		(uint64_t)(uintptr_t)wire, len);
}

static void probe_ask(const char *question)
{
	if (!question)
		return;
	strcpy((char *)wire, question);
	if (hypfs(HYPFS_WRITE, "/probe/ask", strlen(question) + 1) ||
		hypfs(HYPFS_READ, "/probe/answer", 4096))
		perror("/probe");
	else
		printf("%s\n", wire + sizeof(struct xen_hypfs_direntry));
	strcpy(path, XEN_PMEM_COMMAND_PATH);
}

static int command_lists(struct xen_pmem_command *c, size_t len)
{
	struct xen_pmem_command first = *c;
	uint32_t at = first.index;
	uint64_t gpa = first.gpa + first.length;
	unsigned long calls;
	int rc;

	probe_ask(ask_before);
	calls = command_repeat(c, len, &rc);

	while (!rc && first.index == XEN_PMEM_EXTENTS_MAX && at < extents_nr) {
		*c = first;
		extents_load(c, extents + at,
			extents_nr - at < XEN_PMEM_EXTENTS_MAX ? extents_nr - at
							       : XEN_PMEM_EXTENTS_MAX);
		c->gpa = gpa;
		gpa += c->length;
		at += c->index;
		calls += command_repeat(c, len, &rc);
	}
	probe_ask(ask_then[0]);
	probe_ask(ask_then[1]);
	answer_print(c, rc, calls);
	return rc ? 1 : 0;
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/*
 * What an operation takes, as a caller who knows would fill it in; addresses are now and then off.
 */
static void command_sensible(struct xen_pmem_command *c, uint64_t *r)
{
	static const uint64_t odd[] = { 0, 4096, 0x100000000, 0x7ffffffffffff000, ~0xfffull,
		0x140000000, 0x180000000, 0x10000000 };
	static const uint64_t spas[] = { 0x140000000, 0x150000000, 0x180000000, 0x17ffff000,
		0x10000000 };
	int ranged = c->op == XEN_PMEM_OP_RESERVE || c->op == XEN_PMEM_OP_SERVE ||
		     c->op == XEN_PMEM_OP_ASSIGN;
	int guest = c->op == XEN_PMEM_OP_ASSIGN || c->op == XEN_PMEM_OP_RELEASE;

	if (ranged || guest || c->op == XEN_PMEM_OP_UNSERVE || c->op == XEN_PMEM_OP_ERASE)
		memset(c->uuid, random_next(r) % 2 ? 0xbb : 0x11, 16);
	if ((ranged || guest || c->op == XEN_PMEM_OP_ERASE) && random_next(r) % 2)
		uuid_parse(c->uuid, "aaaaaaaa-1111-1111-1111-111111111111");
	if (ranged) {
		c->spa = odd[random_next(r) % 8] + (random_next(r) % 64 << 20);
		c->length =
			random_next(r) % 2 ? odd[random_next(r) % 8] : random_next(r) % 64 << 21;
	}
	if (guest)
		c->domain = random_next(r) % 5;
	if (c->op == XEN_PMEM_OP_ASSIGN) {
		c->gpa = odd[random_next(r) % 8];
		c->flags = random_next(r) % 16;
	}
	if (c->op == XEN_PMEM_OP_SERVE)
		c->flags = random_next(r) % 2;
	if (c->op == XEN_PMEM_OP_ASSIGN_EXTENTS) {
		uint64_t length = 0;

		c->index = 1 + random_next(r) % 40;
		for (uint32_t i = 0; i < c->index; i++) {
			list[i] = (struct xen_pmem_extent){ spas[random_next(r) % 5] +
								    (random_next(r) % 4096 << 12),
				(1 + random_next(r) % 8) << 12 };
			length += list[i].length;
		}
		if (random_next(r) % 8 == 0)
			list[random_next(r) % c->index].length ^= 1ull << random_next(r) % 64;
		c->domain = random_next(r) % 5;
		c->gpa = odd[random_next(r) % 8] + (random_next(r) % 4096 << 12);
		c->length = length;
		c->list = random_next(r) % 16 ? (uintptr_t)list : odd[random_next(r) % 8];
		c->flags = random_next(r) % 8;
	}
	if (c->op == XEN_PMEM_OP_ERASE) {	/* a few pages: all of a range would take long */
		c->spa = odd[random_next(r) % 8] + (random_next(r) % 64 << 12);
		c->length = (1 + random_next(r) % 4) << 12;
	}
	if (c->op == XEN_PMEM_OP_QUERY_RANGE || c->op == XEN_PMEM_OP_QUERY_HOLDING)
		c->index = random_next(r) % 4;
}

static void command_random(struct xen_pmem_command *c, size_t *len, uint64_t *r)
{
	unsigned char *bytes = (unsigned char *)c;
	unsigned int spoilt = random_next(r) % 4;

	memset(c, 0, sizeof(*c));
	*len = random_next(r) % 50 ? sizeof(*c) : random_next(r) % 4096;
	c->magic = XEN_PMEM_COMMAND_MAGIC;
	c->abi = XEN_PMEM_ABI;
	c->op = random_next(r) % (XEN_PMEM_OPS + 1);
	command_sensible(c, r);
	while (spoilt--)
		bytes[random_next(r) % sizeof(*c)] ^= 1 << random_next(r) % 8;
}

static int fuzz(unsigned long count, uint64_t seed)
{
	unsigned long i, accepted = 0;

	for (i = 0; i < count; i++) {
		struct xen_pmem_command c;
		size_t len;

		command_random(&c, &len, &seed);
		accepted += !command_send(&c, len);
	}
	printf("sent=%lu accepted=%lu\n", count, accepted);
	return 0;
}

static int free_print(void)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_physinfo_t info = { 0 };

	if (!xc || xc_physinfo(xc, &info))
		return 2;
	printf("%llu\n", (unsigned long long)info.free_pages);
	return 0;
}

static int pool(uint32_t domain, uint64_t bytes)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	int rc = xc ? xc_set_paging_mempool_size(xc, domain, bytes) : -1;

	printf("rc=%d\n", rc ? -errno : 0);
	return rc ? 1 : 0;
}

static volatile uint64_t *page_map(uint64_t spa, int prot)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	void *page = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, prot, MAP_SHARED, fd, spa);

	if (page == MAP_FAILED) {
		perror("/dev/mem");
		exit(2);
	}
	return page;
}

static int hold(uint64_t spa)
{
	volatile uint64_t *page = page_map(spa, PROT_READ | PROT_WRITE);
	struct pollfd input = { .fd = 0, .events = POLLIN };
	unsigned long rounds = 0, wrong = 0;
	uint64_t before = page[0];

	puts("holding");
	fflush(stdout);
	do {
		page[0] = ++rounds;
		wrong += page[0] != rounds;
	} while (!poll(&input, 1, 1));
	page[0] = before;
	printf("rounds=%lu wrong=%lu\n", rounds, wrong);
	return 0;
}

/* Xen does it some time later, and says EAGAIN of it until then. */
static int livepatch_wait(xc_interface *xc, char *name)
{
	xen_livepatch_status_t status = { .rc = -EAGAIN };
	int tries;

	for (tries = 0; tries < 6000 && status.rc == -EAGAIN; tries++) {
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		if (xc_livepatch_get(xc, name, &status))
			return -errno;
	}
	return status.rc;
}

static int livepatch(const char *what, char *name, uint32_t ns, uint32_t flags)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	int rc;

	if (!xc)
		return 2;
	rc = strcmp(what, "--apply") ? xc_livepatch_revert(xc, name, ns, 0)
				     : xc_livepatch_apply(xc, name, ns, flags);
	rc = rc ? -errno : livepatch_wait(xc, name);
	printf("rc=%d (%s)\n", rc, strerror(-rc));
	return rc ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct xen_pmem_command c = { .magic = XEN_PMEM_COMMAND_MAGIC, .abi = XEN_PMEM_ABI };
	size_t len = sizeof(c);
	int i;

	call = xencall_open(NULL, 0);
	path = call ? xencall_alloc_buffer(call, 4096) : NULL;
	wire = path ? xencall_alloc_buffer(call, 8192) : NULL;
	list = wire ? xencall_alloc_buffer(call, XEN_PMEM_EXTENTS_MAX * sizeof(*list)) : NULL;
	if (!list) {
		perror("xencall");
		return 2;
	}
	strcpy(path, XEN_PMEM_COMMAND_PATH);
	if (argc == 4 && !strcmp(argv[1], "--fuzz"))
		return fuzz(strtoul(argv[2], NULL, 0), strtoull(argv[3], NULL, 0) | 1);
	if (argc >= 4 && (!strcmp(argv[1], "--apply") || !strcmp(argv[1], "--revert")))
		return livepatch(argv[1], argv[2], strtoul(argv[3], NULL, 0),
			argc > 4 ? LIVEPATCH_ACTION_APPLY_NODEPS : 0);
	if (argc == 4 && !strcmp(argv[1], "--pool"))
		return pool(strtoul(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
	if (argc == 3 && !strcmp(argv[1], "--ask")) {
		probe_ask(argv[2]);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--free"))
		return free_print();
	if (argc == 3 && !strcmp(argv[1], "--hold"))
		return hold(strtoull(argv[2], NULL, 0));
	if (argc > 2 && !strcmp(argv[1], "--later")) {
		puts("later");
		fflush(stdout);
		(void)getchar();
		argv++;
		argc--;
	}
	if (argc > 3 && !strcmp(argv[1], "--holding")) {
		(void)*page_map(strtoull(argv[2], NULL, 0), PROT_READ);
		argv += 2;
		argc -= 2;
	}
	for (i = 1; i < argc; i++) {
		char *eq = strchr(argv[i], '=');

		if (!eq || (*eq = 0, field_set(&c, &len, argv[i], eq + 1))) {
			fprintf(stderr, "rawcmd: what is %s?\n", argv[i]);
			return 2;
		}
	}
	return command_lists(&c, len);
}
