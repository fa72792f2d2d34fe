#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who else uses the machine while guests have vNVDIMMs: xl save and migrate, debug keys, the tools
# that look at Xen, other guests of each type, and more than one xen-pmem at a time. TAP.
# Here is what the test's machine does: it boots one host. neighbours.dom0 runs in dom0,
# neighbours.guest in a guest.
# shellcheck disable=SC2015
set -u
here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/../system/tap.sh"
machine_begin
boot all END --cpus 2 --xen-args conring_size=4M --nvdimm "$work/nvdimm:2G"
echo "1..$tests"
