#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A host with two sockets and NVDIMMs on both, and a hole in Xen's frame numbers (xenhost --numa):
# what Xen and dom0 know of nodes; an NVDIMM in the hole is refused, and others work beyond it; on
# which node `list` shows namespaces, `check` says that a guest's vCPUs are on another one, and a
# guest with virtual NUMA gets its vNVDIMMs. TAP. It boots one host, and runs itself in dom0.
#
#   at 34 GiB, socket 0:  xen-pmem 64M | xen-a 32M
#   at 36 GiB, socket 1:  xen-b 32M, which begins with random data
#   at 40 GiB, in the hole:  xen-hole 32M
set -u
nd=/sys/bus/nd/devices
a_spa=0x880000000 b_spa=0x900000000 hole_spa=0xa00000000

# ---- in dom0 ----

# region ADDRESS: which region begins there
region() {
	local file
	for file in "$nd"/region*/resource; do
		[ "$(cat "$file")" != "$1" ] || basename "${file%/*}"
	done
}

# namespace NAME SIZE ADDRESS
namespace() {
	ndctl create-namespace -r "$(region "$3")" -m raw -n "$1" -s "$2" >/tmp/said 2>&1 ||
		bail "create $1: $(cat /tmp/said)"
}

# node NAME: by `list`
node() {
	xen-pmem list --json | jq -r ".namespaces[] | select(.label == \"$1\").node"
}

# said_of GUEST: what `check` notes of it
said_of() {
	xen-pmem check | sed -n "s/^NOTE NUMA  *guest $1: //p"
}

test_host() {
	xl dmesg >log
	same "Xen takes the SRAT" "$(grep -c 'SRAT: SRAT not used' log)" 0
	same "it has four nodes, of which two have memory" \
		"$(xl info -n | awk '/^numa_info/ { on = 1 } on && $1 ~ /^[0-9]:/ && $2 > 0 { n++ }
		/^nr_nodes/ { print $3 } END { print n }' | xargs)" "4 2"
	same "and a hole: bits 33 and 34 of addresses" \
		"$(sed -n 's/.*PFN compression on bits //p' log)" 21...22
	same "dom0's kernel says node 0 of each region" \
		"$(cat "$nd"/region*/numa_node | xargs)" "0 0 0"
}

test_hole() {
	local in_hole="0xa00000000-0xa01ffffff lies in the hole of Xen's frame numbers: boot Xen"
	in_hole+=" with numa=noacpi"
	accepts "init" xen-pmem init xen-pmem
	refuses "an NVDIMM in the hole" \
		"(xen-hole): it cannot be served; $in_hole; xen-pmem list --available shows what " \
		xen-pmem enable xen-hole
	same "it stays dom0's" "$(xen-pmem list --json |
		jq -r '.namespaces[] | select(.label == "xen-hole").state')" dom0
}

# Data go through Xen when a namespace is erased, and when it is lent to dom0. What became of them
# is looked at on the test's machine.
test_served() {
	accepts "enable xen-a, beyond the hole" xen-pmem enable xen-a
	accepts "enable xen-b, on the other node" xen-pmem enable xen-b
	accepts "copy-out of xen-b" xen-pmem copy-out xen-b image
	accepts "copy-in to xen-a" xen-pmem copy-in image xen-a
	same "frames in the hole have none" "$(probe_pages $hole_spa 0x2000000)" "none=8192"
}

test_list() {
	same "the reserved area's node" "$(node xen-pmem)" 0
	same "a namespace of socket 0" "$(node xen-a)" 0
	same "one of socket 1" "$(node xen-b)" 1
	same "one of which the SRAT knows nothing: by the NFIT" "$(node xen-hole)" 0
	xen-pmem list >/tmp/said
	grep -q 'xen-b .* free .* node 1$' /tmp/said
	verdict $? "as text too"
}

