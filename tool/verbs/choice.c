// SPDX-License-Identifier: GPL-2.0-only
/* The options --keep and --erase, which several verbs have. */
#include "verbs/verb.h"

int choice_read(const struct verb *verb, bool keep, bool erase, enum data_choice *choice)
{
	*choice = keep ? DATA_KEEP : erase ? DATA_ERASE : DATA_ASK;
	return keep && erase ? usage_wrong(verb, "--keep or --erase, not both") : EXIT_DONE;
}
