#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/system/conformance.t with more and longer scripts by chance, other ones each time; the names
# of the results tell their numbers.
set -u
seeds=${CONFORM_SEEDS:-$(shuf -i 100-999999999 -n 6 | xargs)}
CONFORM_SEEDS=$seeds CONFORM_LINES=${CONFORM_LINES:-120} exec \
	"$(dirname "$(readlink -f "$0")")/../system/conformance.t"
