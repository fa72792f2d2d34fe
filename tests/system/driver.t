#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The driver, on a stock dom0: which namespaces it claims, what it shows, and what it refuses. TAP.
# Here is what the test's machine does: it boots the bed twice over the same four NVDIMMs, with a
# power cut between the boots. driver.dom0 runs in dom0.
set -u
tests=0
# boot PHASE: its results, numbered
boot() {
	local line rc
	while read -r line; do
		case $line in
		"ok - "*) echo "ok $((++tests)) ${line#ok }" ;;
		"not ok - "*) echo "not ok $((++tests)) ${line#not ok }" ;;
		"Bail out!"*) echo "$line"; exit 1 ;;
		POWER-CUT) ;;
		"#"*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
	done < <("$top/testbed/xenhost" run --bare --log "$work/$1.log" --add "$work/record" \
		--add "$top/build/inject/inject.ko" \
		--nvdimm "$work/0:1G" --nvdimm "$work/1:1G" --nvdimm "$work/2:1G" \
		--nvdimm "$work/3:256M" "${0%.t}.dom0" "$1" 2>&1; echo $? >"$work/rc")
	rc=$(cat "$work/rc")
	case $rc in
	0) echo "ok $((++tests)) - $1 boot" ;;
	126)
		echo "not ok $((++tests)) - $1 boot: Xen or dom0 broke"
		tail -n 40 "$work/$1.log" | sed 's/^/# /'
		;;
	*) echo "Bail out! the bed: $rc"; exit 1 ;;
	esac
}

top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make -s -C "$top" build/inject/inject.ko >"$work/make.log" 2>&1 || {
	echo "Bail out! cannot build inject.ko"
	exit 1
}
head -c 65536 /dev/urandom >"$work/record"
boot first
boot second
echo "1..$tests"
