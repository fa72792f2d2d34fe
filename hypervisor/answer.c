// SPDX-License-Identifier: GPL-2.0-only
/* The answer of the command under way, and its work so far. */
#include "answer.h"

const char *command_refusal;
uint64_t command_work;
