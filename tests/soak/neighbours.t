#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who else uses the machine while guests have vNVDIMMs: xl save and migrate, debug keys, the tools
# that look at Xen, other guests of each type, and more than one xen-pmem at a time. TAP.
# On the test's machine it boots one host, and runs itself in dom0 and in a guest.
#
#   region0:  xen-pmem 64M | xen-a 512M, the running guest's | xen-b 256M, given to one paused guest after another | xen-c 128M | xen-d 128M
# shellcheck disable=SC2015
set -u
images=/usr/lib/testbed/guest
consoles=/var/log/xen/console
# of one debug key's output; the running guest alone has 131072 pages of vNVDIMM
lines_most=2000

# ---- in the guest ----

ends_write() {
	dd if=/tmp/data of=/dev/pmem0 bs=1M oflag=direct 2>/dev/null &&
		dd if=/tmp/data of=/dev/pmem0 bs=1M seek=511 oflag=direct 2>/dev/null
}

ends_right() {
	dd if=/dev/pmem0 bs=1M count=1 iflag=direct 2>/dev/null | cmp -s - /tmp/data &&
		dd if=/dev/pmem0 bs=1M skip=511 iflag=direct 2>/dev/null | cmp -s - /tmp/data
}

in_guest() {
	local round=0
	dd if=/dev/urandom of=/tmp/data bs=1M count=1 iflag=fullblock 2>/dev/null
	ends_write || echo "WRONG: cannot write"
	while :; do
		ends_right && echo "round $((++round))" || echo "WRONG"
	done
}

# ---- in dom0: guests ----

# A guest without a vNVDIMM is busybox, counting on its console.
ramdisk_make() {
	mkdir -p root && cp "$(command -v busybox)" root/busybox
	cat >root/init <<-'X'
		#!/busybox sh
		n=0
		while :; do
			echo "count $((n += 1))"
			/busybox usleep 300000
		done
	X
	chmod +x root/init
	(cd root && find . | cpio --quiet -o -H newc) >ramdisk 2>/dev/null
}

# config_make NAME TYPE [LINE...]
config_make() {
	printf '%s\n' "name = \"$1\"" "type = \"$2\"" 'memory = 128' 'tsc_mode = "native"' \
		"kernel = \"$images/vmlinuz\"" \
		'ramdisk = "/root/ramdisk"' 'extra = "console=hvc0 loglevel=1"' "${@:3}" >"$1.cfg"
}

paused_make() {
	xl create -q -p "$1.cfg" >/tmp/said 2>&1 || bail "cannot make guest $1: $(cat /tmp/said)"
}

# What NAME has printed so far; one that came by a migration has a log of its own.
console_of() {
	cat "$consoles/guest-$1.log" "$consoles/guest-$1--incoming.log" 2>/dev/null | tr -d '\r'
}

count_of() {
	console_of "$1" | sed -n 's/^count \([0-9]*\)$/\1/p' | tail -n 1
}

counts_beyond() {
	[ "$(count_of "$1")" -gt "$2" ] 2>/dev/null
}

# goes_on NAME: it counts further
goes_on() {
	wait_for 60 counts_beyond "$1" "$(($(count_of "$1") + 2))"
}

# A guest that had begun anew would count from 1.
counted_on() {
	local rc
	goes_on "$1"
	rc=$?
	{ xl list; console_of "$1" | tail -n 5; } >/tmp/said 2>&1
	[ $rc = 0 ] && [ "$(console_of "$1" | grep -c '^count 1$')" = 1 ]
}

rounds() {
	grep -c '^round' v.out
}

rounds_beyond() {
	[ "$(rounds)" -gt "$1" ]
}

victim_start() {
	printf 'name = "v"\nmemory = 192\nvnvdimms = [ "xen-a" ]\n' >v.cfg
	testguest --add tap.sh v.cfg neighbours.t guest >v.out 2>&1 &
	victim_pid=$!
	wait_for 180 rounds_beyond 0 || bail "the guest does not come up: $(tail -n 5 v.out)"
}

# victim_well WHAT: it runs, finds what it wrote, and has the whole of its vNVDIMM
victim_well() {
	local rc
	wait_for 60 rounds_beyond $(($(rounds) + 2))
	rc=$?
	{ tail -n 2 v.out; xenhypfs cat /pmem/status; } >/tmp/said
	[ $rc = 0 ] && ! grep -q WRONG v.out &&
		grep -q "domain $(xl domid v): 131072 pages" /tmp/said
	verdict $? "$1"
}

# ---- in dom0: a paused guest is given a vNVDIMM and ends, over and over ----

