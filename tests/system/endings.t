#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each way for a guest to end, with each action that its config may name: what is left is what xl
# leaves, and the vNVDIMM is whole. TAP. On the test's machine it boots the bed once, and runs
# itself in dom0. ENDINGS=all (make soak) takes all pairs, and does each with stock xl and a guest
# without vNVDIMM first, to show that what is expected here is what xl does.
set -u
dumps=/var/lib/xen/dump
endings=(poweroff reboot crash watchdog soft_reset)
actions=(destroy restart preserve coredump-destroy coredump-restart soft-reset)
# In make check: each ending and each action.
some=(poweroff:preserve reboot:restart crash:coredump-restart watchdog:coredump-destroy \
	soft_reset:soft-reset soft_reset:destroy)
pattern_at=$((256 << 20)) pattern_len=$((4 << 20))

# What an action leaves: guest g (none, another domain, the same one), its state, and a dump. Xen
# resets only guests that asked for it, and libxl only HVM guests; what cannot be reset is
# destroyed.
declare -A left=(
	[destroy]="none none -" [restart]="another run -" [preserve]="same s -" \
	[coredump-destroy]="none none dump" [coredump-restart]="another run dump"
	[soft-reset]="none none -"
)

# ---- in dom0 ----

# What is left of guest g, once domain $was
outcome() {
	local now=none dump=-
	[ "$(guest_state g)" = none ] || {
		now=another
		[ "$(xl domid g 2>/dev/null)" != "$was" ] || now=same
	}
	[ ! -s $dumps/g ] || dump=dump
	echo "$now $(guest_state g) $dump"
}

outcome_is() {
	[ "$(outcome)" = "$1" ]
}

# Time for a wrong outcome to come about, too: a keeper that has done all is gone, or waits for the
# guest's next end.
settle() {
	wait_for 120 outcome_is "$1"
	usleep 500000
}

# actions_config FROM ENDING ACTION
actions_config() {
	cat "$1"
	echo "on_$2 = \"$3\""
	case $3 in
	# A dump takes its time for each page.
	coredump-*) printf '%s\n' 'memory = 8' 'maxmem = 32' ;;
	esac
}

# end ENDING: and then nothing is as it was, for a preserved guest too has shut down
end() {
	was=$(xl domid g)
	guest_end "${!1}"
}

clean() {
	[ "$(guest_state g)" = none ] || xl destroy g
	rm -f $dumps/*
}

# pair ENDING ACTION
pair() {
	local wanted=${left[$2]} log=/var/log/xen/xen-pmem-g.log
	if [ -n "$all" ]; then
		actions_config plain.cfg "$1" "$2" >xl.cfg
		xl create -q xl.cfg >/tmp/said 2>&1 || bail "xl create: $(cat /tmp/said)"
		end "$1"
		settle "$wanted"
		same "xl: $1, $2" "$(outcome)" "$wanted"
		clean
		wait_for 60 no_guests
	fi
	actions_config g.cfg "$1" "$2" >e.cfg
	: >$log
	xen-pmem create -q e.cfg >/tmp/said 2>&1 || bail "xen-pmem create: $(cat /tmp/said)"
	end "$1"
	settle "$wanted"
	same "$1, $2" "$(outcome)" "$wanted"
	case $wanted in
	none*) ;;
	*) same "$1, $2: with its vNVDIMM" "$(with_pages "$(xl domid g)")" $a_pages ;;
	esac
	clean
	wait_for 120 all_gone
	{ xl list; xen-pmem list; cat $log; } >/tmp/said 2>&1
	all_gone
	verdict $? "$1, $2: all comes back in the end"
}

# What is not in the config, as xl has it.
defaults() {
	local ending
	for ending in soft_reset poweroff crash watchdog; do
		pair_default "$ending" "none none -"
	done
	pair_default reboot "another run -"
}

pair_default() {
	xen-pmem create -q g.cfg >/tmp/said 2>&1 || bail "xen-pmem create: $(cat /tmp/said)"
	end "$1"
	settle "$2"
	same "$1, by default" "$(outcome)" "$2"
	clean
	wait_for 120 all_gone
}

check_refused() {
	local ending
	for ending in "${endings[@]}"; do
		refuses "$ending, rename-restart: refused, for the old guest keeps its pages" \
			"on_$ending: rename-restart is not possible" \
			xen-pmem create -q g.cfg "on_$ending=\"rename-restart\""
	done
}

# A preserved guest whose keeper is killed stays preserved: the commands after that tell of it, and
# leave it.
check_preserved() {
	xen-pmem create -q g.cfg 'on_crash="preserve"' >/tmp/said 2>&1
	end crash
	wait_for 60 grep -q preserve /run/xen-pmem/$uuid
	kill -KILL "$(keeper_pid)"
	xen-pmem release >/tmp/said 2>&1
	same "a preserved guest whose keeper was killed stays" "$(outcome)" "same s -"
	xen-pmem list 2>&1 >/dev/null | grep -q "^xen-pmem: warning: g: .*preserved"
	verdict $? "list names the preserved guest"
	xl destroy g
	xen-pmem release >/tmp/said 2>&1
	wait_for 60 all_gone
	verdict $? "until it is destroyed, and released"
}

# What xl changed of a guest outlasts its reboot, as with xl.
check_changed() {
	xen-pmem create -q g.cfg maxmem=64 vcpus=1 maxvcpus=2 >/tmp/said 2>&1
	xl rename g h && xl mem-set h 24 && xl vcpu-set --ignore-host h 2
	was=$(xl domid h)
	guest_end $reboot h
	# What the guest is asked to have: this one does not listen.
	changed() {
		local at
		at=/local/domain/$(xl domid h)
		xenstore-read "$at/name" "$at/memory/target" "$at/cpu/1/availability" | xargs
	}
	rebooted() { [ "$(guest_state h)" = run ] && [ "$(xl domid h)" != "$was" ]; }
	wait_for 120 rebooted
	same "name, memory and vCPUs outlast a reboot" "$(changed)" "h 24576 online"
	same "the guest has its vNVDIMM" "$(with_pages "$(xl domid h)")" $a_pages
	xl destroy h
	wait_for 60 all_gone
}

in_dom0() {
	local each ending action
	all=${2:-}
	# shellcheck source-path=SCRIPTDIR
	. ./idle.sh
	idle_host
	echo "= $(a_offset)"
	if [ -n "$all" ]; then
		for ending in "${endings[@]}"; do
			for action in "${actions[@]}"; do
				pair "$ending" "$action"
			done
		done
		defaults
	else
		for each in "${some[@]}"; do
			pair "${each%:*}" "${each##*:}"
		done
	fi
	cases check_refused check_preserved check_changed
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
# shellcheck source-path=SCRIPTDIR
. "$here/idle/idle.sh"
idle_begin
pattern_lay
idle_boot -- ${ENDINGS:+all}
pattern_check
echo "1..$tests"
