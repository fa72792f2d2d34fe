#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests that do to their vNVDIMM whatever a guest may ask Xen for, and die of it or with pages in
# others' hands. A probe of our own says what becomes of each page. TAP. The guests run nothing but
# a module (tests/system/hostile/) that takes orders through xenstore. On the test's machine it
# boots each tested Xen, bare, and runs itself in dom0.
#
#   SPA 4 GiB  [ reserved area 128 MiB ]   5 GiB  [ A: 1 GiB, the guest's at 1 GiB ]
#
# Only the first 64 pages of A are ever written to.
# shellcheck disable=SC2015,SC2154 # make.sh and tap.sh have the rest
set -u
reserved=11111111-1111-1111-1111-111111111111
A=aaaaaaaa-1111-1111-1111-111111111111
spa=0x140000000 length=0x40000000
P=0x40000		# the guest's first page of A
M=0x140000		# the frame of that page
pages=262144
beyond=$((P + pages))

# ---- in dom0 ----

domain() {
	xl domid "$1"
}

guest_ready() {
	[ "$(xenstore-read "/local/domain/$1/data/did" 2>/dev/null)" = "0 ready" ]
}

guest_up_or_gone() {
	guest_ready "$2" || ! xl domid "$1" >/dev/null 2>&1
}

# guest_start NAME: false if it died on the way
guest_start() {
	local id
	id=$(domain "$1")
	xl unpause "$1"
	wait_for 90 guest_up_or_gone "$1" "$id" ||
		bail "guest $1 does not come up: $(tail -n 5 "/var/log/xen/console/guest-$1.log")"
	guest_ready "$id" || {
		echo "# guest $1 died while its kernel booted: $(xl dmesg | grep "d${id}v0" |
			head -n 1)"; return 1
	}
}

# A guest now and then triple-faults early, with a vNVDIMM or without (docs/testbed.md, QEMU's
# defect 3); then another is started.
other_start() {
	local try
	for try in 1 2 3; do
		guest_make b
		guest_start b && return
	done
	bail "guest b does not come up ($try times)"
}

# victim_start: a guest v that has A; its number is in $v
victim_start() {
	local try
	for try in 1 2 3; do
		guest_make v
		v=$(domain v)
		$raw op=5 uuid=$A domain="$v" spa=$spa gpa=$((P << 12)) length=$length >/tmp/said ||
			bail "cannot assign: $(cat /tmp/said)"
		guest_start v && return
		wait_for 60 is_dying
	done
	bail "guest v does not come up ($try times)"
}

declare -A holder=() ref=()
number=0
# tell NAME OPERATION ARG...: without waiting
tell() {
	number=$((number + 1))
	xenstore-write "/local/domain/$(domain "$1")/data/do" "$number ${*:2}"
}

answered() {
	got=$(xenstore-read "$1/data/did" 2>/dev/null)
	[ "${got%% *}" = $number ]
}

