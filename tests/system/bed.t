#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The test bed itself: statuses passed on, timeouts, crashes, power cuts, media kept, both
# hypervisors, guests. TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
xenhost=$here/../../testbed/xenhost
work=$(mktemp -d "${TMPDIR:-/tmp}/bed.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
make -s -C "$here/../.." bed bed-hvm >"$work/make" 2>&1 || {
	tail -n 5 "$work/make"
	echo "Bail out! make bed failed"
	exit 1
}
cd "$work" || exit 1
export XENHOST_NO_BUILD=1
n=0

# ok NAME COMMAND...: passes if the command succeeds; on a failure shows the run's output.
ok() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		tail -n 40 out err | awk '{print "# " $0}'
	fi
}

# run OPTION... SCRIPT [ARG...]: sets $rc; output in out and err.
run() {
	"$xenhost" run --log console.log --timeout 120 "$@" >out 2>err
	rc=$?
}

is() {
	[ "$1" = "$2" ]
}

says() {
	grep -qxF -e "$1" "${2:-out}"
}

# inline LINE...: a script of these lines.
inline() {
	printf '%s\n' '#!/bin/sh' "$@" >script
}

host_test() {
	echo 'a file' >added
	run --nvdimm nv0:1G --nvdimm nv1:3G --cpus 1 --xen-args 'loglvl=all' --add added \
		--add added:/opt/here/added "$here/bed/host" 'a  b' "it's \$x"
	ok "the script's status" is $rc 7
	ok "regions of exactly the sizes asked for" says 'region 1073741824'
	ok "the second NVDIMM's too" says 'region 3221225472'
	ok "arguments with spaces and quotes" says "args [a  b] [it's \$x]"
	ok "added files" says 'added a file a file'
	ok "drivers loaded" says 'driver 1'
	ok "Xen has memory to give" says 'free enough'
	ok "standard error is handed on" says 'to standard error'
	ok "/dev/stdout can be opened" says 'written'
	ok "a last line without newline" is "$(tail -n 1 out)" 'no newline'
	ok "nothing but the script's output" is "$(wc -l <out)" 9
	ok "the console goes to the log" grep -q 'Xen version' console.log
}

another_boot() {
	[ "$rc" = 0 ] && [ -s out ] && [ "$1" != "$(sed -n 1p out)" ]
}

# The kernel's first messages, with their times to the microsecond, are those of one boot alone;
# what is printed next is random, and then the time.
snapshot_test() {
	local boot random
	inline 'dmesg | head -n 100 | sha256sum; od -An -tx8 -N16 /dev/urandom
	date +%s; cat /root/added
	dd if=/dev/pmem0 bs=1 skip=8192 count=4 2>/dev/null'
	run --nvdimm s0:1G --add added script
	boot=$(sed -n 1p out) random=$(sed -n 2p out)
	echo 'another file' >added
	run --nvdimm s1:1G --add added script
	ok "snapshot: a second run is the same boot" is "$boot" "$(sed -n 1p out)"
	ok "snapshot: with other random numbers" [ "$random" != "$(sed -n 2p out)" ]
	ok "snapshot: with today's time" [ $(($(date +%s) - $(sed -n 3p out))) -lt 60 ]
	ok "snapshot: with its own files" says 'another file'
	run --fresh --nvdimm s2:1G --add added script
	ok "snapshot: --fresh boots" another_boot "$boot"
	printf seen | dd of=s1 bs=1 seek=8192 conv=notrunc status=none
	run --nvdimm s1:1G --add added script
	ok "snapshot: the same boot, of a medium that is not blank" is "$boot $(tail -n 1 out)" \
		"$(sed -n 1p out) seen"
}

cut_test() {
	run --nvdimm nv0:1G --xen-version 4.17.5 "$here/bed/cut"
	ok "power cut: status 0, at once and not when the script ends" is $rc 0
	ok "the hypervisor asked for" grep -q 'Xen version 4.17.5' console.log
	ok "the file is the medium" is "$(dd if=nv0 bs=4096 skip=5 count=1 2>/dev/null |
		tr -d '\0')" 'written before the cut'
	inline 'dd if=/dev/pmem0 bs=4096 skip=5 count=1 2>/dev/null | tr -d "\000"
	lsmod | grep -q xen_pmem && echo loaded'
	run --nvdimm nv0:1G --xen-version 4.17.7 script
	ok "read back by the next host" grep -q 'written before the cut' out
	inline 'lsmod | grep -E "^(nd_pmem|xen_pmem) "; ls -d /sys/bus/nd/devices/region0'
	run --bare --nvdimm nv0:1G script
	ok "bare: nothing that binds namespaces is loaded" is "$(cat out)" \
		/sys/bus/nd/devices/region0
}