# xl looks at cpus only if there is vcpus.
test_check() {
	same "without guests: nothing to note" "$(xen-pmem check | sed -n 's/^OK   NUMA  *//p')" \
		"no guest's vCPUs are all on other nodes than its NVDIMM"
	printf '%s\n' 'name = "g"' 'type = "pvh"' 'memory = 32' 'kernel = "/root/idle.elf"' \
		'vcpus = 2' 'cpus = "node:1"' 'vnvdimms = [ "xen-b" ]' >g.cfg
	accepts "a guest on the node of its vNVDIMM" xen-pmem create -q -p g.cfg
	same "Xen has page_info of all of it, beyond the hole" \
		"$(probe_pages $b_spa 0x2000000 | cut -d ' ' -f 1)" "guest=8192"
	same "is not noted" "$(said_of g)" ""
	accepts "its vCPUs prefer both nodes" xl vcpu-pin g all all all
	same "is not noted" "$(said_of g)" ""
	accepts "one of them another" xl vcpu-pin g 0 0 0
	same "is not noted" "$(said_of g)" ""
	accepts "both of them another" xl vcpu-pin g all all 0
	same "is noted" "$(said_of g | sed 's/namespace[0-9.]*/N/')" \
		'its vCPUs run on node 0, and what it has of N (xen-b) is on node 1 '\
'(cpus = "node:1" in its config)'
	accepts "hard affinity outdoes soft" xl vcpu-pin g all 1 0
	same "is not noted" "$(said_of g)" ""
	same "a note fails no check" "$(xl vcpu-pin g all 0 0 && xen-pmem check --json |
		jq -c '[.checks[] | select(.check == "NUMA").ok]')" "[true]"
	xl destroy g
	wait_for 20 no_guests
}

# nodes_of: on which node of the guest each of its vNVDIMMs is, in order of address, as Xen knows it
# for hvmloader, which makes the SRAT of it
nodes_of() {
	xl dmesg -c >/dev/null
	xl debug-keys u
	xl dmesg | awk '/ vnodes, / { on = 1 } on && / pnode / { sub(":", "", $2); node = $2 }
		on && $3 == "-" && $2 ~ /^0000000[1-9a-f]/ { print $2, node }' | sort |
		cut -d ' ' -f 2 | xargs
}

test_default() {
	printf '%s\n' 'name = "h"' 'type = "hvm"' 'memory = 128' 'vga = "none"' 'vnc = 0' \
		'usb = 0' 'serial = "pty"' 'vnuma = [' \
		'[ " pnode = 1 ", "size=64", "vcpus=0", "vdistances=10,20" ],' \
		'[ "pnode=0", "size=64", "vdistances=20,10" ] ]' \
		'vnvdimms = [ "xen-a,gpa=8G", "xen-b,gpa=9G" ]' >h.cfg
	accepts "a guest with virtual NUMA" xen-pmem create -q -p --erase h.cfg
	same "its vNVDIMMs are on its nodes that are on their nodes" "$(nodes_of)" "1 0"
	xl destroy h
	wait_for 20 no_guests
	sed -i 's/xen-a/xen-a,node=0/; s/pnode=0/pnode=1/' h.cfg
	accepts "where it has another wish, and no node of xen-a's" \
		xen-pmem create -q -p --erase h.cfg
	same "the wish counts, and the first of two nodes" "$(nodes_of)" "0 0"
	xl destroy h
	wait_for 20 no_guests
	sed -i 's/,node=0//' h.cfg
	accepts "without the wish" xen-pmem create -q -p --erase h.cfg
	same "it is on no node" "$(nodes_of)" "0"
	xl destroy h
}

in_dom0() {
	chmod +x /root/rawcmd
	probe_load
	{ ndctl disable-region all && ndctl init-labels -f -V 1.2 all &&
		ndctl enable-region all; } >/tmp/said 2>&1 ||
		bail "cannot make label areas: $(cat /tmp/said)"
	namespace xen-pmem 64M $a_spa
	namespace xen-a 32M $a_spa
	namespace xen-b 32M $b_spa
	namespace xen-hole 32M $hole_spa
	cases test_host test_hole test_served:test_hole test_list:test_hole \
		test_check:test_hole,test_served test_default:test_hole,test_served
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/idle.elf
truncate -s $((1024 * 1048576 + 262144)) "$work/1"
head -c 4M /dev/urandom >"$work/data"
dd if="$work/data" of="$work/1" conv=notrunc status=none
boot dom0 END --numa --hvm --cpus 2 --xen-args loglvl=all \
	--add "$top/build/system/idle.elf" --nvdimm "$work/0:1G:node0" \
	--nvdimm "$work/1:1G:node1" --nvdimm "$work/2:512M@$hole_spa"
result "what stood in xen-b was copied to xen-a" \
	cmp -n $((4 << 20)) "$work/data" "$work/0" 0 $((64 << 20))
[ -n "$CASE" ] ||
	result "and erased where it was, for another guest" \
		cmp -n $((32 << 20)) "$work/1" /dev/zero
echo "1..$tests"
