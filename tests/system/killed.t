#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# xen-pmem create is killed (-9) at one call to the system after another, over a guest's whole life:
# start, reboot and end; so is the xl that it runs, and so it is while that xl is at work. After
# each kill the guest runs with its whole vNVDIMM, or is gone, or is paused or shut down and the
# next command says so; release, or the next create, puts all right; and its RAM on the NVDIMM is
# erased in the end. TAP.
# On the test's machine it boots the bed once, and runs itself in dom0. Here are some of the calls;
# KILLED=all (make soak) takes them all.
set -u
pattern_at=$((256 << 20)) pattern_len=$((4 << 20))

# ---- in dom0 ----

nobody() {
	! pidof xen-pmem xl >/dev/null
}

rebooted_or_killed() {
	nobody || { [ "$(guest_state g)" = run ] && [ "$(xl domid g)" != "$was" ]; }
}

# live CLASS N [PARENT]: a guest's life, until nobody of ours is left to see to it.
live() {
	env LD_PRELOAD=/root/killpoint.so KILLPOINT=/root/point KILLPOINT_AT="$2" \
		KILLPOINT_ONLY="${1#tool-}" ${3:+KILLPOINT_PARENT=1} \
		xen-pmem create -q g.cfg >live.said 2>&1
	if [ "$(guest_state g)" = run ] && ! nobody; then
		was=$(xl domid g)
		guest_end $reboot
		wait_for 120 rebooted_or_killed
		nobody || guest_end $poweroff
	fi
	wait_for 120 nobody || bail "point $2 of $1: somebody is left: $(ps)"
}

# point_begin; point_read: how many calls were made; which was the last that was not
point_begin() {
	dd if=/dev/zero of=point bs=4096 count=1 2>/dev/null
}

points() {
	od -An -tu4 -N4 point | xargs
}

killed_at() {
	dd if=point bs=4 skip=1 2>/dev/null | tr -d '\0'
}

# What there may be after a kill, and that it is told of
left_is_legal() {
	xen-pmem list >/tmp/said 2>&1
	case $1 in
	none) return ;;
	run) guest_runs_whole || return ;;
	p | s) ;;
	*) return 1 ;;
	esac
	grep -Eq "^xen-pmem: warning: (g|$uuid): the xen-pmem create of this guest was killed: it" \
		/tmp/said
}

# A guest that runs goes on, any other is ended.
release_repairs() {
	xen-pmem release >/tmp/said 2>&1 || return
	[ "$1" = run ] || return 0
	guest_runs_whole && xl destroy g && xen-pmem release >>/tmp/said 2>&1
}

# The next start of the same config needs nothing else.
create_repairs() {
	local rc
	xen-pmem create -q g.cfg >/tmp/said 2>&1
	rc=$?
	if [ "$1" = run ]; then
		[ $rc = 1 ] && guest_runs_whole && xl destroy g && xen-pmem release >>/tmp/said 2>&1
	else
		[ $rc = 0 ] && guest_runs_whole && xl destroy g
	fi
}

# point_try CLASS N REPAIR [PARENT]: CLASS is who makes the calls that count and is killed
# (xen-pmem, xl), or tool-xl: xl makes them, and who runs it is killed. 1: it came to its end before
# it was killed
point_try() {
	local state what
	point_begin
	live "$1" "$2" ${4:+"$4"}
	[ -n "$(killed_at)" ] || return
	state=$(guest_state g)
	what="${1%%-xl} killed at call $2 ($(killed_at)), guest $state"
	left_is_legal "$state"
	verdict $? "$what: whole, gone, or told of"
	"${3}_repairs" "$state" && wait_for 60 all_gone
	verdict $? "$what: $3 puts it right"
	[ -z "$pool" ] || slot_is_erased "$what"
	if ! all_gone; then
		{ xl list; cat /run/xen-pmem/*-*; xenhypfs cat /pmem/status; } 2>&1 | sed 's/^/# /'
		bail "point $2 of $1 is not repaired"
	fi
}

# The guest has RAM on the NVDIMM as well: a pool of one slot.
pool_begin() {
	ndctl create-namespace -m raw -n xen-ram -s 1G -r region0 >/tmp/said 2>&1 &&
		xen-pmem enable --ram xen-ram >/tmp/said 2>&1 || bail "no pool: $(cat /tmp/said)"
	echo 'pmem_ram = [ "size=1G" ]' >>g.cfg
	pool=xen-ram
	# Xen has a page table more, for good, which maps the pool.
	wait_for 60 free_steady || bail "Xen's free memory does not come to rest"
}

slot_is_clean() {
	xen-pmem list --json >pool.now 2>/tmp/said &&
		jq -e '.namespaces[].ram // empty | .clean == 1073741824' pool.now >/dev/null
}

slot_is_erased() {
	wait_for 60 slot_is_clean
	verdict $? "$1: its slot is nobody's, and erased"
}

# points_count CLASS: all calls of a life that nobody kills
points_count() {
	point_begin
	live "$1" 0
	all=$(points)
	echo "# $1: $all calls"
}

# points_try CLASS FROM TO HOW-MANY [PARENT]: so many of these calls, evenly; each is repaired in
# the other way than the one before
points_try() {
	local i nr=$4 repairs=(release create)
	[ "$nr" != all ] && [ "$nr" -le $(($3 - $2 + 1)) ] || nr=$(($3 - $2 + 1))
	for ((i = 0; i < nr; i++)); do
		point_try "$1" $(($2 + i * ($3 - $2 + 1) / nr)) "${repairs[(tried++) % 2]}" \
			${5:+"$5"}
	done
}

in_dom0() {
	local free all tried pool=
	# shellcheck source-path=SCRIPTDIR
	. ./idle.sh
	idle_host
	echo "= $(a_offset)"
	xen-pmem create -q g.cfg >/tmp/said 2>&1 && xl destroy g
	wait_for 60 all_gone || bail "a guest that nobody kills is not as it should be"
	wait_for 60 free_steady || bail "Xen's free memory does not come to rest"
	tried=0
	points_count xen-pmem
	if [ "${2:-}" = all ]; then
		points_try xen-pmem 1 "$all" all
		points_count xl
		points_try xl 1 "$all" all
		points_try tool-xl 1 "$all" 60 parent
		pool_begin
		points_count xen-pmem
		points_try xen-pmem 1 "$all" all
	else
		# Until it runs, some 115 calls; then it is rebooted, and ends.
		points_try xen-pmem 1 120 14
		points_try xen-pmem 121 "$all" 6
		points_count xl
		points_try xl 20 "$all" 6
		points_try tool-xl 50 "$all" 4 parent
		pool_begin
		points_count xen-pmem
		points_try xen-pmem 20 "$all" 12
	fi
	wait_for 30 free_is "$free"
	same "Xen's free memory is as before, to the page" "$(free_pages)" "$free"
	xen-pmem check | grep -E ' (record|reserved area) ' >/tmp/said
	same "the record is whole" "$(grep -c ^OK /tmp/said)" 2
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
# shellcheck source-path=SCRIPTDIR
. "$here/idle/idle.sh"
idle_begin build/system/killpoint.so
pattern_lay
idle_boot --add "$built/system/killpoint.so" -- ${KILLED:+all}
pattern_check
echo "1..$tests"
