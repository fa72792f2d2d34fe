#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The host's lock: who has to wait says so after a second, and goes on; who cannot have it is
# refused, and does not try for ever. A copy of a file takes it. Needs neither Xen nor an NVDIMM,
# but root, for a /run of its own. TAP.
set -u
top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
B=$(readlink -f "${B:-$top/build}")
[ -n "${LOCK_OWN:-}" ] || { export LOCK_OWN=1; exec unshare -m --propagation private "$0"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$top/tests/unit/own.sh"
cd "$work" && dom0_own || { echo "Bail out! no /run and /dev of its own"; exit 1; }
head -c 4096 /dev/urandom >source

# copy_out IMAGE NAME=VALUE...: where these are for the preload library
copy_out() {
	dd if=/dev/zero of=point bs=4096 count=1 2>/dev/null
	exec env KILLPOINT="$work/point" KILLPOINT_AT=1 LD_PRELOAD="$B/system/killpoint.so" \
		"${@:2}" \
		"$B/tool/xen-pmem" copy-out "$work/source" "$1"
}

# verdict STATUS NUMBER WHAT
verdict() {
	[ "$1" = 0 ] && { echo "ok $2 - $3"; return; }
	echo "not ok $2 - $3"
	sed 's/^/# /' said
}

said() {
	[ "$(grep -v '^xencall:' said)" = "xen-pmem: $1" ]
}

(copy_out refused KILLPOINT_CALLS=_flock_ KILLPOINT_ERRNO=37 KILLPOINT_ON=1 timeout 20) >said 2>&1
[ $? = 1 ] && said "/run/xen-pmem/lock: cannot be locked: No locks available"
verdict $? 1 "a lock that cannot be had"

# The first copy-out stops before it writes its name into the lock.
(copy_out first KILLPOINT_CALLS=_pwrite_ KILLPOINT_STOP=1) >/dev/null 2>&1 &
holder=$!
until grep -qs '^State:.*T' "/proc/$holder/status"; do
	[ $SECONDS -lt 60 ] || { echo "Bail out! the first copy-out does not stop"; exit 1; }
	sleep 0.1
done
(copy_out second KILLPOINT_AT=0) 2>said >/dev/null &
waiter=$!
until [ $SECONDS -ge 120 ] || grep -q waiting said; do sleep 0.1; done
said "warning: waiting for another xen-pmem"
verdict $? 2 "who waits says so"
kill -0 $waiter 2>/dev/null && kill -CONT $holder && wait $holder && wait $waiter &&
	cmp -s source first && cmp -s source second
verdict $? 3 "the waiting tool goes on"
grep -aq '^xen-pmem copy-out (pid [0-9]*)' /run/xen-pmem/lock
verdict $? 4 "the lock names the tool that had it"
echo "1..4"
