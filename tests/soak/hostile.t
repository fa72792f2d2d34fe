#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests that do to their vNVDIMM whatever a guest may ask Xen for, and die of it or with pages in
# the hands of dom0 and other guests. A probe of our own reads from Xen what becomes of each page.
# TAP. Here is what the test's machine does: it boots each tested Xen, bare. hostile.dom0 runs in
# dom0. The guests run nothing but a module (tests/system/hostile/), which takes orders through
# xenstore.
# shellcheck disable=SC2015,SC2154 # make.sh and tap.sh have the rest
set -u
here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/../system/tap.sh"

# What no guest ever wrote to.
untouched() {
	dd if="$work/nvdimm" bs=256K skip=4097 count=4095 status=none | sha256sum
}

# word_at PAGE WORD: of A, as it is on the medium
word_at() {
	od -An -tx8 -j $(((1 << 30) + $1 * 4096 + $2 * 8)) -N 8 "$work/nvdimm" | tr -d ' ' |
		sed 's/^0*//'
}

# try VERSION
try() {
	local before
	rm -f "$work/nvdimm"
	truncate -s $(((2 << 30) + 262144)) "$work/nvdimm"
	yes "persistent $1" |
		dd of="$work/nvdimm" bs=1M count=64 seek=1024 iflag=fullblock conv=notrunc \
		status=none
	before=$(untouched)
	boot "$1" END --cpus 2 --bare --xen-version "$1" --nvdimm "$work/nvdimm:2G" \
		--add "$top/build/hostile/hostile.ko" \
		--add "$top/tests/system/hostile/make.sh" \
		--add "$top/build/system/holdpage"
	result "Xen $1: what no guest wrote to is as it was" [ "$before" = "$(untouched)" ]
	result "Xen $1: what dom0 wrote when the guest was dead is there" \
		[ "$(word_at 1 1) $(word_at 4 1) $(word_at 6 1)" = "dead1 dead4 dead6" ]
	result "Xen $1: what the guest's second vCPU wrote is there" [ "$(word_at 25 0)" = 2a ]
}

machine_begin build/hostile/hostile.ko build/system/holdpage
for version in ${HOSTILE_XEN:-4.17.7 4.17.5}; do
	try "$version"
done
echo "1..$tests"
