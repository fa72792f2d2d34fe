#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What one guest left in a namespace: no other guest and not dom0 gets it unasked; erase writes
# zeros over it, over nothing else, and goes on where it was cut off. While one is erased all else
# goes on; who has to wait for another xen-pmem says for whom. TAP.
#
#   reserved, 96 MiB | a, 3 GiB | b, 256 MiB | c, 16 MiB | free
#
# Before the host boots, the last page of each MiB of all that is given a secret.
set -u
one=11111111-aaaa-4aaa-8aaa-111111111111
two=22222222-bbbb-4bbb-8bbb-222222222222
idle=33333333-bbbb-4bbb-8bbb-333333333333
MIB=1048576
a_at=96 a_size=3072 b_at=3168 b_size=256 c_at=3424 c_size=16 end=3584	# MiB

# ---- in dom0 ----

host_begin() {
	local name
	images=/usr/lib/testbed/guest
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda $images
	for name in one two; do
		printf 'name = "%s"\nuuid = "%s"\ntype = "pvh"\nmemory = 128\n'\
'tsc_mode = "native"\nkernel = "%s"\nramdisk = "%s"\n' "$name" "${!name}" \
			$images/vmlinuz $images/initrd >"$name.cfg"
	done
	printf '%s\n' 'name = "idle"' "uuid = \"$idle\"" 'type = "pvh"' 'memory = 32' \
		'kernel = "/root/idle.elf"' 'vnvdimms = [ "xen-b" ]' >idle.cfg
}

usage() {
	"$@" >/tmp/said 2>&1
	same "usage: $*" $? 2
}

guest_new() {
	xl create -q -p "$1.cfg" >/tmp/said 2>&1 || bail "no guest $1: $(cat /tmp/said)"
}

guest_end() {
	{ xl destroy "$1" && xen-pmem release; } >/tmp/said 2>&1 ||
		bail "guest $1 does not go: $(cat /tmp/said)"
}

# field NAME [NAMESPACE]: of a, or of another
field() {
	xen-pmem list --json |
		jq -r --arg key "$1" --arg name "${2:-xen-a}" \
		'.namespaces[] | select(.label == $name)[$key] // empty'
}

# on_terminal ANSWER COMMAND...: runs it on a terminal, and answers when it has asked
on_terminal() {
	local answer=$1
	shift
	rm -f terminal
	{ wait_for 20 grep -qs '\[y/N\]' terminal; echo "$answer"; } |
		script -q -e -f -c "$*" terminal
}

attach_again() {
	guest_new "$1"
	xen-pmem attach "$1" "$2" >/tmp/said 2>&1 || bail "attach: $(cat /tmp/said)"
	guest_end "$1"
}

erased_is() {
	local at
	at=$(field erased)
	[ "${at:-0}" -ge $(($1 << 30)) ]
}

# erase_from GIB: runs erase, which must begin there or behind, not at 0
erase_from() {
	xen-pmem --verbose erase xen-a >/tmp/said 2>&1
	verdict $? "erase goes on"
	awk -v from=$(($1 * 1024)) \
		'/^erase / { v = $2; u = substr(v, length(v)); sub(/[A-Z]$/, "", v)
			if (u == "G") v *= 1024; exit !(v >= from) }' /tmp/said
	verdict $? "where it was cut off"
	same "after erase, a holds no guest's data" "$(field data_of)$(field erased)" ""
}

# spoiled "NAME=VALUE..." COMMAND...: in place of the shell, with the preload library that does
# something at one of its calls
spoiled() {
	dd if=/dev/zero of=point bs=4096 count=1 2>/dev/null
	# shellcheck disable=SC2086
	exec env KILLPOINT=/root/point KILLPOINT_AT=1 LD_PRELOAD=/root/killpoint.so $1 "${@:2}"
}

stopped() {
	[ "$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status")" = T ]
}

# Who waits for another tool's lock says so after a second, and then goes on.
check_waiting() {
	local holder waiter
	(spoiled "KILLPOINT_STOP=1 KILLPOINT_CALLS=_ioctl_" xen-pmem enable xen-b) >/tmp/said 2>&1 &
	holder=$!
	wait_for 20 stopped $holder || bail "no tool stands still with the lock"
	xen-pmem enable xen-b >out 2>&1 &
	waiter=$!
	wait_for 20 grep -q waiting out
	same "who waits says for whom" "$(cat out)" \
		"xen-pmem: warning: waiting for xen-pmem enable (pid $holder)"
	kill -CONT $holder
	wait $waiter
	same "the tool that waited goes on" "$? $(tail -n 1 out)" "0 $(xen-pmem enable xen-b)"
	wait $holder
	(spoiled "KILLPOINT_ERRNO=37 KILLPOINT_ON=1 KILLPOINT_CALLS=_flock_" \
		timeout 20 xen-pmem enable xen-b) >/tmp/said 2>&1
	same "a lock that cannot be had is no reason to try for ever" "$? $(cat /tmp/said)" \
		"1 xen-pmem: /run/xen-pmem/lock: cannot be locked: No locks available"
}

