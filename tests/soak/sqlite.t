#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/system/commits.t with $CUTS (100) power cuts: SQLite on ext4 and XFS with DAX and a
# libpmemobj program lose nothing that they told of. TAP.
set -u
CUTS=${CUTS:-100} exec "$(dirname "$(readlink -f "$0")")/../system/commits.t"
