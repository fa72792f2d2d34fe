/* SPDX-License-Identifier: GPL-2.0-only */
/* What every unit test uses; see suite.h. */
#include "suite.h"

#define SUITE_MAX 512

static struct CMUnitTest tests[SUITE_MAX];
static size_t nr_tests;

static void fatal(const char *what, const char *which)
{
	printf("Bail out! %s: %s\n", which, what);
	exit(2);
}

static void add(const char *name, void (*test)(void **), const void *row)
{
	if (nr_tests == SUITE_MAX)
		fatal("more than SUITE_MAX tests", name);
	tests[nr_tests++] = (struct CMUnitTest){
		.name = name, .test_func = test, .initial_state = (void *)(uintptr_t)row
	};
}

void suite_add(const char *name, void (*test)(void **))
{
	add(name, test, NULL);
}

void suite_add_table(void (*test)(void **), const void *rows, size_t row_size, size_t nr)
{
	const char *row = rows;

	for (; nr; nr--, row += row_size)
		add(*(const char *const *)(const void *)row, test, row);
}

int suite_run(const char *name)
{
	return _cmocka_run_group_tests(name, tests, nr_tests, NULL, NULL);
}

/* The next word that is no comment, or NULL at the end. */
static char *word_next(FILE *f, char word[64])
{
	while (fscanf(f, " %63s", word) == 1) {
		if (word[0] != '#')
			return word;
		if (fscanf(f, "%*[^\n]") == EOF)
			break;
	}
	return NULL;
}

size_t golden_read(const char *name, uint8_t *buf, size_t max)
{
	char path[256], word[64];
	unsigned int byte;
	size_t len = 0, n;
	FILE *f;

	snprintf(path, sizeof(path), "tests/data/%s", name);
	f = fopen(path, "r");
	if (!f)
		fatal("cannot open; run from the top of the tree", path);
	while (word_next(f, word)) {
		n = 1;
		if (sscanf(word, "%2x*%zu", &byte, &n) < 1 || n > max - len)
			fatal("not hexadecimal bytes, or too many", path);
		memset(buf + len, (int)byte, n);
		len += n;
	}
	fclose(f);
	return len;
}

uint64_t random_next(uint64_t *state)
{
	/* xorshift64 (Marsaglia 2003, triple 13, 7, 17) */
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

uint32_t slow_crc32c(const void *buf, size_t len)
{
	const uint8_t *byte = buf;
	uint32_t crc = UINT32_MAX;
	int bit;

	for (; len; len--) {
		crc ^= *byte++;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

void crc_fit(uint8_t *copy, size_t len)
{
	uint32_t crc;

	memset(copy + 20, 0, 4);
	crc = slow_crc32c(copy, len);
	memcpy(copy + 20, &crc, 4);
}