# ask NAME OPERATION ARG...: sets $got to Xen's answer, $out to what came with it
ask() {
	tell "$@"
	wait_for 120 answered "/local/domain/$(domain "$1")" || { got='none' out=; return; }
	out=${got##* }
	got=${got#* }
	got=${got%% *}
}

# answers WHAT WANTED OPERATION ARG...: the victim's question
answers() {
	local what=$1 wanted=$2
	shift 2
	ask v "$@"
	same "$what: Xen answers $wanted" "$got" "$wanted"
}

# maps WHAT GFN FRAME: what the victim has at gfn
maps() {
	local seen
	seen=$(probe p2m "$v" $(($2)))
	same "$1" "${seen%% *}" "mfn=$3"
}

frame() {
	printf '%#x' $((M + $1))
}

is_dying() {
	answer=$($raw op=6 uuid=$A domain="$v")
	case $answer in *"is alive"*) return 1 ;; esac
}

# released WHAT TAKEN PENDING: a RELEASE takes back so many pages, and so many are pending
released() {
	wait_for 60 is_dying
	same "$1" "$(sed 's/.* \(count=[0-9]* pending=[0-9]*\) .*/\1/' <<<"$answer")" \
		"count=$2 pending=$3"
}

# clean WHAT: no guest has a page of A any more
clean() {
	local seen
	seen=$(probe_pages $spa $length)
	echo "$seen" >/tmp/said
	[[ ! $seen =~ guest|gone|held|odd ]]
	verdict $? "$1: every page of A is free, or Xen's tables about it are gone"
}

# hold NAME ARG...: a process of dom0 that has the page; what it reads first is in $word
hold() {
	local name=$1
	shift
	rm -f "/tmp/hold.$name"
	./holdpage "$@" >"/tmp/hold.$name" 2>&1 &
	holder[$name]=$!
	wait_for 10 test -s "/tmp/hold.$name"
	word=$(cat "/tmp/hold.$name")
}

# let_go NAME SIGNAL
let_go() {
	kill "-$2" "${holder[$1]}"
	wait "${holder[$1]}" 2>/dev/null
}

# ---- one life: every request by itself ----

test_physmap() {
	local ram
	state_is "the victim has all of A" "guest=262144 guests=$v:262144"
	answers "balloon out a page" 1 decrease $((P + 1)) 0
	state_is "it is given up, and no more" "guest=262143 gone=1 guests=$v:262144"
	answers "balloon it out again" 0 decrease $((P + 1)) 0
	answers "balloon out 2 MiB" 1 decrease $((P + 512)) 9
	state_is "they are given up" "guest=261631 gone=513 guests=$v:262144"
	answers "balloon out the last page and what is behind" 0 decrease $((beyond - 1)) 9
	answers "balloon out what is before the first" 0 decrease $((P - 1)) 0
	state_is "the last page is given up" "guest=261630 gone=514 guests=$v:262144"
	ask v ram && ram=$((out))
	answers "balloon out RAM" 1 decrease $ram 0
	answers "populate over a page" 1 populate $((P + 2)) 0
	answers "balloon that out" 1 decrease $((P + 2)) 0
	answers "populate the hole that a page left" 1 populate $((P + 1)) 0
	answers "exchange a page" -95 exchange $((P + 3)) $((P + 3))
	answers "move a page behind the end" 0 move $((P + 4)) "$beyond"
	maps "it is there" $beyond "$(frame 4)"
	maps "and gone here" $((P + 4)) 0xffffffffffffffff
	ask v ram && ram=$((out))
	answers "move RAM over a page" 0 move $ram $((P + 5))
	ask v ram && ram=$((out))
	answers "move a page over RAM" 0 move $((P + 6)) $ram
	maps "it is there" $ram "$(frame 6)"
	answers "move a page over another one" 0 move $((P + 7)) $((P + 8))
	answers "move a hole over a page" -22 move $((beyond + 1)) $((P + 9))
	answers "move in a batch" 0 batch $((P + 14)) $((beyond + 14))
	answers "the same in a batch of holes" -22 batch $((P + 14)) $((beyond + 14))
	answers "map the shared info over a page" 0 hook 0 0 $((P + 10))
	answers "map a page of the grant table over a page" 0 hook 1 3 $((P + 11))
	answers "map dom0's page over a page" -1 foreign 0 1 $((P + 12))
	answers "map its own page as a foreign one" -1 foreign "$v" $((P + 13)) $((P + 12))
	answers "remove a page" 0 remove $((P + 12))
	answers "remove it again" -2 remove $((P + 12))
	state_is "pages that are nowhere mapped are the victim's still" \
		"guest=261630 gone=514 guests=$v:262144"
}

test_other_requests() {
	local i
	answers "populate another domain" 0 populate $((P + 16)) 0 0x7ff1
	answers "claim memory" -1 claim 16 "$v"
	answers "set a page's access" -1 access $((P + 16)) 1 "$v"
	answers "map a resource" -13 resource $((P + 16))
	answers "transfer a page" -38 transfer $((P + 16)) 0 8
	answers "set a page's type" -38 mem_type $((P + 16)) 1
	for i in 7 8 9 10 18 19; do
		answers "a device model's operation $i" -1 dm $i $((P + 16)) "$v"
	done
	answers "turn on altp2m" -95 altp2m 2 1
	answers "point Xen at a page for I/O requests" -1 param 5 $((P + 16))
	answers "point Xen at a page for events of the monitor" -1 param 28 $((P + 16))
	state_is "nothing has changed" "guest=261630 gone=514 guests=$v:262144"
}

test_uses() {
	answers "copy a page over another" 0 copy $((P + 40)) $((P + 17))
	answers "have vCPU 1's info on a page" 0 vcpu_info 1 $((P + 20))
	answers "have vCPU 1's events on a page" 0 fifo_control 1 $((P + 21))
	answers "have events on a page" 0 fifo_array $((P + 22))
	state_is "Xen has these three" \
		"guest=261627 gone=514 held=3 refs=3 typed=3 guests=$v:262144"
	answers "have the run state on a page" 0 runstate 0 $((P + 23))
	answers "have the time on a page" 0 time 0 $((P + 23))
	answers "run vCPU 1 in the vNVDIMM" 0 run $((P + 24)) 41
	counted() { ask v read $((P + 25)) 0 && [ "$out" = 0x2a ]; }
	wait_for 20 counted
	same "it runs" "$out" 0x2a
	answers "balloon out the page of vCPU 1's info" 1 decrease $((P + 20)) 0
	answers "balloon out vCPU 1's tables" 1 decrease $((P + 26)) 0
	answers "balloon out a page by an argument on itself" 1 argument $((P + 30))
	state_is "given up, but for whom Xen has it still" \
		"guest=261625 gone=516 held=3 refs=3 typed=3 guests=$v:262144"
}

test_requests() {
	victim_start
	test_physmap
	test_other_requests
	test_uses
	xl destroy v
	released "all of it comes back" $pages 0
	clean "after that"
}

# ---- pages in others' hands ----

grant() {
	ask v write $((P + $1)) 0 $((0xfeed0000 + $1))
	ask v grant $((P + $1)) "$2" "$3"
	ref[$1]=$((out))
}

test_grants_map() {
	grant 1 0 0
	grant 2 0 1
	grant 3 "$(domain b)" 0
	grant 4 0 0
	hold 1 grant "$v" "${ref[1]}" w 1 0xdead1
	same "dom0 maps a page by a grant" "$word" 0xfeed0001
	hold 2 grant "$v" "${ref[2]}" r
	same "and one read-only" "$word" 0xfeed0002
	hold 4 grant "$v" "${ref[4]}" w 1 0xdead4
	same "and a third" "$word" 0xfeed0004
	ask v write $((P + 6)) 0 0xfeed0006
	hold 6 foreign "$v" $((P + 6)) w 1 0xdead6
	same "and one as a foreign page" "$word" 0xfeed0006
	ask b map "$v" "${ref[3]}" 0x50000
	same "another guest maps a page by a grant" "$got" 0
	ask b read 0x50000 0
	same "and reads it" "$out" 0xfeed0003
}

# The other guest tries to get hold of the page for good.
test_grantee() {
	local wanted what ram
	while read -r wanted what; do
		# shellcheck disable=SC2086
		ask b $what
		same "the other guest asks for $what: $wanted" "$got" "$wanted"
	done <<-END
		0 decrease 0x50000 0
		-95 exchange 0x50000 0x50000
		-2 remove 0x50000
		-22 move 0x50000 0x50001
		-22 batch 0x50000 0x50001
		-38 transfer 0x50000 0 8
		-3 map $v 4000 0x50002
		-1 map $v ${ref[1]} 0x50002
	END
	ask b grant 0x50000 0 0
	./holdpage grant "$(domain b)" "$((out))" r >/tmp/said 2>&1
	same "the other guest cannot grant it on" $? 1
	ask b ram && ram=$((out))
	ask b copy_in "$v" "${ref[3]}" $ram
	same "the other guest copies it" "$got" 0
}

test_grants_use() {
	# Linux maps a grant twice for a process of a PV dom0.
	state_is "five pages are in others' hands" "guest=262139 held=5 refs=8 guests=$v:262144"
	answers "the victim takes a grant back" 0 ungrant "${ref[1]}"
	answers "it balloons out a page that dom0 has" 1 decrease $((P + 4)) 0
	answers "it moves away a page that dom0 has" 0 move $((P + 1)) $((beyond + 1))
	answers "it removes a page that the other guest has" 0 remove $((P + 3))
	state_is "they are in the same hands" "guest=262139 held=5 refs=8 guests=$v:262144"
}

# refused WHAT PAGE: that page is not given to the next guest
refused() {
	answer=$($raw op=5 uuid=$A domain="$(domain c)" spa=$((spa + ($2 << 12))) gpa=$((P << 12)) \
		length=4096)
	echo "$answer" >/tmp/said
	[[ $answer == "rc=-16 "*"in use"* ]]
	verdict $? "$1"
}

granted() {
	answer=$($raw op=5 uuid=$A domain="$(domain c)" spa=$((spa + ($2 << 12))) \
		gpa=$(((P + $2) << 12)) length=4096)
	echo "$answer" >/tmp/said
	[[ $answer == "rc=0 "* ]]
	verdict $? "$1"
}

# comes_back WHAT PAGE PENDING: whoever had it has let go
comes_back() {
	refused "page $2 is not given to another guest" "$2"
	$4 "$2" "$5"
	released "$1: it comes back" 1 "$3"
	granted "and is given to another guest" "$2"
}

test_grants_outlive() {
	xl destroy v
	released "the victim is dead: all but five pages come back" $((pages - 5)) 5
	state_is "those are its still" "held=5 refs=8 guests=$v:5"
	guest_make c
	answer=$($raw op=5 uuid=$A domain="$(domain c)" spa=$spa gpa=$((P << 12)) length=$length)
	echo "$answer" >/tmp/said
	[[ $answer == "rc=-16 "*"another guest's"* ]]
	verdict $? "the range as a whole is not given to another guest"
	released "they stay so" 0 5
	comes_back "dom0 writes to one, and lets it go" 1 4 let_go TERM
	comes_back "a process of dom0 is killed" 2 3 let_go KILL
	other_dies() { xl destroy b; wait_for 30 b_gone; }
	b_gone() { ! domain b >/dev/null 2>&1; }
	comes_back "the other guest dies" 3 2 other_dies ''
	comes_back "dom0 lets go what had been ballooned out" 4 1 let_go TERM
	comes_back "dom0 lets go the foreign page" 6 0 let_go TERM
	v=$(domain c)
	state_is "the new guest has what it was given" "guest=5 guests=$v:5"
	xl destroy c
	released "and gives it back" 5 0
	clean "after that"
}

test_grants() {
	victim_start
	other_start
	test_grants_map
	test_grantee
	test_grants_use
	test_grants_outlive
	wait_for 30 no_guests
	verdict $? "no zombie is left"
}

# ---- ways to die, each with a page in dom0's hands and others in Xen's ----

suspended() {
	xl list | grep -q '^v .* ---s'
}

# death WHAT OPERATION ARG...
death() {
	local what=$1
	shift
	victim_start
	grant 1 0 0
	hold 1 grant "$v" "${ref[1]}" w 1 0xdead1
	ask v vcpu_info 1 $((P + 20))
	ask v fifo_control 1 $((P + 21))
	ask v fifo_array $((P + 22))
	state_is "before the victim dies ($what)" \
		"guest=262140 held=4 refs=5 typed=3 guests=$v:262144"
	tell v "$@"
	[ "$what" != suspended ] || { wait_for 30 suspended && xl destroy v; }
	released "the victim dies ($what)" $((pages - 1)) 1
	let_go 1 TERM
	released "the page that dom0 had comes back" 1 0
	clean "$what"
}

test_deaths() {
	death "powered off" die 0
	death "rebooted" die 1
	death "suspended" die 2
	death "soft reset" die 5
	death "panic" panic
}

# ---- storms ----

test_storms() {
	local seen
	victim_start
	ask v storm 20000 1 $P $pages
	same "20000 requests at random are answered" "$got" 0
	echo "# Xen accepted $((out)) of them"
	seen=$(probe_pages $spa $length)
	echo "$seen" >/tmp/said
	[[ ! $seen =~ free|odd ]]
	verdict $? "every page is the victim's, or one that it gave up"
	echo "# $seen"
	ask v storm 20000 $((1 << 32 | 2)) $P $pages
	echo "# 20000 more, over mapped grants as well: $got, Xen accepted $((out))"
	xl destroy v 2>/dev/null
	released "the victim is gone, and all of A comes back" $pages 0
	clean "after the storms"
}

# What Xen does for the first time may cost it a page for good: its first guest, dom0's first
# grants. Sets $free.
warm_up() {
	victim_start
	other_start
	test_grants_map >/dev/null
	xl destroy v
	xl destroy b
	for each in 1 2 4 6; do let_go $each TERM; done
	released "first guests come and go" $pages 0
	wait_for 30 all_gone
	free_take
}

# Sets $free, when it has come to rest.
free_take() {
	free=
	wait_for 30 all_gone
	wait_for 30 free_steady
}

all_gone() {
	no_guests && $raw op=0 | grep -q ' used=0 '
}

free_back() {
	all_gone && [ "$(free_pages)" = "$free" ]
}

in_dom0() {
	local each before
	. ./make.sh
	modprobe -a virtio_blk ext4 && mount -t ext4 -o ro /dev/vda $images ||
		bail "no guests' kernel"
	ramdisk_make
	xen-livepatch load "/usr/lib/xen-pmem/$(xl info build_id).livepatch" >/tmp/said 2>&1 ||
		bail "cannot load: $(cat /tmp/said)"
	probe_load
	{ $raw op=1 uuid=$reserved spa=0x100000000 length=0x8000000 &&
		$raw op=3 uuid=$A spa=$spa length=$length; } >/tmp/said ||
		bail "cannot serve: $(cat /tmp/said)"
	warm_up
	before=$free
	test_grants
	test_deaths
	free_take
	echo "# grants and deaths took $((before - free)) pages of Xen's free memory"
	test_requests
	test_storms
	wait_for 30 free_back
	same "Xen's free memory is as before, to the page" "$(free_pages)" "$free"
	{ $raw op=4 uuid=$A && $raw op=2; } >/tmp/said
	verdict $? "the range goes back to dom0"
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh" 2>/dev/null || . "$here/../system/tap.sh"
place_run "$@"

# What no guest ever wrote to.
untouched() {
	dd if="$work/nvdimm" bs=256K skip=4097 count=4095 status=none | sha256sum
}

# word_at PAGE WORD: of A, as it is on the medium
word_at() {
	od -An -tx8 -j $(((1 << 30) + $1 * 4096 + $2 * 8)) -N 8 "$work/nvdimm" | tr -d ' ' |
		sed 's/^0*//'
}

# try VERSION
try() {
	local before
	rm -f "$work/nvdimm"
	truncate -s $(((2 << 30) + 262144)) "$work/nvdimm"
	yes "persistent $1" |
		dd of="$work/nvdimm" bs=1M count=64 seek=1024 iflag=fullblock conv=notrunc \
		status=none
	before=$(untouched)
	boot "$1" END --cpus 2 --bare --xen-version "$1" --nvdimm "$work/nvdimm:2G" \
		--add "$top/build/hostile/hostile.ko" \
		--add "$top/tests/system/hostile/make.sh" \
		--add "$top/build/system/holdpage"
	result "Xen $1: what no guest wrote to is as it was" [ "$before" = "$(untouched)" ]
	result "Xen $1: what dom0 wrote when the guest was dead is there" \
		[ "$(word_at 1 1) $(word_at 4 1) $(word_at 6 1)" = "dead1 dead4 dead6" ]
	result "Xen $1: what the guest's second vCPU wrote is there" [ "$(word_at 25 0)" = 2a ]
}

machine_begin
make -s -C "$top" build/hostile/hostile.ko build/system/holdpage >"$work/make.log" 2>&1 || {
	echo "Bail out! cannot build"
	exit 1
}
for version in ${HOSTILE_XEN:-4.17.7 4.17.5}; do
	try "$version"
done
echo "1..$tests"