assigner() {
	local n=0
	while [ ! -e assigner.stop ]; do
		{ xl create -q -p p.cfg && xen-pmem attach p xen-b && xl destroy p &&
			xen-pmem release; } >assigner.said 2>&1 ||
			cat assigner.said >>assigner.wrong
		echo $((++n)) >assigner.new && mv assigner.new assigner.rounds
	done
}

assigner_begin() {
	rm -f assigner.*
	echo 0 >assigner.rounds
	assigner &
	assigner_pid=$!
}

assigner_end() {
	touch assigner.stop
	wait $assigner_pid
	cp assigner.rounds /tmp/said
	[ ! -s assigner.wrong ] || head -n 5 assigner.wrong >/tmp/said
	[ ! -s assigner.wrong ] && [ "$(cat assigner.rounds)" -gt 1 ]
	verdict $? "meanwhile each paused guest was given its vNVDIMM and ended"
	echo "# $(cat assigner.rounds) of them"
}

# ---- in dom0: save and migrate ----

# not_saved WHAT COMMAND...: it fails and says why
not_saved() {
	local what=$1
	shift
	! "$@" >/tmp/said 2>&1 && grep -q "Cannot save a guest with vNUMA configured" /tmp/said
	verdict $? "$what is refused, with the reason"
}

# What comes in on the other side of a migration that is refused, xl leaves behind.
incoming_drop() {
	xl domid "$1--incoming" >/dev/null 2>&1 || return 0
	echo "# xl left $1--incoming"
	xl destroy "$1--incoming" >/dev/null 2>&1
}

saved_and_restored() {
	accepts "a $2 guest without a vNVDIMM is saved" xl save "$1" "$1.save"
	accepts "and restored" xl restore "$1.save"
	rm -f "$1.save"
	counted_on "$1"
	verdict $? "and counts on where it was"
}

# migrated NAME: to this very host
migrated() {
	accepts "it is migrated" xl migrate -s '' "$1" 'exec xl migrate-receive'
	counted_on "$1"
	verdict $? "and counts on"
}

test_saving() {
	not_saved "xl save of a guest with a vNVDIMM" xl save v v.save
	victim_well "it goes on with its data"
	not_saved "xl migrate of it" xl migrate -s '' v 'exec xl migrate-receive'
	incoming_drop v
	victim_well "it goes on with its data after that"
	rm -f v.save
	saved_and_restored plain PVH
	migrated plain
	saved_and_restored old PV
	victim_well "the guest with a vNVDIMM has noticed nothing"
}

# ---- in dom0: debug keys ----

# All that the host survives by design: not the trap to a debugger, the crash and the reboot.
keys_list() {
	xl dmesg -c >/dev/null
	xl debug-keys h
	xl dmesg | sed -n "s/^(XEN)  key '\(.\)' .*/\1/p" | grep -v '[%CR]'
}

# key_press KEY: sets $lines to how much it prints
key_press() {
	xl dmesg -c >/dev/null
	xl debug-keys "$1" >/tmp/said 2>&1 || return
	xl dmesg >key.said
	lines=$(wc -l <key.said)
	cat key.said >>keys.said
}

test_keys() {
	local key keys failed='' flood='' told='' lines
	mapfile -t keys < <(keys_list)
	same "there are debug keys, the well-known ones among them" \
		"$(printf '%s\n' "${keys[@]}" | grep -c '[aeHmqrdv0]')" 9
	: >keys.said
	# The last two put back what they toggle.
	for key in "${keys[@]}" A G; do
		lines=0
		key_press "$key" || failed+=" $key"
		[ "$lines" -le $lines_most ] || flood+=" $key:$lines"
		told+=" $key:$lines"
	done
	same "Xen takes each key" "$failed" ""
	same "no key lists pages: each prints at most $lines_most lines" "$flood" ""
	echo "# lines:$told"
	! grep -E 'Panic on CPU|Xen BUG|Xen WARN|FATAL|Assertion .* failed|DOUBLE FAULT' keys.said \
		>/tmp/said
	verdict $? "none of them made Xen stumble"
	grep -q 'General information for domain' keys.said
	verdict $? "what they print was seen"
	victim_well "the guest has noticed nothing of the keys"
}

# ---- in dom0: tools ----