crash_test() {
	inline 'echo c >/proc/sysrq-trigger' 'sleep 100'
	run script
	ok "dom0 panics: 126" is $rc 126
	inline true
	run --xen-args dom0_mem=8M script
	ok "Xen panics: 126" is $rc 126
	SECONDS=0
	run --timeout 400 --xen-args "noreboot dom0_mem=8M" script
	ok "Xen panics, and stays: 126, long before the time is up" is "$rc $((SECONDS < 300))" \
		"126 1"
	inline 'echo "<4>WARNING: CPU: 0 PID: 1 at a test" >/dev/kmsg'
	run script
	ok "dom0 warns: 126, whatever the script says" is $rc 126
	inline 'poweroff -f' 'sleep 100'
	run script
	ok "the host goes down: 125" is $rc 125
	inline 'sleep 100'
	run --timeout 20 script
	ok "timed out: 124" is $rc 124
}

refused_test() {
	inline true
	run --nvdimm nv0:2G script
	ok "a file of another size is refused" is $rc 125
	run --xen-version 4.16 script
	ok "an unknown hypervisor is refused" is $rc 125
	run ./nothing
	ok "a missing script is refused" is $rc 125
}

# QEMU's process, by the name of its NVDIMM's file.
qemu_of() {
	pgrep -f "^qemu-system.*mem-path=$1"
}

killed_test() {
	local pid sig
	inline 'sleep 100'
	for sig in TERM KILL; do
		"$xenhost" run --nvdimm "$work/killed:1G" --log console.log script >out 2>err &
		pid=$!
		until qemu_of "$work/killed" >/dev/null || ! kill -0 $pid; do sleep 0.2; done
		kill -$sig $pid
		wait $pid 2>/dev/null
		sleep 0.5
		ok "xenhost ended by SIG$sig takes QEMU along" [ -z "$(qemu_of "$work/killed")" ]
	done
}

guest_test() {
	run --timeout 400 "$here/bed/guests"
	ok "guest: arguments" says "<a b><it's>"
	ok "guest: added files" says 'name = "bed"'
	ok "guest: modules" says 3
	ok "guest: the script's status" says 'passed 9'
	ok "guest: long output is whole" says 'long whole'
	ok "guest: timed out" says 'late 124'
	ok "guest: a broken config" says 'broken 125'
	ok "guest: --with on a host without --soft" says 'without 125'
	ok "guest: its kernel panics" says 'crashed 126'
	ok "guest: its kernel warns" says 'warned 126'
	ok "guest: destroyed by somebody" says 'destroyed 125'
	ok "guest: the script runs again after a reboot" says 'rebooted 125'
	ok "guest: nothing left behind" says 'left 0 0'
	ok "guest: its POWER-CUT is the host's" is "$rc $(tail -n 2 out | tr '\n' ' ')" \
		'0 before POWER-CUT '
}

hvm_test() {
	printf '%s\n' 'name = "bed"' 'type = "hvm"' 'memory = 256' >guest.cfg
	inline 'printf "<%s>" "$@"; echo; dmesg | grep "Hypervisor detected"; 
	grep -c "^f0000000-.*PCI Bus" /proc/iomem; exit 9' && mv script inside
	inline 'testguest --timeout 900 guest.cfg inside "a b"; echo "passed $?"'
	run --hvm --timeout 1000 --add guest.cfg --add inside script
	ok "HVM guest: arguments" says '<a b>'
	ok "HVM guest: it is one" grep -q 'Xen HVM' out
	ok "HVM guest: with a PCI bus" says 1
	ok "HVM guest: the script's status" says 'passed 9'
	run --add guest.cfg --add inside script
	ok "HVM guest: without its device model" is "$rc $(tail -n 1 out)" '0 passed 125'
}

host_test
snapshot_test
cut_test
refused_test
crash_test
killed_test
guest_test
hvm_test
echo "1..$n"
