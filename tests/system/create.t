#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each option of xl create, and of xl before it, with xen-pmem create: it does what it does with xl.
# TAP. On the test's machine it boots the bed once, and runs itself in dom0. There an xl that notes
# how it is called stands before the real one.
set -u

# ---- in dom0 ----

xl_watch() {
	mkdir -p /root/bin
	cat >/root/bin/xl <<-'X'
		#!/bin/bash
		[ "$PPID" = "$$" ] || echo "$*" >>/root/xl.log
		case $1 in
		vncviewer | console) exit ;;
		esac
		PATH=${PATH#/root/bin:} exec xl "$@"
	X
	chmod +x /root/bin/xl
}

# create ARGUMENT...: xen-pmem create, with that xl; its output in out and err
create() {
	local rc
	: >xl.log
	PATH=/root/bin:$PATH xen-pmem create "$@" >out 2>err
	rc=$?
	sed -i '/tsc mode string/d' err	# which xl says even with -q
	return $rc
}

# xl_got WHAT PATTERN: what xl was called with
xl_got() {
	cp xl.log /tmp/said
	grep -Eq -- "$2" xl.log
	verdict $? "$1"
}

end_of_guest() {
	[ "$(guest_state g)" = none ] || guest_end $poweroff
	wait_for 60 all_gone
	{ xl list; xen-pmem list; ls /run/xen-pmem; } >/tmp/said 2>&1
	all_gone
	verdict $? "${1:+$1: }nothing is left"
}

check_default() {
	create g.cfg
	same "without options: it starts" "$? $(guest_state g)" "0 run"
	same "it says what xl says" "$(cat out err)" "Parsing config from g.cfg"
	same "a keeper monitors the guest" "$(claims)" 1
	end_of_guest
}

check_quiet() {
	create -q g.cfg memory=48 'name="other"'
	same "-q: nothing is said" "$? $(cat out err)" "0 "
	same "KEY=VALUE are lines of config, the later the stronger" \
		"$(xl list | awk '$1 == "other" { print $3 }')" 48
	/root/endguest "$(xl domid other)" $poweroff
	end_of_guest
}

check_paused() {
	create --quiet -p g.cfg
	same "--quiet, -p: it is there, paused" "$? $(cat out err)$(guest_state g)" "0 p"
	xl unpause g
	same "xl unpause starts it, with its vNVDIMM" \
		"$(guest_state g) $(with_pages "$(xl domid g)")" "run $a_pages"
	end_of_guest
}

check_foreground() {
	create -q -F g.cfg &
	wait_for 60 guest_runs_whole
	verdict $? "-F: it starts"
	kill -0 $!
	verdict $? "xen-pmem stays in the foreground"
	guest_end $poweroff
	wait $!
	same "until the guest's end; its status is 0" "$?" 0
	end_of_guest
}

check_leave() {
	create -q -e g.cfg
	same "with -e the guest starts without a keeper" \
		"$? $(guest_state g) $(claims) $(pidof xen-pmem)" "0 run 0 "
	guest_end $reboot
	xen-pmem release >/tmp/said 2>&1
	same "which xl, and xen-pmem, leave as it is" "$(guest_state g)" s
	xl destroy g
	xen-pmem release >/tmp/said 2>&1
	end_of_guest "after xl destroy and release"
	create -qpe g.cfg
	xen-pmem release >/tmp/said 2>&1
	same "with -qpe the guest stays paused, without a keeper" "$? $(guest_state g) $(claims)" \
		"0 p 0"
	xl destroy g
	xen-pmem release >/tmp/said 2>&1
	end_of_guest "after xl destroy and release"
}

check_beside() {
	create -q -c g.cfg
	xl_got "-c: xl console" "^console [0-9]+$"
	end_of_guest
	create -q -V g.cfg
	wait_for 20 grep -q vncviewer xl.log
	xl_got "-V: xl vncviewer" "^vncviewer [0-9]+$"
	end_of_guest
	create -q --vncviewer-autopass g.cfg
	wait_for 20 grep -q vncviewer xl.log
	xl_got "--vncviewer-autopass: and its password" "^vncviewer --autopass [0-9]+$"
	end_of_guest
}

check_passed_on() {
	create -q -d --ignore-global-affinity-masks -p g.cfg
	xl_got "-d, --ignore-global-affinity-masks: xl's" \
		"^create -qep (-d -i|-i -d) /proc/self/fd/"
	same "-d: the config is shown" "$(grep -c '"name": "g"' err)" 1
	xl unpause g
	end_of_guest
	: >xl.log
	PATH=/root/bin:$PATH xen-pmem -vvv -t -T create -q --defconfig g.cfg >out 2>err
	xl_got "before the verb, -v, -t and -T: xl's" "^-v -v -v -t -T create -qep /proc/self/fd/"
	same "-vvv: libxl tells what it does" \
		"$(grep -c 'domain_create' err | sed 's/^[1-9].*/some/')" some
	end_of_guest
	create -q -f g.cfg
	same "-f CONFIG" "$? $(guest_state g)" "0 run"
	end_of_guest
	create -q --defconfig=/dev/null $'name="g"\nuuid="'$uuid'"' 'type="pvh"' memory=32 \
		'kernel="/root/idle.elf"' 'vnvdimms=["xen-a"]'
	same "--defconfig=/dev/null, all of the config in arguments" "$? $(guest_state g)" "0 run"
	end_of_guest
}

# Word for word what xl shows of the same file.
check_dry_run() {
	local each
	xl create -n g.cfg >wanted 2>/dev/null
	for each in "create -n g.cfg" "create g.cfg --dryrun" "-N create g.cfg"; do
		# shellcheck disable=SC2086
		xen-pmem $each >out 2>err
		{ [ $? = 0 ] && cmp out wanted && [ -s wanted ]; } >/tmp/said 2>&1
		verdict $? "$each: as xl's"
	done
	end_of_guest "dry runs"
	xen-pmem create -n g.cfg 'vnvdimms=["nothing"]' >out 2>/tmp/said
	same "a dry run refuses what a run would" "$?" 1
}

