/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every unit test uses: cmocka, a suite that is filled table by table (one row, one test),
 * golden bytes, and random numbers that are the same in each run. A test program is one test_*.c
 * whose main() adds its tables and returns suite_run().
 */
#ifndef XEN_PMEM_SUITE_H
#define XEN_PMEM_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* One test of its own. */
void suite_add(const char *name, void (*test)(void **));

/*
 * One test for each row of an array of structures whose first member is `const char *name`; the
 * test gets the row in *state.
 */
#define suite_add_rows(test, rows) suite_add_table(test, rows, sizeof((rows)[0]), NR(rows))
void suite_add_table(void (*test)(void **), const void *rows, size_t row_size, size_t nr);

/* Runs what was added; the program's exit status. */
int suite_run(const char *name);

/*
 * Reads tests/data/NAME: bytes as two hexadecimal digits, 00*N for N of them, # to the end of the
 * line a comment. Returns how many there were, at most max, and ends the program with a message if
 * the file is not so.
 */
size_t golden_read(const char *name, uint8_t *buf, size_t max);

/* Numbers that look random, from *state on (not 0). */
uint64_t random_next(uint64_t *state);

/* CRC-32C bit by bit, so that the tests do not depend on core/crc32c.c. */
uint32_t slow_crc32c(const void *buf, size_t len);

/* Makes the CRC of a copy of the record right, which stands at byte 20 in every version. */
void crc_fit(uint8_t *copy, size_t len);

#endif
