# SPDX-License-Identifier: GPL-2.0-only
# What system tests that boot the bed and run themselves in dom0 share. Sourced on both sides: boot
# is for the test's machine, the rest for dom0.
# shellcheck shell=bash

# What tests/run -c asks for.
CASE=${CASE:-$(cat /root/case 2>/dev/null)}

# ---- everywhere ----

# place_run WORD...: runs the part of the test that belongs to this place, and ends. In dom0 the
# words are what boot was given, NAME ARG...: dom0_NAME ARG... runs, or in_dom0 NAME ARG... if there
# is no such function. In a guest they are "guest" and then the same: guest_NAME, or in_guest. On
# the test's machine there are no words, and place_run returns.
place_run() {
	[ $# -gt 0 ] || return 0
	if [ "$1" = guest ]; then
		shift
		part_run guest "$@"
	else
		part_run dom0 "$@"
	fi
	exit
}

# part_run PLACE [NAME [ARG...]]
part_run() {
	if declare -F "$1_${2:-}" >/dev/null; then
		"$1_$2" "${@:3}"
	else
		"in_$1" "${@:2}"
	fi
}

# ---- in dom0 ----

# verdict STATUS WHAT: a result; of a bad one, /tmp/said shows why
verdict() {
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		[ ! -s /tmp/said ] || sed 's/^/# /' /tmp/said
	fi
}

# same WHAT GOT WANTED
same() {
	printf 'got    %s\nwanted %s\n' "$2" "$3" >/tmp/said
	[ "$2" = "$3" ]
	verdict $? "$1"
}

# accepts WHAT COMMAND...; refuses WHAT PATTERN COMMAND...: exit status 1, and one line like this
accepts() {
	local what=$1
	shift
	"$@" >/tmp/said 2>&1
	verdict $? "$what"
}

refuses() {
	local what=$1 pattern=$2 rc
	shift 2
	"$@" >/tmp/said 2>&1
	rc=$?
	[ $rc = 1 ] && grep -q "$pattern" /tmp/said && [ "$(wc -l </tmp/said)" = 1 ]
	verdict $? "$what"
}

bail() {
	echo "Bail out! $*"
	exit 0
}

# cases NAME[:NEED,...]...: runs these functions, each a case; with tests/run -c NAME that one
# alone, after those that it needs. What a test does outside of its cases is set-up.
cases() {
	local each need
	for each; do
		if [ -z "$CASE" ]; then
			"${each%%:*}"
		elif [ "$CASE" = "${each%%:*}" ]; then
			need=${each#"$CASE"}
			# shellcheck disable=SC2046 # a list
			for need in $(tr ':,' '  ' <<<"$need") "$CASE"; do "$need"; done
		fi
	done
}

# wait_for SECONDS COMMAND...: until it succeeds. SECONDS is how long it takes at the most on a
# quiet machine; on a busy one, which the emulator shares with others, it takes several times as
# long.
wait_for() {
	local until=$((SECONDS + 6 * $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $until ] || return 1
		pause 0.1
	done
}

# pause SECONDS: without a process, which would take the emulated processor's time from guests. What
# it reads from has nothing to say; it is opened here, once, because it changes $!.
exec {pause_fd}<> <(:)
pause() {
	read -r -t "$1" -u "$pause_fd" || :
}

# namespaces_make NAME:SIZE...: label areas and raw namespaces on a new NVDIMM
namespaces_make() {
	local each
	{ ndctl disable-region all && ndctl init-labels -f -V 1.2 all &&
		ndctl enable-region all; } >/tmp/said 2>&1 ||
		bail "cannot make label areas: $(cat /tmp/said)"
	for each; do
		ndctl create-namespace -r region0 -m raw -n "${each%:*}" -s "${each##*:}" \
			>/tmp/said 2>&1 || bail "create $each: $(cat /tmp/said)"
	done
}

no_guests() {
	xl list >/tmp/said
	[ "$(wc -l </tmp/said)" = 2 ]
}

# Xen's free memory, in pages.
free_pages() {
	/root/rawcmd --free
}

free_is() {
	[ "$(free_pages)" = "$1" ]
}

# For wait_for: sets `free` to Xen's free memory; false while that still changes. Xen frees what was
# a domain's bit by bit, after the domain is gone.
free_steady() {
	local before=${free:-}
	free=$(free_pages)
	sleep 0.5
	[ "$free" = "$before" ]
}

# livepatch_load FILE [--nodeps]: uploads it, unless that was done, and applies it
livepatch_load() {
	local name
	name=$(basename "$1" .livepatch)
	xen-livepatch upload "$name" "$1" >/tmp/said 2>&1 ||
		xen-livepatch list | grep -q "^$name" ||
		bail "cannot upload $1: $(cat /tmp/said)"
	livepatch_act --apply "$name" ${2:+nodeps} || bail "cannot apply $1: $(cat /tmp/said)"
}

# livepatch_act --apply|--revert NAME [nodeps]: false, with the reason in /tmp/said, if Xen refuses,
# or has not stopped all CPUs at the tenth time. Each time it has a second in place of its own 30
# ms, which are too short where several processors are emulated on a busy machine.
livepatch_act() {
	local try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		/root/rawcmd "$1" "$2" 1000000000 "${@:3}" >/tmp/said 2>&1 && return
		grep -q "^rc=-16 " /tmp/said || break
	done
	echo "$1: tried $try times" >>/tmp/said
	return 1
}

# probe_load: the payload that looks into Xen; boot has put it there
probe_load() {
	livepatch_load "/root/probe/probe-$(xl info build_id).livepatch" --nodeps
}

# probe WORD...: asks it; tests/system/probe/probe.c says what there is to ask
probe() {
	xenhypfs write /probe/ask "$*" && xenhypfs cat /probe/answer
}

# probe_pages SPA LENGTH: what is there, in pages, without the counts of 0: "free=262144 io=1"
probe_pages() {
	probe pages $(($1 >> 12)) $(($2 >> 12)) | tr ' ' '\n' | grep -Ev '=0$|=$|^set=|^sum=' |
		xargs
}

# ---- on the test's machine ----

tests=0

# boot NAME END OPTION... -- ARG...: boots the bed with these options, runs the test in dom0 with
# the arguments NAME ARG..., and numbers its results. What runs there is the file TEST.dom0 beside
# TEST.t, or, if there is none, TEST.t itself; TEST.*.dom0 and TEST.guest go along into /root. The
# test must print the line END. Lines that begin with "= " are kept in $work/NAME.facts.
# The host has one processor: with more, QEMU now and then delivers an interrupt twice that Xen
# injects into a guest (docs/testbed.md), and the guest hangs or dies. Tests of what Xen's
# processors do at the same time say --cpus 2.
boot() {
	local name=$1 end=$2 line file program=$0 ended='' bailed='' options=()
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	if [ -n "$CASE" ]; then
		echo "$CASE" >"$work/case"
		options+=(--add "$work/case")
	fi
	[ ! -e "${0%.t}.dom0" ] || program=${0%.t}.dom0
	for file in "${0%.t}".*.dom0 "${0%.t}.guest"; do
		[ ! -e "$file" ] || options+=(--add "$file")
	done
	for file in "$built"/{probe,payload}/*.livepatch; do
		options+=(--add "$file:/root/$(basename "${file%/*}")/${file##*/}")
	done
	: >"$work/$name.facts"
	while IFS= read -r line; do
		case $line in
		"ok - "*) echo "ok $((++tests)) ${line#ok }" ;;
		"not ok - "*) echo "not ok $((++tests)) ${line#not ok }" ;;
		"Bail out!"*) bailed=1; echo "$line" ;;
		"= "*) echo "${line#= }" >>"$work/$name.facts" ;;
		"$end") ended=1 ;;
		*) echo "# ${line#\# }" ;;
		esac
	done < <("$top/testbed/xenhost" run --cpus 1 --log "$work/$name.log" \
		--add "$top/tests/system/tap.sh" --add "$built/system/rawcmd" "${options[@]}" \
		"$program" "$name" "${@:2}" 2>&1; echo $? >"$work/rc")
	wait $!		# what it took of a processor counts as this test's
	[ -z "$bailed" ] || exit 1
	case $(cat "$work/rc") in
	0) ;;
	126)
		echo "not ok $((++tests)) - $name: Xen or dom0 broke"
		tail -n 40 "$work/$name.log" | sed 's/^/# /'
		return
		;;
	124) echo "Bail out! $name: the host timed out"; exit 1 ;;
	*) echo "Bail out! $name: the bed: $(cat "$work/rc")"; exit 1 ;;
	esac
	[ -n "$ended" ] || { echo "Bail out! $name: did not come to its end"; exit 1; }
	echo "ok $((++tests)) - $name: the host is well"
}

