#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The control of placement.t and efi.t: with a payload that leaves PV page tables as they are, which
# are older than the load, the host dies when one of them is used; of one that leaves EFI's table
# the probe says so. TAP. On the test's machine it builds these payloads, boots each of the tested
# Xen, and one of them by EFI, and runs itself in dom0. SLOTS_XEN: which are not booted by EFI.
set -u
raw=/root/rawcmd
A=aaaaaaaa-1111-1111-1111-111111111111

# ---- in dom0 ----

dom0_pv() {
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

dom0_efi() {
	livepatch_load "/root/efiless/$(xl info build_id).livepatch"
	probe_load
	probe slots
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
# In dom0, tap.sh is beside this file.
. "$here/tap.sh" 2>/dev/null || . "$here/../system/tap.sh"
place_run "$@"

# adds_find NAME: sets $adds to the options that bring the payloads of that name
adds_find() {
	local each
	adds=(--add "$top/tests/system/tap.sh" --add "$top/build/system/rawcmd")
	for each in "$top/build/$1"/*.livepatch "$top"/build/probe/*.livepatch; do
		adds+=(--add "$each:/root/$(basename "$(dirname "$each")")/${each##*/}")
	done
}

# host NAME VERSION PART OPTION...: sets $rc
host() {
	local name=$1 version=$2 part=$3
	shift 3
	"$top/testbed/xenhost" run --cpus 1 --bare --fresh --xen-version "$version" \
		--log "$work/$name.log" --nvdimm "$work/high:2G@0x8040000000" "${adds[@]}" "$@" \
		"$0" "$part" >"$work/$name" 2>&1
	rc=$?
	sed 's/^/# /' "$work/$name"
}

machine_begin slotless efiless bed-efi
for version in ${SLOTS_XEN-4.17.7 4.17.5}; do
	adds_find slotless
	host "$version" "$version" pv
	result "$version: the ranges were served" grep -q '^SERVED' "$work/$version"
	result "$version: the host has died" [ $rc = 126 ]
	result "$version: of an access to an empty slot" grep -q 'L4\[0x107\] = 0000000000000000' \
		"$work/$version.log"
done
adds_find efiless
host efi 4.17.7 efi --efi
result "EFI's table lacks the slot" grep -qx 'idle=2 efi=1' "$work/efi"
echo "1..$tests"