# tool_statuses GUEST: of each tool that looks at Xen, at this guest, or at the PV guest: its exit
# status
tool_statuses() {
	local tool run
	while read -r tool; do
		run=${tool//OLD/$(xl domid old)}
		# shellcheck disable=SC2086
		timeout 120 ${run//GUEST/$(xl domid "$1")} >tool.out 2>&1
		echo "$? $tool"
	done <<-END
		xl list
		xl list -v
		xl list -l
		xl info
		xl info -n
		xl vcpu-list
		xl dmesg
		xl uptime
		xl sharing
		xl claims
		xl cpupool-list
		xl mem-max GUEST 200
		xentop -b -i1
		xenpm get-cpuidle-states
		xenpm get-cpufreq-states
		xenpm get-cpu-topology
		xen-mfndump dump-p2m OLD
		xen-mfndump lookup-pte OLD 0x1000
		xen-hvmctx GUEST
		xen-diag gnttab_query_size GUEST
		xen-livepatch list
		xenstore-ls /local
	END
}

# The tool prints MiB; Xen counts pages, and vNVDIMMs are none of either.
test_memory() {
	local before after
	same "xl info: all memory is RAM" "$(xl info total_memory)" "$total"
	same "xl list: a guest's memory is its RAM" "$(xl list v | awk '$1 == "v" { print $3 }')" \
		192
	paused_make p
	before=$(free_pages)
	accepts "a vNVDIMM for a paused guest" xen-pmem attach p xen-b
	after=$(free_pages)
	same "xl info: free memory is Xen's" "$(xl info free_memory)" "$((after >> 8))"
	echo "$before - $after" >/tmp/said
	[ $((before - after)) -ge 0 ] && [ $((before - after)) -le 256 ]
	verdict $? "256 MiB of vNVDIMM take at most 1 MiB of it"
	echo "# $((before - after)) pages"
	xl destroy p
	xen-pmem release >/tmp/said 2>&1
}

test_tools() {
	tool_statuses v >statuses.now
	diff statuses.before statuses.now >/tmp/said
	verdict $? "each tool ends as it did when no guest had a vNVDIMM"
	sed 's/^/# /' statuses.now
	victim_well "the guest has noticed nothing of the tools"
}

# ---- in dom0: two tools at once ----

# both COMMAND-WITH-A-1 COMMAND: at the same time; sets $first and $second, leaves first.said and
# second.said
both() {
	sh -c "$1" >first.said 2>&1 &
	local pid=$!
	sh -c "$2" >second.said 2>&1
	second=$?
	wait $pid
	first=$?
	cat first.said second.said >/tmp/said
}

# state_is NAME STATE [GUEST]
state_is() {
	xen-pmem list --json 2>/dev/null | jq -e --arg l "$1" --arg s "$2" --arg g "${3:-}" \
		'.namespaces[] | select(.label == $l) | .state == $s and ($g == "" or .guest == $g)' >/dev/null
}

# attach_race: who wins is $won; the other one's answer names him
attach_race() {
	local won lost
	paused_make left
	paused_make right
	both "xen-pmem attach --keep left xen-b" "xen-pmem attach --keep right xen-b"
	won=left lost=second
	[ $first = 0 ] || won=right lost=first
	winners+=" $won"
	[ "$(((first == 0) + (second == 0)))" = 1 ] && [ "${!lost}" = 1 ] &&
		[ "$(wc -l <$lost.said)" = 1 ] &&
		grep -q "^xen-pmem: .*xen-b: guest $won has it$" $lost.said &&
		state_is xen-b guest $won
	local rc=$?
	xl destroy left
	xl destroy right
	xen-pmem release >>/tmp/said 2>&1 || rc=1
	return $rc
}

test_attach() {
	local round winners='' wrong=''
	for round in 1 2 3 4 5; do
		attach_race || { wrong+=" $round"; cat /tmp/said >>race.said; }
	done
	[ -z "$wrong" ]
	verdict $? "two attach one namespace to two guests: one wins, the other is told who has it"
	echo "# winners:$winners"
}

# What all the others do meanwhile: another namespace goes to Xen and back, and somebody looks.
# Stopped by a file; wrong answers are kept.
toggler() {
	local n=0
	while [ ! -e others.stop ]; do
		{ xen-pmem enable xen-d && xen-pmem disable --keep xen-d; } >toggler.said 2>&1 ||
			cat toggler.said >>toggler.wrong
		echo $((++n)) >toggler.rounds
	done
}

looker() {
	local n=0
	while [ ! -e others.stop ]; do
		xen-pmem status --json >looker.said 2>looker.err &&
			[ ! -s looker.err ] &&
			jq -e '.extension.abi and .ranges and .guests' looker.said >/dev/null ||
			cat looker.said looker.err >>looker.wrong
		xen-pmem list --json >looker.said 2>looker.err &&
			[ ! -s looker.err ] &&
			jq -e '[.namespaces[].label] | index("xen-b") and index("xen-d")' \
			looker.said >/dev/null || cat looker.said looker.err >>looker.wrong
		echo $((++n)) >looker.rounds
	done
}

others_begin() {
	rm -f others.stop toggler.wrong looker.wrong
	toggler &
	toggler_pid=$!
	looker &
	looker_pid=$!
}

# other_ended NAME PID WHAT
other_ended() {
	wait "$2"
	cp "$1.rounds" /tmp/said
	[ ! -s "$1.wrong" ] || head -n 12 "$1.wrong" >/tmp/said
	[ ! -s "$1.wrong" ] && [ "$(cat "$1.rounds")" -gt 2 ]
	verdict $? "$3"
	echo "# $(cat "$1.rounds") times"
}

others_end() {
	touch others.stop
	other_ended toggler $toggler_pid \
		"meanwhile enable and disable of another namespace did what they shall"
	other_ended looker $looker_pid "and status and list answered in full"
}

test_create() {
	local round wrong=0
	config_make left pvh 'vnvdimms = [ "xen-b" ]'
	config_make right pvh 'vnvdimms = [ "xen-c" ]'
	for round in 1 2 3; do
		both "xen-pmem create -q --keep left.cfg" "xen-pmem create -q --keep right.cfg"
		[ "$first $second" = "0 0" ] && state_is xen-b guest left &&
			state_is xen-c guest right ||
			{ wrong=1; { echo "$first $second"; xen-pmem list; xl list; } >>/tmp/said \
			2>&1; break; }
		xl destroy left
		xl destroy right
		wait_for 60 no_guests && wait_for 30 state_is xen-b free &&
			wait_for 30 state_is xen-c free || {
			wrong=1
			break
		}
	done
	verdict $wrong "two create guests, with a namespace each: both start and end"
	both "xen-pmem create -q --keep left.cfg" "xen-pmem create -q --keep left.cfg"
	[ $((first + second)) = 1 ] &&
		grep -q "^xen-pmem: .*another xen-pmem create has a guest of this UUID\|^xen-pmem: .*guest left has it" /tmp/said
	verdict $? "two create the same guest: one does, the other is told"
	same "there is one of it" "$(xl list | grep -c '^left ')" 1
	xl destroy left
	wait_for 60 no_guests
	verdict $? "it ends"
}

# Each enable must succeed, whoever was first; a disable finds it enabled or says that it is not.
contender() {
	local n
	for n in 1 2 3 4 5 6; do
		xen-pmem enable xen-d >"$1.said" 2>&1 || cat "$1.said" >>contend.wrong
		xen-pmem disable --keep xen-d >"$1.said" 2>&1 ||
			grep -q "^xen-pmem: .*not enabled" "$1.said" ||
			cat "$1.said" >>contend.wrong
	done
}

test_contend() {
	rm -f contend.wrong
	contender one &
	contender two
	wait $!
	cp contend.wrong /tmp/said 2>/dev/null
	[ ! -s contend.wrong ]
	verdict $? "two enable and disable the same namespace: each answer fits"
	wait_for 10 state_is xen-d dom0
	verdict $? "at the end it is dom0's"
}

test_two() {
	config_make left pvh
	config_make right pvh
	others_begin
	test_attach
	test_create
	others_end
	test_contend
}

# ---- in dom0: all of it ----

nothing_used() {
	/root/rawcmd op=0 | grep -q ' used=0 '
}

setup() {
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda $images || bail "no guests' kernel"
	namespaces_make xen-pmem:64M xen-a:512M xen-b:256M xen-c:128M xen-d:128M
	ramdisk_make
	config_make plain pvh
	config_make old pv
	config_make p pvh 'uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b61"'
	total=$(xl info total_memory)
	accepts "a PVH guest starts" xl create -q plain.cfg
	accepts "a PV guest starts" xl create -q old.cfg
	goes_on plain && goes_on old
	verdict $? "both run"
	tool_statuses plain >statuses.before
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a && xen-pmem enable xen-b &&
		xen-pmem enable xen-c; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
}

in_dom0() {
	setup
	victim_start
	assigner_begin
	test_saving
	test_keys
	test_tools
	assigner_end
	test_memory
	for name in v plain old; do xl destroy $name; done
	wait $victim_pid
	wait_for 60 no_guests
	verdict $? "all guests end"
	test_two
	wait_for 30 nothing_used
	verdict $? "Xen has no tables left about any of it"
	for name in xen-a xen-b xen-c; do
		accepts "disable $name" xen-pmem disable --keep $name
	done
	accepts "unload" xen-pmem unload
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
# In dom0 tap.sh stands beside this file.
. "$here/tap.sh" 2>/dev/null || . "$here/../system/tap.sh"
place_run "$@"
machine_begin
boot all END --cpus 2 --xen-args conring_size=4M --nvdimm "$work/nvdimm:2G"
echo "1..$tests"
