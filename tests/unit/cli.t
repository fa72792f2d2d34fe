#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line of xen-pmem where there is no Xen: the lists of verbs and options, the help of
# each verb, the ways to write an option, and completion by bash, which asks for all of these. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
tool=$(readlink -f "${B:-build}/tool/xen-pmem")
verbs="load unload init enable disable list status check layout report create attach create-file \
release erase copy-out copy-in start-all stop-all monitor hotplug"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0
if [ -e /dev/xen/privcmd ]; then
	echo "1..0 # SKIP this machine runs Xen"
	exit 0
fi

verdict() {
	[ "$1" = 0 ] && { echo "ok $((++tests)) - $2"; return; }
	echo "not ok $((++tests)) - $2"
	sed 's/^/# /' "$work/out" "$work/said"
}

# is WHAT GOT WANTED
is() {
	printf '%s\n' "got    $2" "wanted $3" >"$work/out"
	: >"$work/said"
	[ "$2" = "$3" ]
	verdict $? "$1"
}

# run STATUS ARGUMENT...
run() {
	local wanted=$1
	shift
	"$tool" "$@" >"$work/out" 2>"$work/said" </dev/null
	[ $? = "$wanted" ]
}

options() {
	"$tool" --list-opts "$1" | paste -sd ' '
}

# ---- lists ----

is "--list-cmds" "$("$tool" --list-cmds | paste -sd ' ')" "$verbs"
is "--help has the same verbs" \
	"$("$tool" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | paste -sd ' ')" "$verbs"
is "--list-opts disable" "$(options disable)" \
	"--keep --erase --dry-run --json --verbose --help"
is "--list-opts stop-all: = after one that needs a value" "$(options stop-all)" \
	"--timeout= --dry-run --json --verbose --help"
is "--list-opts=create: letters too" "$("$tool" --list-opts=create | grep -c -- '^-[cFped]$')" 5
is "--list-opts list" "$(options list)" "--available --json --verbose --help"
is "--list-opts layout" "$(options layout)" "--save --root= --json --verbose --help"
is "--list-opts report" "$(options report)" "--no-names --json --verbose --help"
is "--list-keys attach" "$("$tool" --list-keys attach | paste -sd ' ')" \
	"ro node= gpa= label=on label=off size= offset="
for list in --list-opts --list-keys; do
	run 2 $list nothing && grep -q "there is no verb nothing" "$work/said"
	verdict $? "$list of a verb that there is not"
done

# ---- help ----

for verb in $verbs; do
	"$tool" "$verb" --help >"$work/help"
	run 0 help "$verb" && cmp -s "$work/out" "$work/help" &&
		head -n 1 "$work/out" | grep -q "^usage: xen-pmem $verb"
	verdict $? "help $verb is $verb --help, and begins with the synopsis"
	! awk 'NR > 1 && /^$/ { exit } NR > 1' "$work/out" | grep -v '^  ' >"$work/said"
	verdict $? "help $verb: further lines of the synopsis are indented"
	! grep -E '^.{81}' "$work/out" >"$work/said"
	verdict $? "help $verb: 80 columns"
done
! "$tool" --help | grep -E '^.{81}' >"$work/said"
verdict $? "--help: 80 columns"
run 0 help && cmp -s "$work/out" <("$tool" --help)
verdict $? "help without a verb is --help"
run 2 help nothing && grep -q "there is no verb nothing" "$work/said"
verdict $? "help of a verb that there is not"

# ---- options ----

# right ARGUMENT...: they are understood, so all that is missing is Xen
right() {
	run 1 "$@" && grep -q "this is not dom0" "$work/said"
	verdict $? "right: $*"
}

# wrong MESSAGE ARGUMENT...
wrong() {
	run 2 "${@:2}" && head -n 1 "$work/said" | grep -Fqx "xen-pmem: $2: $1" &&
		grep -q "^usage: xen-pmem $2" "$work/said"
	verdict $? "wrong: ${*:2}"
}

right list -v
right list --verb
right stop-all --timeout=60 -v
right stop-all --ti 60
right erase -v --fo xen-a
right init -- xen-pmem
for verb in $("$tool" --list-cmds); do
	case $verb in
	list | status | check | layout | report | monitor | hotplug)
		wrong "unknown option --dry-run" "$verb" --dry-run
		;;
	*)
		options "$verb" | grep -q -- "--dry-run "
		verdict $? "$verb has a dry run"
		;;
	esac
