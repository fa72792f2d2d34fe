#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tests/system/badblocks.t on a host of Debian 13. TAP.
XENHOST_DEBIAN=13 exec "$(dirname "$(readlink -f "$0")")/badblocks.t"
