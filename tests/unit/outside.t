#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The xen-pmem command where there is no Xen: each verb has a help, takes its options as getopt_long
# does, and refuses in one line, also in JSON. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
tool=$PWD/${B:-build}/tool/xen-pmem
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0
if [ -e /dev/xen/privcmd ]; then
	echo "1..0 # SKIP this machine runs Xen"
	exit 0
fi

result() {
	if [ "$1" = 0 ]; then
		echo "ok $((++tests)) - $2"
	else
		echo "not ok $((++tests)) - $2"
		sed 's/^/# /' "$work/out" "$work/said"
	fi
}

# run STATUS ARGUMENT...
run() {
	local wanted=$1
	shift
	"$tool" "$@" >"$work/out" 2>"$work/said" </dev/null
	[ $? = "$wanted" ]
}

# One line, and nothing else.
lines() {
	[ "$(wc -l <"$work/said")" = 1 ] && grep -q "^xen-pmem: .*$1" "$work/said"
}

helps() {
	run 0 "$@" && grep -q "^usage: xen-pmem $1" "$work/out" && [ ! -s "$work/said" ]
	result $? "$* shows its help"
}

not_dom0() {
	run 1 "$@" && lines "this is not dom0 .*/dev/xen/privcmd is missing" && [ ! -s "$work/out" ]
	result $? "$* is refused in one line"
}

json() {
	run 1 "$1" --json "${@:2}" && lines "this is not dom0" &&
		jq -e --arg verb "$1" \
		'.version == 1 and .verb == $verb and (.errors | length) == 1 and
			(.errors[0].text | test("not dom0"))' \
			"$work/out" >>"$work/said"
	result $? "$1 --json says so in JSON"
}

usage() {
	local pattern=$1
	shift
	run 2 "$@" && head -n 1 "$work/said" | grep -q "^xen-pmem: $1: $pattern" &&
		grep -q "^usage: xen-pmem $1" "$work/said" && [ ! -s "$work/out" ]
	result $? "usage: $*"
}

for verb in load unload init enable disable list status check layout report create attach \
	create-file release erase copy-out copy-in start-all stop-all monitor; do
	helps $verb --help
	helps $verb -h
	usage "unknown option --nothing" $verb --nothing
	usage "unknown option -Z" $verb -Z
done 2>/dev/null
helps list --verbose --help

printf 'name = "g"\nmemory = 64\nkernel = "/nothing"\ntype = "pvh"\nvnvdimms = [ "xen-a" ]\n' \
	>"$work/g.cfg"
not_dom0 create -q "$work/g.cfg"
while read -r -a command; do
	not_dom0 "${command[@]}"
	json "${command[@]}"
done <<-END
	load
	load --accept-build
	load --accept
	unload
	init xen-pmem
	init xen-pmem --force
	init --force -- xen-pmem
	enable xen-a
	enable --all
	disable --keep xen-a
	disable xen-a --erase
	list
	status
	status g
	attach g xen-a
	create-file 4M $work/f
	release
	release --erase 3
	erase xen-a
	erase xen-a --force
	copy-out xen-a $work/f
	copy-in $work/f xen-a --overwrite
	start-all
	start-all $work
	stop-all
	stop-all --timeout 60
	stop-all --timeout=60
	stop-all --time=60
	monitor
	monitor --once
END
not_dom0 --verbose list
not_dom0 list --verbose
[ ! -e "$work/f" ]
result $? "no file was made"

usage "takes one namespace" init
usage "takes one namespace" erase a b
usage "takes one namespace" disable --keep
usage "takes no operand" list a
usage "takes one guest at most" status a b
usage "takes one file at most" report a b
usage "takes a guest and 1 to 16 backends" attach g
usage "takes a size and a path" create-file 4M
usage "--timeout needs a value" stop-all --timeout
usage "--json=1: this option takes no value" list --json=1
usage "--force=yes: this option takes no value" erase --force=yes a
usage "--keep=1: this option takes no value" create --keep=1 g.cfg
usage "--dryrun=1: this option takes no value" create --dryrun=1 g.cfg
usage "-f needs a value" create -f
usage "takes one namespace, or --all" enable
usage "--keep or --erase, not both" disable --keep --erase a
usage "--keep or --erase, not both" attach --keep --erase g a
usage '"5X" is not a size' create-file 5X p
usage "--timeout takes seconds, not x" stop-all --timeout x
usage "--defconfig needs a value" create --defconfig
run 2 && grep -q '^usage: xen-pmem' "$work/said"
result $? "usage: no verb"
run 2 nothing && lines "there is no verb nothing"
result $? "usage: a verb that there is not"
run 2 -v list && lines "option of xl"
result $? "usage: xl's options before another verb than create"
run 0 --help && grep -q '^  start-all ' "$work/out"
result $? "--help names the verbs"

