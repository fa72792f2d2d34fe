#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Logs of guests: logrotate takes what is installed for it, and a process that has a log open goes
# on writing to it. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0
mkdir "$work/log"
chmod 755 "$work" "$work/log"

result() {
	local what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		echo "ok $((++tests)) - $what"
	else
		echo "not ok $((++tests)) - $what"
		sed 's/^/# /' "$work/said"
	fi
}

rotate() {
	logrotate --state "$work/state" "$@" "$work/config"
}

quiet() {
	rotate --debug >"$work/lines" 2>&1 &&
		! grep -v "debug mode" "$work/lines" | grep -i "^error\|^warning"
}


# is COMMAND... WANTED
is() {
	local got
	got=$("${@:1:$#-1}")
	echo "got $got, wanted ${*: -1}"
	[ "$got" = "${*: -1}" ]
}

sed "s,/var/log/xen/,$work/log/," packaging/xen-pmem.logrotate >"$work/config"
chmod 644 "$work/config"
result "no log, no complaint" rotate --force
exec 3>>"$work/log/xen-pmem-g.log"
echo first >&3
echo erased >"$work/log/xen-pmem.erase.log"
echo other >"$work/log/xl-g.log"
result "nothing to complain of" quiet
result "rotate" rotate --force
echo second >&3
result "what was written before is in the old one" is cat "$work/log/xen-pmem-g.log.1" first
result "what is written after, by the same descriptor, in the new one" is cat \
	"$work/log/xen-pmem-g.log" second
result "so is the eraser's log" is cat "$work/log/xen-pmem.erase.log.1" erased
result "other logs are left alone" is cat "$work/log/xl-g.log" other
for _ in 1 2 3 4 5 6; do
	echo more >&3
	rotate --force
done
result "four old ones are kept" is sh -c "ls '$work/log' | grep -c 'g.log\.[1-9]'" 4
installed() {
	grep -q '644:packaging/xen-pmem.logrotate:/etc/logrotate.d/xen-pmem ' tool/rules.mk
}
result "make install puts it there" installed
echo "1..$tests"
