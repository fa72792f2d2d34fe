#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# copy-out and copy-in: what a guest had, filesystem and labels, comes back after its namespace was
# erased, or destroyed and made anew. Each byte and the checksum are compared with the NVDIMM.
# Copies are killed, and the power is cut. What is damaged, unfinished or in use is refused. Files,
# block devices and DAX devices are copied too. TAP.
# Here is what the test's machine does; copy.dom0 runs in dom0, copy.guest in the guest.
set -u
MIB=1048576
a_at=96 c_at=608 c_size=32	# MiB
here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
machine_begin build/inject/inject.ko

# region FROM COUNT: so many MiB of the medium
region() {
	dd if="$work/nvdimm" bs=$MIB skip="$1" count="$2" 2>/dev/null
}

crc32c() {
	perl -e 'my @t = map {
			my $x = $_;
			$x = $x & 1 ? $x >> 1 ^ 0x82f63b78 : $x >> 1 for 1 .. 8;
			$x
		} 0 .. 255;
		my $c = 0xffffffff;
		while (read STDIN, my $b, 65536) {
			$c = $c >> 8 ^ $t[($c ^ $_) & 255] for unpack "C*", $b
		}
		printf "%08x\n", $c ^ 0xffffffff'
}

truncate -s $((1024 * MIB + 262144)) "$work/nvdimm"
yes "a pattern" | head -c $((5 * MIB)) |
	dd of="$work/nvdimm" bs=$MIB seek=$((c_at + 7)) conv=notrunc 2>/dev/null
region $c_at $c_size >"$work/c"
boot first END --nvdimm "$work/nvdimm:1G" --nvdimm "$work/images:2G"
result "the image has the medium's bytes" [ "$(sed -n 2p "$work/first.facts")" \
	= "$(sha256sum <"$work/c" | cut -c 1-64)" ]
result "the image's checksum is right" [ "$(sed -n 1p "$work/first.facts")" \
	= "$(crc32c <"$work/c")" ]
result "the medium was not changed by copying" cmp -s "$work/c" <(region $c_at $c_size)
boot second END --add "$top/build/inject/inject.ko" --nvdimm "$work/nvdimm:1G" \
	--nvdimm "$work/images:2G"
result "in the end the medium has what the image of the guest's namespace has" \
	[ "$(sed -n 3p "$work/first.facts")" = "$(region $a_at 256 | sha256sum | cut -c 1-64)" ]
echo "1..$tests"
