#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The bed's processor: programs of dom0 and of two guests that run side by side keep their SSE
# registers. TAP.
#
# QEMU's XSAVE, XSAVEOPT and XRSTOR ignore CR0.TS, on which Xen's lazy switching of the FPU rests;
# with them, and without eager-fpu, programs get each other's registers (docs/testbed.md). The host
# has one processor, which all five vCPUs take by turns: most switches, and QEMU injects no
# interrupt twice.
set -u
rounds=300

# ---- in dom0 and the guests ----

# copies_run N: N programs side by side that check their registers; a line of each
copies_run() {
	local i
	for ((i = 0; i < $1; i++)); do
		./fpucheck $rounds >copy.$i &
	done
	wait
	cat copy.*
}

in_guest() {
	echo checking
	copies_run 3
}

# ---- in dom0 ----

# guest_start NAME: what it says comes into NAME.out
guest_start() {
	printf '%s\n' "name = \"$1\"" 'memory = 256' 'vcpus = 2' >"$1.cfg"
	testguest --add tap.sh --add fpucheck "$1.cfg" fpu.t guest >"$1.out" 2>&1 &
}

guest_checks() {
	grep -qx checking "$1.out"
}

# registers_kept WHO COPIES FILE: all of the copies came to their end, and each round was right
registers_kept() {
	cp "$3" /tmp/said
	[ "$(grep -cx "rounds $rounds wrong 0" "$3")" = "$2" ]
	verdict $? "$1: $2 programs keep their registers for $rounds rounds"
}

in_dom0() {
	guest_start one
	guest_start two
	wait_for 300 guest_checks one || bail "guest one does not come up: $(cat one.out)"
	wait_for 300 guest_checks two || bail "guest two does not come up: $(cat two.out)"
	copies_run 2 >dom0.out	# waits for the guests too
	registers_kept dom0 2 dom0.out
	registers_kept "guest one" 3 one.out
	registers_kept "guest two" 3 two.out
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/fpucheck
boot dom0 END --bare --nvdimm "$work/nvdimm:2G" --add "$top/build/system/fpucheck"
echo "1..$tests"
