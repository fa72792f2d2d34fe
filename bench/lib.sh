#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the scripts of the bench that run in dom0 have in common. They are in /root, as this file is,
# and print "= NAME VALUE...".
# shellcheck disable=SC2034 # the scripts that read this file use these
G=$((1 << 30))
images=/usr/lib/testbed/guest
raw=/root/rawcmd
tracing=/sys/kernel/debug/tracing

failed() {
	echo "${0##*/}: $*" >&2
	[ ! -e /tmp/said ] || cat /tmp/said >&2
	exit 1
}

run() {
	"$@" >/tmp/said 2>&1 || failed "$*"
}

# command FIELD=VALUE...: sets $answer
command() {
	answer=$($raw "$@") || failed "$* gave $answer"
}

# field NAME: of the answer
field() {
	sed -n "s/.*\<$1=\([^ ]*\).*/\1/p" <<<"$answer"
}

# From now on calls of dom0's programs to Xen, or about its memory, are counted: each is an ioctl of
# privcmd.
calls_count() {
	run modprobe -a xen-privcmd
	{ echo 'p:ioctls privcmd_ioctl' >$tracing/kprobe_events &&
		echo 1 >$tracing/events/kprobes/ioctls/enable; } || failed "no kprobe"
}

# 0 if they are not counted
calls() {
	if [ -e $tracing/kprobe_profile ]; then
		awk '$1 == "ioctls" { n = $2 } END { print n + 0 }' $tracing/kprobe_profile
	else
		echo 0
	fi
}

# timed NAME COMMAND...: prints its milliseconds and its calls
timed() {
	local name=$1 before start
	shift
	before=$(calls) start=${EPOCHREALTIME/./}
	"$@" >/tmp/said 2>&1 || failed "$*"
	echo "= $name $(((${EPOCHREALTIME/./} - start) / 1000)) $(($(calls) - before))"
}

# wait_until COMMAND...
wait_until() {
	local until=$((SECONDS + 600))
	until "$@"; do
		[ $SECONDS -lt $until ] || failed "$* did not come about"
		sleep 0.2
	done
}

guests_gone() {
	[ "$(xl list | wc -l)" = 2 ]
}