# result WHAT COMMAND...
result() {
	local what=$1
	shift
	if "$@"; then echo "ok $((++tests)) - $what"; else echo "not ok $((++tests)) - $what"; fi
}

# release_use 12|13: hosts are of that release of Debian from here on, and so is what they take
# along from $built: of 13, `make bed-13` builds all of it
release_use() {
	export XENHOST_DEBIAN=$1
	built=$top/build
	[ "$1" != 12 ] || return 0
	built=$top/build/$1
	[ "${XENHOST_NO_BUILD:-0}" != 1 ] || return 0
	mkdir -p "$built/testbed"
	flock "$built/testbed/lock" make -s -C "$top" "bed-$1" >"$work/make.log" 2>&1 || {
		echo "Bail out! cannot build: $(tail -n 1 "$work/make.log")"
		exit 1
	}
}

# work_make: a folder for the test's own files. Hosts that write much to their NVDIMM would wait for
# the disk: a test that says how many GiB it needs, in $room, has them in memory, if that has twice
# as much to spare.
work_make() {
	local shm memory
	shm=$(stat -fc '%a*%S>>30' /dev/shm 2>/dev/null)
	memory=$(awk '$1 == "MemAvailable:" { print int($2 / 1048576) }' /proc/meminfo)
	if [ -n "${room:-}" ] && [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] &&
		[ $((shm)) -ge $((2 * room)) ] && [ "$memory" -ge $((2 * room)) ]; then
		mktemp -d -p /dev/shm
	else
		mktemp -d
	fi
}

# machine_build [TARGET...]
machine_build() {
	local each targets=()
	for each in build/system/rawcmd probes "$@"; do
		case $XENHOST_DEBIAN:$each in
		13:build/* | 13:probes) ;;
		*) targets+=("$each") ;;
		esac
	done
	[ ${#targets[@]} = 0 ] || make -s -C "$top" "${targets[@]}"
}

# machine_begin [TARGET...]: where things are, and a folder for the test's own; rawcmd, the probes
# and these are built. Of Debian 13, release_use has seen to those below build/.
machine_begin() {
	top=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
	work=$(work_make)
	trap 'rm -rf "$work"' EXIT
	release_use "${XENHOST_DEBIAN:-12}"
	machine_build "$@" >"$work/make.log" 2>&1 || {
		echo "Bail out! cannot build: $(tail -n 1 "$work/make.log")"
		exit 1
	}
}
