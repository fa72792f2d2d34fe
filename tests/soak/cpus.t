#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/system/cpus.t with dom0 on all four processors, and more rounds of everything at once. TAP.
CPUS_DOM0=${CPUS_DOM0:-4} CPUS_ROUNDS=${CPUS_ROUNDS:-10} exec \
	"$(dirname "$(readlink -f "$0")")/../system/cpus.t"