# Stops it in the middle, but not while it has the host's lock.
eraser_stop() {
	kill -STOP "$1"
	wait_for 10 stopped "$1" && timeout 30 xen-pmem enable xen-b >/dev/null 2>&1 && return
	kill -CONT "$1"
	return 1
}

rebooted() {
	[ "$(xl domid idle 2>/dev/null)" != "$was" ] &&
		xl list | awk '$1 == "idle" { run = $5 !~ /[ps]/ } END { exit !run }'
}

# check_beside PID: who erases a stands still in the middle of it; b is the host's to give to any
# guest, and a is nobody's.
check_beside() {
	local by="it is being erased by xen-pmem erase (pid $1): wait"
	wait_for 200 eraser_stop "$1" || bail "the eraser always has the lock"
	accepts "while a is erased, b goes to another guest" timeout 200 xen-pmem create \
		-q --keep idle.cfg
	was=$(xl domid idle)
	/root/endguest "$was" 1
	wait_for 60 rebooted
	verdict $? "which reboots"
	xl destroy idle
	wait_for 30 no_guests
	verdict $? "the erase ends"
	same "the record says whose b is" "$(field data_of xen-b)" $idle
	guest_new one
	refuses "attach of what is being erased" "xen-a: $by" xen-pmem attach --keep one xen-a
	refuses "the same, to be erased" "xen-a: $by" xen-pmem attach --erase one xen-b xen-a
	same "which erases none" "$(field data_of xen-b)" $idle
	guest_end one
	refuses "create" "xen-a: $by" xen-pmem create --keep two.cfg 'vnvdimms=["xen-a"]'
	refuses "a second erase" "xen-a.*$by" xen-pmem erase xen-a
	refuses "disable --keep" "xen-a.*$by" xen-pmem disable --keep xen-a
	refuses "disable --erase" "xen-a.*$by" xen-pmem disable --erase xen-a
	refuses "copy-out" "xen-a.*$by" xen-pmem copy-out xen-a /tmp/image
	accepts "enable has nothing to do" xen-pmem enable xen-a
	kill -CONT "$1"
	wait_for 300 erased_is 2
	verdict $? "the erase goes on"
	same "the record still says whose data b holds" "$(field data_of xen-b)" $idle
}

# What a guest will have again in a moment: its keeper stands still between two of its lives.
check_between() {
	local keeper
	xen-pmem create -q -p --keep idle.cfg >/tmp/said 2>&1 ||
		bail "no guest idle: $(cat /tmp/said)"
	keeper=$(pidof xen-pmem)
	kill -STOP "$keeper"
	xl destroy idle
	refuses "release --erase between two lives of a guest" \
		"xen-b.*guest idle is being started or ended" \
		sh -c 'xen-pmem release --erase >/dev/null'
	refuses "erase of it" "xen-b.*guest idle is being started or ended" xen-pmem erase \
		--force xen-b
	refuses "disable --erase" "xen-b.*guest idle is being started or ended" xen-pmem disable \
		--erase xen-b
	same "its data are as they were" "$(field data_of xen-b)$(field erased xen-b)" $idle
	kill -CONT "$keeper"
	wait_for 60 no_guests || bail "guest idle does not go"
}