done
right load --dry-run
right init --dry-run xen-pmem
right enable --dry-run --ro xen-a
right enable --dry-run --all
right disable --dry-run --erase xen-a
right erase --dry-run xen-a
right release --erase --dry-run 7
right attach g xen-a --dry-run
right create-file --dry-run 4M "$work/file"
right copy-in --dry-run "$work/image" xen-a
right copy-out xen-a "$work/image" --dry-run
right stop-all --dry-run
run 1 start-all --dry-run --json &&
	jq -e '.dry_run == true and .changed == false' "$work/out" >>"$work/said"
verdict $? "a dry run says in JSON that it is one"
wrong "unknown option -Z" list -vZ
wrong "unknown option -Z" stop-all --timeout=60 -Z
wrong "unknown option --nothing" list --nothing
wrong "unknown option --v" create --v g.cfg
wrong "--verbose=1: this option takes no value" list --verbose=1
wrong "--timeout needs a value" stop-all --timeout
wrong "-f needs a value" create -qf
wrong "--keep or --erase, not both" create --keep --erase g.cfg
wrong "takes one config, not b.cfg as well" create a.cfg b.cfg
wrong "takes a config" create name=1
for option in --json --dry-run; do
	run 2 $option enable xen-a &&
		[ "$(cat "$work/said")" = "xen-pmem: $option comes after the verb" ]
	verdict $? "wrong: $option before the verb"
done
wrong '"-" is not a name: this verb uses no pipe' copy-in - xen-a

# What xl gets of a guest that is all its own: its options as they were typed, bundled or not
mkdir "$work/bin"
printf '#!/bin/sh\necho "$@"\n' >"$work/bin/xl"
chmod +x "$work/bin/xl"
echo 'name = "g"' >"$work/plain.cfg"
# xl_gets WANTED ARGUMENT...
xl_gets() {
	PATH=$work/bin:$PATH run 0 "${@:2}" && [ "$(sed "s|$work/||" "$work/out")" = "$1" ]
	verdict $? "xl gets: ${*:2}"
}
xl_gets "create -q -p plain.cfg memory=48" create -q -p --erase "$work/plain.cfg" memory=48
xl_gets "create -q -p plain.cfg" create -vqp "$work/plain.cfg" --keep
xl_gets "create -q -n -f plain.cfg" create --quiet --defconfig="$work/plain.cfg" --dryrun
xl_gets "create -n plain.cfg" create --dry-run "$work/plain.cfg"
xl_gets "create -n plain.cfg" create --dry "$work/plain.cfg"
xl_gets "create -n plain.cfg" create --dr "$work/plain.cfg"
xl_gets "create -n plain.cfg" create -n --dryrun --dry-run "$work/plain.cfg"
xl_gets "-v -v -t -N create -i a=1 plain.cfg" -vvtN create a=1 "$work/plain.cfg" --ignore-global

# ---- completion ----

# completes WORD...: what the last one may be; the others are before it
completes() {
	COMP_WORDS=("$tool" "$@")
	COMP_CWORD=$#
	_xen_pmem
	echo "${COMPREPLY[*]}"
}

# shellcheck source=packaging/bash-completion
. packaging/bash-completion
mkdir "$work/folder"
cd "$work" || exit 1
is "completion of a verb" "$(completes cop)" "copy-out copy-in"
is "completion of a verb after help" "$(completes help st)" "status start-all stop-all"
is "completion of an option" "$(completes stop-all --t)" "--timeout="
is "completion of options" "$(completes disable --)" \
	"--keep --erase --dry-run --json --verbose --help"
is "completion of a vNVDIMM's option" "$(completes attach g xen-a,label)" \
	"xen-a,label=on xen-a,label=off"
is "completion of a config" "$(completes create pl)" "plain.cfg"
is "completion of a report's file" "$(completes report pl)" "plain.cfg"
is "completion of a folder" "$(completes start-all fo)" "folder"
is "completion of what is not there" "$(completes list x)" ""
echo "1..$tests"
