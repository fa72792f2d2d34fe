#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Host ranges by raw commands: dom0 maps them and Xen counts it. Guests are given extents of them,
# in any order, and dom0 gets them back. What is refused, what a killed tool leaves, and what dom0
# may do to its own pages. TAP.
# Here is what the test's machine does: it boots each tested Xen, bare, and then once more for
# nd_pmem and a DAX filesystem on a host range. host.dom0 runs in dom0.
# shellcheck disable=SC2034,SC2154,SC2317 # tap.sh has the rest
set -u
here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"

# try VERSION RANDOM-COMMANDS [MILLION]
try() {
	rm -f "$work/nvdimm"
	truncate -s $(((8 << 30) + 262144)) "$work/nvdimm"
	boot "$1" END --cpus 2 --bare --xen-version "$1" --nvdimm "$work/nvdimm:8G" \
		--add "$top/build/system/idle.elf" \
		--add "$top/build/system/holdpage" --add "$top/build/system/hostpage" -- "${@:2}"
}

machine_begin build/system/holdpage build/system/hostpage build/system/idle.elf
for version in ${HOST_XEN:-4.17.7 4.17.5}; do
	case $version in
	4.17.7) try "$version" 30000 million ;;
	*) try "$version" 10000 ;;
	esac
done
boot dax END --bare --nvdimm "$work/dax:2G" --add "$top/build/system/idle.elf"
echo "1..$tests"
