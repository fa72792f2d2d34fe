/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every fuzz target uses. A target is one fuzz_*.c with LLVMFuzzerTestOneInput; it is linked
 * with all of core/ under ASan and UBSan. Input is taken apart front to back; after its end, 0 is
 * read.
 */
#ifndef XEN_PMEM_FUZZ_H
#define XEN_PMEM_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What must hold for any input; libFuzzer keeps the input if not. */
#define must(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

struct input {
	const uint8_t *at;
	size_t left;
};

static inline void input_take(struct input *in, void *to, size_t len)
{
	size_t n = len < in->left ? len : in->left;

	memset(to, 0, len);
	if (n)
		memcpy(to, in->at, n);
	in->at += n;
	in->left -= n;
}

static inline uint64_t input_number(struct input *in, size_t bytes)
{
	uint64_t n = 0;
	uint8_t part[8];

	input_take(in, part, bytes);
	memcpy(&n, part, bytes);
	return n;
}

#endif