check_statuses() {
	local each
	while read -r each; do
		# shellcheck disable=SC2086
		xl create $each >/dev/null 2>&1 </dev/null
		local wanted=$?
		# shellcheck disable=SC2086
		xen-pmem create $each >/dev/null 2>/tmp/said </dev/null
		same "status of create $each, as xl's" $? $wanted
	done <<-'X'
		-h
		g.cfg -h
		--help
		--what g.cfg
		-f
		g.cfg plain.cfg
		-f g.cfg plain.cfg
	X
	xen-pmem -v list >/tmp/said 2>&1
	same "xl's options before another verb are wrong usage" $? 2
	create -q g.cfg 'kernel="/nothing"'
	same "what xl refuses is refused" "$? $(grep -c 'xl create failed' err)" "1 1"
	end_of_guest
}

# What xl started of the same config is not ours to end.
check_stranger() {
	xl create -q -e plain.cfg 2>/tmp/said || bail "xl create: $(cat /tmp/said)"
	create -q g.cfg
	same "a guest that xl started of the same config: refused" \
		"$? $(grep -c 'there is a guest of this UUID already: g, domain' err)" "1 1"
	same "the guest of xl goes on running" "$(guest_state g)" run
	xl destroy g
	end_of_guest
}

check_plain() {
	create -q -p --erase plain.cfg memory=48
	xl_got "a guest without vnvdimms is all xl's" "^create -q -p plain.cfg memory=48$"
	same "which starts it" "$(guest_state g)" p
	xl destroy g
	end_of_guest
}

# What is opened in place of one that is closed is lost when the keeper goes into the background.
check_closed() {
	local each
	for each in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		(eval "xen-pmem create -q -p g.cfg $each")
		same "started with $each: the guest is there" "$? $(guest_state g)" "0 p"
		xen-pmem list >/tmp/said 2>&1
		same "with $each: its keeper has its claim" "$(grep -c 'was killed' /tmp/said)" 0
		xen-pmem release >/tmp/said 2>&1
		same "with $each: release leaves it alone" "$(guest_state g)" p
		xl destroy g >/tmp/said 2>&1
		xen-pmem release >/tmp/said 2>&1
		end_of_guest "with $each"
	done
	(eval 'xen-pmem erase xen-nothing 2>&-')
	same "no message goes into the lock file" "$(grep -ac nothing /run/xen-pmem/lock)" 0
	xen-pmem list >/dev/full 2>/tmp/said
	same "a list that could not be written is a failure" "$? $(cat /tmp/said)" \
		"1 xen-pmem: standard output: No space left on device"
}

# The claim's file, and what is written into it, on a full disk: the guest is there or is not.
check_full() {
	local i rc left
	for ((i = 1; ; i++)); do
		dd if=/dev/zero of=point bs=4096 count=1 2>/dev/null
		KILLPOINT=/root/point KILLPOINT_AT=$i KILLPOINT_ERRNO=28 KILLPOINT_ONLY=xen-pmem \
			KILLPOINT_CALLS=_open_pwrite_ftruncate_mkdir_ \
			LD_PRELOAD=/root/killpoint.so xen-pmem create -q -p g.cfg >out 2>err
		rc=$?
		left=$(guest_state g)
		[ "$(od -An -tu4 -N4 point | xargs)" -ge $i ] || break
		cp err /tmp/said
		[ "$rc $left" = "0 p" ] || [ "$rc $left $(claims)" = "1 none 0" ]
		verdict $? "disk full at call $i ($(dd if=point bs=4 skip=1 2>/dev/null |
			tr -d '\0')): status $rc, guest $left"
		xl destroy g >/dev/null 2>&1
		wait_for 60 nobody
		xen-pmem release >/dev/null 2>&1
	done
	same "some calls were made" "$((i > 4))" 1
	xl destroy g
	end_of_guest "disk full"
}

nobody() {
	! pidof xen-pmem >/dev/null
}

# Keys that are ours to look at, of guests that are xl's
check_keys() {
	create -q -p g.cfg 'vnvdimms=[]'
	same "vnvdimms = [ ]: none" "$? $(guest_state g) $(with_pages "$(xl domid g)")" "0 p "
	xl_got "so it is xl's to start" "^create -q -p g.cfg vnvdimms=\[\]$"
	xl destroy g
	create -q -p plain.cfg 'vnvdimm=["xen-a"]'
	same "a misspelt key is warned of" "$? $(cat err)" \
		"0 xen-pmem: warning: plain.cfg: vnvdimm: the key is unknown;"\
" the one for vNVDIMMs is vnvdimms"
	same "the guest is started as xl starts it" "$(guest_state g)" p
	xl destroy g
	xl create -q -p plain.cfg 'uuid="00000000-0000-0000-0000-000000000000"' >/tmp/said 2>&1 ||
		bail "xl create: $(cat /tmp/said)"
	refuses "attach to a guest without a UUID" "xen-pmem: g: its UUID is all zeros" xen-pmem \
		attach g xen-a
	xl destroy g
	end_of_guest "keys"
}

in_dom0() {
	# shellcheck source-path=SCRIPTDIR
	. ./idle.sh
	idle_host
	xl_watch
	cases check_default check_quiet check_paused check_foreground check_leave check_beside
	cases check_passed_on check_dry_run check_statuses check_stranger check_plain
	cases check_closed check_full check_keys
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
idle_boot --add "$top/build/system/killpoint.so"
echo "1..$tests"