dom0_first() {
	host_begin
	namespaces_make xen-pmem:96M xen-a:3G xen-b:256M xen-c:16M
	{ xen-pmem init xen-pmem && for each in xen-{a..c}; do xen-pmem enable $each ||
		break; done; } >/tmp/said 2>&1 || bail "cannot enable: $(cat /tmp/said)"
	guest_new one
	accepts "any guest may have a namespace that no guest has had" xen-pmem attach one xen-a \
		xen-b
	same "the record says who has it" "$(field data_of)" $one
	refuses "erase in use" "assigned to guest one" xen-pmem erase xen-a
	refuses "disable in use" "assigned to guest one" xen-pmem disable --erase xen-a
	refuses "a dry run of disable in use" "assigned to guest one" xen-pmem disable \
		--dry-run --erase xen-a
	guest_end one
	guest_new two
	refuses "attach of another's data" "xen-pmem: xen-a: it holds data of guest $one: --keep" \
		xen-pmem attach two xen-a
	refuses "create with another's data" \
		"two.cfg: vnvdimms\[0\]: backend: xen-a: it holds data of guest $one: --keep" \
		xen-pmem create two.cfg 'name="third"' \
		'uuid="33333333-bbbb-4bbb-8bbb-333333333333"' 'vnvdimms=["xen-a"]'
	same "no guest was made" "$(xl list | tail -n +3 | wc -l)" 1
	refuses "dry run of the same" "it holds data of" xen-pmem create -n two.cfg \
		'vnvdimms=["xen-a"]'
	refuses "disable of a guest's data" "it holds data of guest $one: --keep" xen-pmem disable \
		xen-a
	refuses "a dry run of that" "it holds data of guest $one: --keep" xen-pmem disable \
		--dry-run xen-a
	accepts "a dry run of disable --erase" xen-pmem disable --dry-run --erase xen-a
	same "it is enabled still" "$(field state)" free
	usage xen-pmem attach --keep --erase two xen-a
	usage xen-pmem disable --keep --erase xen-a
	usage xen-pmem create --keep --erase two.cfg
	same "it is still the first one's" "$(field data_of)" $one
	accepts "attach --keep" xen-pmem attach --keep two xen-b
	guest_end two
	guest_new two
	accepts "the same guest again" xen-pmem attach two xen-b
	guest_end two
	refuses "nothing of this name" "xen-none" xen-pmem erase xen-none
	refuses "erase of the reserved area" "reserved area" xen-pmem erase xen-pmem

	refuses "erase of a guest's data" "xen-a): it holds data of guest $one: --force" xen-pmem \
		erase xen-a
	same "nothing was erased" "$(field data_of)$(field erased)" $one
	on_terminal n xen-pmem erase xen-a >/dev/null
	same "erase, answered with no on a terminal, exits with 1" $? 1
	same "after a no the guest's data is there" "$(field data_of)$(field erased)" $one
	on_terminal "" xen-pmem erase xen-a >/dev/null
	same "after an empty line the guest's data is there" "$(field data_of)$(field erased)" $one
	attach_again two xen-c
	accepts "erase, answered with yes on a terminal, succeeds" on_terminal y xen-pmem erase \
		xen-c
	same "the erased namespace holds no guest's data" \
		"$(xen-pmem list --json | jq '[.namespaces[] | select(.data_of)] | length')" 2
	check_waiting
	xen-pmem erase --force xen-a >/dev/null 2>&1 &
	wait_for 120 erased_is 1
	check_beside $!
	kill -KILL $!
	wait $! 2>/dev/null
	check_between
	guest_new two
	accepts "b is the second guest's again" xen-pmem attach --keep two xen-b
	guest_end two
	guest_new one
	refuses "a half-erased namespace, to the guest whose it was" "interrupted" xen-pmem attach \
		one xen-a
	guest_end one
	refuses "an interrupted erase is refused to dom0" "interrupted" xen-pmem disable xen-a
	same "list says so" "$(xen-pmem list | grep -c 'xen-a.*interrupted')" 1
	xen-pmem erase xen-a >/dev/null 2>&1 &
	wait_for 120 erased_is 2
	echo END
	echo POWER-CUT
	sleep 60
}

dom0_second() {
	host_begin
	same "after the power cut it is half erased still" \
		"$(xen-pmem list | grep -c 'xen-a.*interrupted')" 1
	erase_from 2
	guest_new one
	accepts "any guest may have the erased namespace" xen-pmem attach one xen-a
	xl destroy one
	xen-pmem release --erase --dry-run >/tmp/said 2>&1
	same "a dry run of release --erase says that pages would be taken back, and erased" \
		"$? $(grep -c 'would be taken back' /tmp/said) $(grep -c 'xen-a): would be erased' \
			/tmp/said)" "0 1 1"
	same "it takes no page back, and erases no data" "$(field state) $(field data_of)" \
		"dead guest $one"
	accepts "release --erase" xen-pmem release --erase
	same "it then holds no guest's data" "$(field data_of)" ""
	accepts "so dom0 may have it" xen-pmem disable xen-a
	guest_new one
	refuses "b is the second guest's" "data of guest $two" xen-pmem attach one xen-b
	guest_end one
	accepts "dom0 gets it on demand" xen-pmem disable --keep xen-b
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
room=4 machine_begin build/system/idle.elf build/system/endguest build/system/killpoint.so

secrets_write() {
	truncate -s $((end * MIB + 262144)) "$work/nvdimm"
	perl -e 'my ($file, $n) = @ARGV; open my $f, "+<", $file or die;
		for (1 .. $n) { seek $f, $_ * 1048576 - 4096, 0; print $f "secret $_ " x 256 }' \
		"$work/nvdimm" $end
}

# zeros FROM COUNT (MiB)
zeros() {
	cmp -s -n $(($2 * MIB)) -i $(($1 * MIB)):0 "$work/nvdimm" /dev/zero
}

# secrets FROM COUNT: each is there
secrets() {
	perl -e 'my ($file, $from, $n) = @ARGV; open my $f, "<", $file or die;
		for ($from + 1 .. $from + $n) { seek $f, $_ * 1048576 - 4096, 0;
			my $want = "secret $_ " x 256;
		read $f, my $got, length $want; exit 1 if $got ne $want }' "$work/nvdimm" "$1" "$2"
}

secrets_write
boot first END --nvdimm "$work/nvdimm:${end}M" --add "$top/build/system/idle.elf" \
	--add "$top/build/system/endguest" \
	--add "$top/build/system/killpoint.so"
result "the first GiB of a is zeros" zeros $a_at 1024
result "the rest of the NVDIMM is not" secrets $b_at $b_size
result "but for what was erased on a terminal" zeros $c_at $c_size
boot second END --nvdimm "$work/nvdimm:${end}M"
result "all of a is zeros" zeros $a_at $a_size
result "b is as it was" secrets $b_at $b_size
result "the medium after it is untouched" secrets $((c_at + c_size)) $((end - c_at - c_size))
result "the end of the reserved area is untouched" secrets $((a_at - 1)) 1
echo "1..$tests"
