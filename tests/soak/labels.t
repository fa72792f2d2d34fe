#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# labels.t for longer: namespaces made and destroyed a hundred times, ten power cuts while they
# change. TAP.
ROUNDS=100 CUTS=10 exec "$(dirname "$(readlink -f "$0")")/../system/labels.t"
