#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The life of the payload: loaded, used and unloaded again and again ($ROUNDS times); Xen giving up
# on stopping its CPUs; another live patch on top; unload refused at each stage of use, and granted
# after; the payload of another build. By raw commands; nothing in dom0 touches the NVDIMM. TAP.
#
#   SPA 4 GiB  [ reserved area 128 MiB ]   5 GiB  [ A: 256 MiB ]
set -u
reserved=11111111-1111-1111-1111-111111111111
A=aaaaaaaa-1111-1111-1111-111111111111
raw=/root/rawcmd

# ---- in dom0 ----

# gives WHAT ERRNO FIELD=VALUE...: the answer to the command has this return code
gives() {
	local what=$1 rc=$2
	shift 2
	$raw "$@" >/tmp/said
	grep -q "^rc=$rc " /tmp/said
	verdict $? "$what"
}

must() {
	$raw "$@" >/tmp/said || bail "$*: $(cat /tmp/said)"
}

payload_load() {
	livepatch_load "$payloads/$payload.livepatch" "$@"
}

payload_revert() {
	reverted() { xen-livepatch revert "$payload" >/tmp/said 2>&1; }
	wait_for 20 reverted
}

payload_unload() {
	payload_revert && xen-livepatch unload "$payload" >/tmp/said 2>&1 ||
		bail "cannot unload: $(cat /tmp/said)"
}

state() {
	xen-livepatch list | sed -n "s/^$1 *| *\([A-Z]*\).*/\1/p"
}

nodes() {
	xenhypfs ls / | grep -c pmem
}

# Refused by our pre-revert hook, not by the machine's being busy.
unload_refused() {
	! xen-livepatch revert "$payload" >/tmp/said 2>&1 && [ "$(state "$payload")" = APPLIED ]
	verdict $? "unload is refused: $1"
}

guest_new() {
	xl create -q -p guest.cfg >/tmp/said 2>&1 || bail "no guest: $(cat /tmp/said)"
	id=$(xl domid guest)
}

serve() {
	must op=1 uuid=$reserved spa=0x100000000 length=0x8000000
	must op=3 uuid=$A spa=0x140000000 length=0x10000000
}

unserve() {
	must op=4 uuid=$A
	must op=2
}

one_round() {
	payload_load
	serve
	guest_new
	must op=5 uuid=$A domain="$id" spa=0x140000000 gpa=0x40000000 length=0x10000000
	xl destroy guest
	must op=6 uuid=$A domain="$id"
	wait_for 30 no_guests
	unserve
	payload_unload
}

# Xen frees what was a domain's a little after the domain is gone.
free_steady() {
	local before
	before=$(free_pages)
	sleep 0.3
	free_is "$before"
}

test_rounds() {
	local free i
	one_round
	one_round
	wait_for 20 free_steady
	free=$(free_pages)
	for ((i = 2; i < $1; i++)); do
		one_round
	done
	wait_for 20 free_is "$free"
	same "after $1 lives Xen has as much memory as after 2, to the page" "$(free_pages)" "$free"
	same "no node of ours is left in hypfs" "$(nodes)" 0
}

# In a nanosecond no CPU comes to a stop, so Xen gives up after the hooks that may refuse have run.
test_timeout() {
	xen-livepatch upload "$payload" "$payloads/$payload.livepatch" >/tmp/said 2>&1 ||
		bail "upload: $(cat /tmp/said)"
	$raw --apply "$payload" 1 >/tmp/said
	same "an apply that times out does not happen" "$(state "$payload")" CHECKED
	same "no node of ours is left in hypfs after it" "$(nodes)" 0
	applied() { xen-livepatch apply "$payload" >/tmp/said 2>&1; }
	wait_for 20 applied
	verdict $? "it can be applied again"
	serve
	unserve
	$raw --revert "$payload" 1 >/tmp/said
	same "a revert that times out does not happen" "$(state "$payload")" APPLIED
	gives "commands are refused for a while, in which it may still happen" -16 op=0
	hello() { $raw op=0 >/tmp/said; }
	wait_for 30 hello
	verdict $? "then they are not any more"
	serve
	verdict 0 "after that the extension serves a range"
}

# Served: from here on, up to unloading.
test_in_use() {
	unload_refused "a range is served"
	must op=4 uuid=$A
	unload_refused "there is a reserved area"
	serve
	guest_new
	must op=5 uuid=$A domain="$id" spa=0x140000000 gpa=0x40000000 length=0x10000000
	unload_refused "a guest has pages"
	gives "unserve is refused" -16 op=4 uuid=$A
	xl destroy guest
	unload_refused "a dead guest has pages"
	must op=6 uuid=$A domain="$id"
	unload_refused "metadata are on their way out"
}

test_on_top() {
	local probe
	probe=probe-$payload
	! xen-livepatch load "/root/probe/$probe.livepatch" >/tmp/said 2>&1
	verdict $? "another live patch, made for Xen alone, does not go on top"
	xen-livepatch unload "$probe" >/dev/null 2>&1
	probe_load
	same "it does with --nodeps" "$(state "$probe")" APPLIED
	gives "commands work under it" 0 op=0
	unserve
	unload_refused "another one is on top"
	serve
	gives "the payload still answers" 0 op=0
	unserve
	off() { xen-livepatch revert "$probe" >/tmp/said 2>&1; }
	wait_for 20 off && xen-livepatch unload "$probe" >/tmp/said 2>&1
	same "the other one is taken off" "$(state "$probe")" ""
	payload_unload
	same "then ours is" "$(nodes)" 0
	probe_load
	payload_load --nodeps
	gives "ours works on top of it as well" 0 op=0
	payload_unload
}

test_other_build() {
	local other
	other=$(basename "$(ls $payloads/*.livepatch | grep -v "$payload")" .livepatch)
	! xen-livepatch upload "$other" "$payloads/$other.livepatch" >/tmp/said 2>&1 &&
		[ -z "$(state "$other")" ]
	verdict $? "Xen itself refuses the payload of another build"
}

in_dom0() {
	payloads=/root/payload
	payload=$(xl info build_id)
	modprobe -a virtio_blk ext4
	mount -t ext4 -o ro /dev/vda /usr/lib/testbed/guest
	printf '%s\n' 'name = "guest"' 'type = "pvh"' 'memory = 128' 'vcpus = 1' \
		'kernel = "/usr/lib/testbed/guest/vmlinuz"' >guest.cfg
	test_rounds "$2"
	test_timeout
	test_in_use
	test_on_top
	test_other_build
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# In dom0 tap.sh stands beside this file.
# shellcheck disable=SC1091
. "$here/tap.sh" 2>/dev/null || . "$here/../system/tap.sh"
place_run "$@"
machine_begin
for version in 4.17.7 4.17.5; do
	boot $version END --cpus 2 --bare --xen-version $version --nvdimm "$work/nvdimm:2G" \
		-- "${ROUNDS:-50}"
done
echo "1..$tests"
