// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the guest: a list in a libpmemobj pool that grows and shrinks in transactions, and says
 * whether it is whole, whatever ended it before.
 *
 *   ledger run POOL NAME     appends entries without end, and prints "= NAME NUMBER" when the
 *                            transaction of every 20th NUMBER is committed
 *   ledger check POOL NUMBER prints where the list ends; exits with 1 unless it is whole and ends
 *                            with NUMBER or a later one
 *
 * Each transaction appends one entry and, of a full list, removes and frees the oldest, so a half
 * one leaves a wrong link, length, sum or block.
 */
#include <libpmemobj.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LAYOUT	"ledger"
#define FULL	200

POBJ_LAYOUT_BEGIN(ledger);
POBJ_LAYOUT_ROOT(ledger, struct ledger);
POBJ_LAYOUT_TOID(ledger, struct entry);
POBJ_LAYOUT_END(ledger);

struct entry {
	uint64_t number;
	TOID(struct entry) older, newer;
	unsigned char body[];
};

struct ledger {
	uint64_t length, last, sum; /* sum: of the entries' numbers */
	TOID(struct entry) oldest, newest;
};

static size_t body_length(uint64_t number)
{
	return 40 + number * 2654435761u % 1500;
}

static void newest_append(TOID(struct ledger) l, uint64_t number)
{
	TOID(struct entry) e = TX_ALLOC(struct entry, sizeof(struct entry) + body_length(number));

	D_RW(e)->number = number;
	D_RW(e)->older = D_RO(l)->newest;
	D_RW(e)->newer = TOID_NULL(struct entry);
	memset(D_RW(e)->body, (int)number, body_length(number));
	if (TOID_IS_NULL(D_RO(l)->newest))
		D_RW(l)->oldest = e;
	else
		TX_SET(D_RW(l)->newest, newer, e);
	D_RW(l)->newest = e;
	D_RW(l)->length++;
	D_RW(l)->sum += number;
	D_RW(l)->last = number;
}

static void oldest_remove(TOID(struct ledger) l)
{
	TOID(struct entry) e = D_RO(l)->oldest;

	D_RW(l)->oldest = D_RO(e)->newer;
	TX_SET(D_RW(l)->oldest, older, TOID_NULL(struct entry));
	D_RW(l)->length--;
	D_RW(l)->sum -= D_RO(e)->number;
	TX_FREE(e);
}

static void entry_add(TOID(struct ledger) l)
{
	TX_ADD(l);
	newest_append(l, D_RO(l)->last + 1);
	if (D_RO(l)->length > FULL)
		oldest_remove(l);
}

/*
 * In one write each, past stdio: what is printed was committed, and what was committed is printed
 * at once. Not each, because the guest's console would lag behind.
 */
static void number_tell(TOID(struct ledger) l, const char *name)
{
	char line[80];
	int n = snprintf(line, sizeof(line), "= %s %lu\n", name, D_RO(l)->last);

	if (D_RO(l)->last % 20 == 0 && write(STDOUT_FILENO, line, n) != n)
		exit(1);
}

/*
 * The root is looked up each time: a transaction that aborts comes back by longjmp, and the
 * compiler wants no local variables then.
 */
static void run(PMEMobjpool *pool, const char *name)
{
	for (;;) {
		TX_BEGIN(pool) {
			entry_add(POBJ_ROOT(pool, struct ledger));
		} TX_ONABORT {
			fprintf(stderr, "ledger: %s\n", pmemobj_errormsg());
			exit(1);
		} TX_END
		number_tell(POBJ_ROOT(pool, struct ledger), name);
	}
}

static bool entry_right(const struct entry *e, uint64_t number)
{
	size_t i;

	if (e->number != number)
		return false;
	for (i = 0; i < body_length(number); i++)
		if (e->body[i] != (unsigned char)number)
			return false;
	return true;
}

/* Both ways along the links, as far as there are entries, and everything the root says of them. */
static bool list_whole(TOID(struct ledger) l)
{
	TOID(struct entry) e, before = TOID_NULL(struct entry);
	uint64_t number = D_RO(l)->last - D_RO(l)->length, length = 0, sum = 0;

	for (e = D_RO(l)->oldest; !TOID_IS_NULL(e); e = D_RO(e)->newer) {
		if (!entry_right(D_RO(e), ++number) || !TOID_EQUALS(D_RO(e)->older, before) ||
			++length > FULL)
			return false;
		sum += number;
		before = e;
	}
	return TOID_EQUALS(before, D_RO(l)->newest) && number == D_RO(l)->last &&
	       length == D_RO(l)->length && sum == D_RO(l)->sum;
}

/* No block is left that no entry stands in. */
static bool blocks_counted(PMEMobjpool *pool, uint64_t length)
{
	TOID(struct entry) e;

	POBJ_FOREACH_TYPE(pool, e)
		length--;
	return !length;
}

static int check(PMEMobjpool *pool, TOID(struct ledger) l, uint64_t wanted)
{
	bool whole = list_whole(l), counted = blocks_counted(pool, D_RO(l)->length);

	printf("last %lu, wanted %lu, length %lu%s%s\n", D_RO(l)->last, wanted, D_RO(l)->length,
		whole ? "" : ", broken", counted ? "" : ", blocks lost");
	return !whole || !counted || D_RO(l)->last < wanted;
}

int main(int argc, char **argv)
{
	bool checks = argc == 4 && !strcmp(argv[1], "check");
	PMEMobjpool *pool;

	if (!checks && (argc != 4 || strcmp(argv[1], "run"))) {
		fputs("usage: ledger run POOL NAME | ledger check POOL NUMBER\n", stderr);
		return 2;
	}
	pool = pmemobj_open(argv[2], LAYOUT);
	if (!pool) {
		fprintf(stderr, "ledger: %s: %s\n", argv[2], pmemobj_errormsg());
		return 1;
	}
	/* Made, all zeros, if there is none yet. */
	if (TOID_IS_NULL(POBJ_ROOT(pool, struct ledger)))
		return 1;
	if (checks)
		return check(pool, POBJ_ROOT(pool, struct ledger), strtoull(argv[3], NULL, 0));
	run(pool, argv[3]);
}
