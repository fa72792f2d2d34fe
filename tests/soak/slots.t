#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The control of placement.t: with a payload that leaves PV page tables as they are, which are older
# than the load, the host dies when one of them is used. TAP. On the test's machine it builds that
# payload, boots each of the tested Xen, and runs itself in dom0.
set -u
raw=/root/rawcmd
A=aaaaaaaa-1111-1111-1111-111111111111

# ---- in dom0 ----

in_dom0() {
	coproc LATER { exec $raw --later op=9 uuid=$A spa=0x8060000000 length=0x400000; }
	exec 6<&"${LATER[0]}" 7>&"${LATER[1]}"
	read -r -u 6 || bail "no process waits"
	livepatch_load "/root/slotless/$(xl info build_id).livepatch"
	$raw op=1 uuid=11111111-1111-1111-1111-111111111111 spa=0x8040000000 length=0x8000000 &&
		$raw op=3 uuid=$A spa=0x8060000000 length=0x10000000 || bail "not served"
	sync
	echo "SERVED"
	echo >&7
	sleep 20
	echo "ALIVE"
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
# In dom0, tap.sh is beside this file.
. "$here/tap.sh" 2>/dev/null || . "$here/../system/tap.sh"
place_run "$@"
machine_begin slotless
for version in 4.17.7 4.17.5; do
	adds=()
	for each in "$top"/build/slotless/*.livepatch; do
		adds+=(--add "$each:/root/slotless/${each##*/}")
	done
	"$top/testbed/xenhost" run --cpus 1 --bare --fresh --xen-version $version \
		--log "$work/$version.log" --nvdimm "$work/high:2G@0x8040000000" \
		--add "$top/tests/system/tap.sh" --add "$top/build/system/rawcmd" "${adds[@]}" \
		"$0" dom0 >"$work/out" 2>&1
	rc=$?
	sed 's/^/# /' "$work/out"
	result "$version: the ranges were served" grep -q '^SERVED' "$work/out"
	result "$version: the host has died" [ $rc = 126 ]
	result "$version: of an access to an empty slot" grep -q 'L4\[0x107\] = 0000000000000000' \
		"$work/$version.log"
done
echo "1..$tests"