run 1 check && [ ! -s "$work/said" ] && grep -q '^FAIL kernel .*not dom0' "$work/out"
result $? "check says what is missing"
run 1 check --json &&
	jq -e '.checks | map(select(.ok | not) | .check) | index("kernel") != null' "$work/out" \
	>"$work/said"
result $? "check --json, too"

# ---- report ----

# What a host would have: Xen's messages, among which are a guest's, and a program that fails
mkdir "$work/bin" "$work/here"
cat >"$work/bin/xl" <<-'END'
	#!/bin/sh
	[ "$1" = dmesg ] && printf '(XEN) one\n(d12) secret\n(d0) two\n(d1v0) secret\n(XEN) three'
END
printf '#!/bin/sh\necho part\necho broken >&2\nexit 3\n' >"$work/bin/xenhypfs"
chmod +x "$work/bin/"*

# The report in $work/here, in folder xen-pmem-report
unpack() {
	tar -xzf "$1" -C "$work/here" 2>>"$work/said" && report=$work/here/xen-pmem-report
}

(cd "$work/here" && PATH=$work/bin:$PATH run 0 report) && [ ! -s "$work/said" ] &&
	file=$(sed -n 's/^\(xen-pmem-report-[0-9-]*\.tar\.gz\): [0-9]* i.*/\1/p' "$work/out") &&
	unpack "$work/here/$file" && [ "$(stat -c %a "$work/here/$file")" = 600 ]
result $? "a report, named by its date, for root alone"
cmp "$report/cmdline.txt" /proc/cmdline >"$work/said" 2>&1 &&
	grep -q '^FAIL kernel .*not dom0' "$report/check.txt" &&
	jq -e '.verb == "list"' "$report/list.json" >"$work/said"
result $? "in it are files, and what our own verbs print"
[ "$(cat "$report/xl-dmesg.txt")" = $'(XEN) one\n(d0) two\n(XEN) three' ]
result $? "what guests printed is left out"
[ "$(cat "$report/pmem-status.txt")" = part ] &&
	grep -q '^pmem-status.txt  *xenhypfs .*: exit status 3; broken$' "$report/contents.txt"
result $? "what a program printed before it failed is there, with its message"
grep -q '^acpi/PCAT  *MISSING: /sys/.*/PCAT: No such file' "$report/contents.txt" &&
	[ ! -e "$report/acpi/PCAT" ]
result $? "what is missing is named, with the reason"
cp "$report/contents.txt" "$work/out"
for each in $(grep -v MISSING: "$report/contents.txt" | sed 1d | cut -d ' ' -f 1); do
	[ -e "$report/$each" ] || grep -q "^$each  *EMPTY" "$report/contents.txt" || echo "$each"
done >"$work/said"
[ ! -s "$work/said" ]
result $? "what is said to be there is there"
echo mine >"$work/f"
run 1 report "$work/f" && lines "/f: File exists" && [ "$(cat "$work/f")" = mine ]
result $? "a file that exists is left as it is"
rm "$work/f"
run 1 report "$work/nothing/f" && lines "nothing/f: No such file"
result $? "nor is there a report where no folder is"
run 0 report --json "$work/f" &&
	jq -e --arg f "$work/f" --argjson size "$(stat -c %s "$work/f")" \
		'.files == [{ path: $f, size: $size }] and .errors == []' "$work/out" >"$work/said"
result $? "report --json names the file"
rm -r "$report" "$work/f"
printf '#!/bin/sh\necho "$(uname -n): 4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"\n' >"$work/bin/dmesg"
chmod +x "$work/bin/dmesg"
PATH=$work/bin:$PATH run 0 report --no-names "$work/f" && unpack "$work/f" &&
	grep -qE '^(HOST1|localhost): UUID[0-9]+$' "$report/dmesg.txt" &&
	grep -q "names replaced" "$report/contents.txt"
result $? "report --no-names replaces names"
unshare -m sh -c "mount -t tmpfs -o size=4k tmpfs $work/here && $tool report $work/here/f;
	echo \$?; ls $work/here" >"$work/out" 2>"$work/said"
grep -q "here/f: .*No space left" "$work/said" && [ "$(cat "$work/out")" = 1 ]
result $? "a full disk is an error, and nothing is left there"
"$tool" --help >/dev/full 2>"$work/said"
[ $? = 1 ] && lines "standard output: No space left"
result $? "what cannot be printed is an error"
echo "1..$tests"
