#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# HVM guests, with the stock device model, firmware and BIOS: they get the tables that a PVH guest
# gets, byte for byte, but for what the SSDT has behind that, and keep those of their own; what
# stands on ext4 with DAX, and their labels, outlive the guest's reboot and a power cut; 16 vNVDIMMs
# at once, one on a node of its virtual NUMA; what is refused. All of it is in a 512 GiB slot that
# Xen leaves empty at boot. TAP. It runs itself: on the test's machine, in dom0 (argument first or
# last) and in the guest (argument tables, life or sixteen).
#
#   region0:  xen-pmem 32 MiB, with 4 label slots | xen-a 512 MiB | xen-b 256 MiB
set -u
# The same for both kinds of guest, so that the tables can be; above any RAM.
both='"xen-a,gpa=0x200000000,node=0", "xen-b,gpa=0x240000000,ro"'
tables=/sys/firmware/acpi/tables
# Scope (\_SB.XPQR) { Device (NV03): there is no third
spare=10195c2e5f53425f585051525b820c4e563033

# ---- in the guest ----

# ours SIGNATURE: the table that xen-pmem made
ours() {
	grep -l "XNPMEM\|vNVDIMMs" $tables/"$1"* | head -n 1
}

# The SSDT without its header and the scrub page's address, up to what an HVM guest's alone has.
guest_tables() {
	local terms
	terms=$(tail -c +37 "$(ours SSDT)" | od -An -v -tx1 | tr -d ' \n')
	echo "= NFIT $(sha256sum <"$(ours NFIT)" | cut -c 1-32)"
	terms=$(sed 's/\(08534144520e\).\{16\}/\1/' <<<"${terms%%"$spare"*}")
	echo "= SSDT $(sha256sum <<<"$terms" | cut -c 1-32)"
}

# iomem_has PATTERN...: in this order
iomem_has() {
	local each at=0 line
	for each; do
		line=$(tail -n +$((at + 1)) /proc/iomem | grep -nE -m 1 "$each" | cut -d : -f 1)
		[ -n "$line" ] || return 1
		at=$((at + line))
	done
}

guest_look() {
	guest_tables
	same "its own table is there" "$(grep -l theirown $tables/SSDT* | wc -l)" 1
	same "the vNVDIMMs' sizes" "$(cat /sys/bus/nd/devices/region[01]/size | xargs)" \
		"$((512 << 20)) $((256 << 20))"
	same "one of them is read-only" "$(cat /sys/bus/nd/devices/region[01]/read_only | xargs)" \
		"0 1"
	ndctl wait-scrub >/tmp/said 2>&1 && ndctl start-scrub >>/tmp/said 2>&1 &&
		ndctl wait-scrub >>/tmp/said 2>&1
	verdict $? "it can scrub"
	same "the node" "$(cat /sys/bus/nd/devices/region0/numa_node)" 0
	dmesg | grep -E 'ACPI( BIOS)? (Error|Warning|Exception)|nfit.*(fail|error)|overlap' \
		>/tmp/said
	same "the kernel has nothing to say against the tables" "$(wc -l </tmp/said)" 0
	cp /proc/iomem /tmp/said
	iomem_has '^200000000-21fffffff : Persistent Memory' \
		'^240000000-24fffffff : Persistent Memory'
	verdict $? "the memory map shows them"
}

data_make() {
	{ ndctl disable-region all && ndctl init-labels nmem0 && ndctl enable-region all; } \
		>/tmp/said 2>&1
	verdict $? "init-labels"
	{ ndctl create-namespace -r region0 -n data -m fsdax --map=mem -s 256M &&
		ndctl create-namespace -r region0 -n other -m raw -s 64M; } >/tmp/said 2>&1
	verdict $? "namespaces by labels"
	{ mkfs.ext4 -q -b 4096 "/dev/$(device data)" &&
		mount -t ext4 -o dax=always "/dev/$(device data)" /mnt; } >/tmp/said 2>&1 ||
		bail "no filesystem: $(cat /tmp/said)"
	dd if=/dev/urandom of=/mnt/file bs=1M count=4 conv=fsync 2>/dev/null
	(cd /mnt && sha256sum file >sum && sync)
}

# device NAME: the block device of the namespace of that name
device() {
	ndctl list -N | tr -d ' ",' | awk -v RS='}' -v n="name:$1" '$0 ~ "(^|\n)" n "(\n|$)"' |
		sed -n 's/^blockdev://p'
}

# data_check WHEN
data_check() {
	same "$1: the namespaces" "$(ndctl list -N | tr -d ' ",' | grep -E '^name:' | sort |
		xargs)" "name:data name:other"
	ndctl check-labels nmem0 >/tmp/said 2>&1
	verdict $? "$1: check-labels"
	mount -t ext4 -o dax=always "/dev/$(device data)" /mnt >/tmp/said 2>&1
	verdict $? "$1: the filesystem can be mounted"
	(cd /mnt && sha256sum -c sum) >/tmp/said 2>&1
	verdict $? "$1: what was synced is there and right"
}

guest_life() {
	if [ -z "$(device data)" ]; then
		guest_look
		dd if=/dev/zero of=/dev/pmem1 bs=4096 count=1 2>/tmp/said
		same "it cannot write to the read-only one" $? 1
		data_make
		umount /mnt
		reboot -f
		sleep 1000
	fi
	data_check "after its reboot"
	dd if=/dev/urandom of=/mnt/file bs=1M count=4 conv=fsync 2>/dev/null
	(cd /mnt && sha256sum file >sum && sync)
	while dd if=/dev/urandom of=/mnt/scratch bs=1M count=16 conv=fsync 2>/dev/null; do :; done &
	sleep 3
	echo POWER-CUT
	sleep 1000
}

guest_sixteen() {
	data_check "after the power cut"
	umount /mnt
	e2fsck -f -n "/dev/$(device data)" >/tmp/said 2>&1
	verdict $? "fsck finds the filesystem clean"
	cp /proc/iomem /tmp/said
	same "16 vNVDIMMs" \
		"$(ls -d /sys/bus/nd/devices/region* | wc -l) $(ls -d /dev/pmem* | wc -l)" "16 17"
	same "the one that node=1 names is on that node, by NFIT and SRAT" \
		"$(cat /sys/bus/nd/devices/region0/{numa_node,target_node} | xargs)" "1 1"
	dmesg >/tmp/said
	grep -qi "SRAT: Node 1 .*\[mem $(cat /sys/bus/nd/devices/region0/resource)-" /tmp/said
	verdict $? "the SRAT has its addresses"
	same "each at an address of its own above RAM" "$(cat /sys/bus/nd/devices/region*/resource |
		sort -u | awk '$1 >= "0x100000000"' | wc -l)" 16
}

# ---- in dom0 ----

no_guest_but_dom0() {
	xen-pmem release >/dev/null 2>&1
	no_guests
}

config() {
	cat <<-END
		name = "hvm"
		uuid = "c0d1f3a2-6b5e-4a0b-9a57-2f8e4d7b1c90"
		type = "hvm"
		memory = 256
		vga = "none"
		vnc = 0
		acpi_firmware = "/root/own.aml"
		vnvdimms = [ $both ]
	END
}

# flip FILE BYTE
flip() {
	printf '\x5a' | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

firmware_files() {
	local i
	cp own.aml changed.aml && flip changed.aml 40
	head -c 44 own.aml >short.aml
	for i in 1 2 3 4 5 6; do cat own.aml; done >six.aml
	cat own.aml nfit.aml >nfit2.aml
	cat own.aml other.aml >other2.aml
	: >empty.aml
}

refusals() {
	local line pattern
	config >r.cfg
	firmware_files
	while IFS='|' read -r line pattern; do
		refuses "$line" "r.cfg: $pattern" xen-pmem create -q r.cfg "$line"
	done <<-END
		type="pv"|type: a guest with vnvdimms needs type="pvh" or type="hvm", not "pv"
		acpi=0|acpi: a guest with vnvdimms needs it
	END
	while IFS='|' read -r file pattern; do
		line="acpi_firmware=\"/root/$file\""
		refuses "$line" "r.cfg: acpi_firmware: /root/$file: $pattern" \
			xen-pmem create -q r.cfg "$line"
	done <<-END
		nothing|No such file
		changed.aml|table 0: a table's checksum is wrong
		short.aml|table 0: it ends within a table
		six.aml|table 5: it has more than 5 tables
		nfit2.aml|table 1: it has an NFIT of its own
		other2.aml|table 1: it has an NVDIMM root device
		taken.aml|table 0: it has a name that xen-pmem
	END
	refuses "an address where it has RAM" \
		'gpa: the vNVDIMM.s address is where the guest has or may get RAM' \
		xen-pmem create -q r.cfg 'vnvdimms=["xen-a,gpa=4G"]'
	wait_for 30 no_guests
	verdict $? "the refused creates leave no guest"
}

# A guest that others created, paused.
attach() {
	config | sed /vnvdimms/d >p.cfg
	xl create -q -p p.cfg >/tmp/said 2>&1 || bail "xl create: $(cat /tmp/said)"
	accepts "attach to a paused HVM guest" xen-pmem attach hvm xen-a
	refuses "attach once more" "has vNVDIMMs already" xen-pmem attach hvm xen-b
	xl save hvm /root/saved >/tmp/said 2>&1
	same "xl save is refused" "$? $(grep -c 'vNUMA' /tmp/said)" "1 1"
	xl destroy hvm
	wait_for 30 no_guest_but_dom0
	verdict $? "what it had comes back"
}

# A guest's kexec is a soft reset. Here somebody else asks for it: libxl and the keeper do the same.
reset() {
	local domid note
	config | sed 's/^vnvdimms.*/vnvdimms = [ "xen-a" ]/' >s.cfg
	xen-pmem create -q s.cfg >/tmp/said 2>&1 || bail "xen-pmem create: $(cat /tmp/said)"
	domid=$(xl domid hvm)
	note=$(xenstore-read "/libxl/$domid/xen-pmem")
	./endguest "$domid" 5
	wait_for 120 grep -q "domain $domid: goes on, reset" /var/log/xen/xen-pmem-hvm.log
	verdict $? "a soft reset: the guest goes on"
	same "dom0's note of it outlives that" "$(xenstore-read "/libxl/$domid/xen-pmem" 2>&1)" \
		"${note:-a note}"
	accepts "so it can be given another one" xen-pmem attach hvm xen-b
	xl destroy hvm
	wait_for 60 no_guest_but_dom0
	verdict $? "all comes back"
}

# guest CONFIG STATUS ARG...
guest() {
	local config=$1 want=$2
	shift 2
	testguest --add /root/tap.sh "$config" hvm.t guest "$@"
	same "the guest's end" $? "$want"
	wait_for 60 no_guests
	verdict $? "nothing is left of it"
}

dom0_first() {
	namespaces_make xen-pmem:32M xen-a:512M xen-b:256M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a && xen-pmem enable xen-b; } >/tmp/said \
		2>&1 || bail "cannot enable: $(cat /tmp/said)"
	refusals
	attach
	reset
	echo "= pvh"
	config | sed 's/"hvm"$/"pvh"/; s/^name = .*/name = "hvm"/; /acpi_firmware/d' >pvh.cfg
	guest pvh.cfg 0 tables
	echo "= hvm"
	config >hvm.cfg
	guest hvm.cfg 0 life
}

dom0_last() {
	local i parts=
	for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		parts="$parts, \"xen-b,offset=$((i * 16))M,size=16M\""
	done
	config | sed "s/^vnvdimms.*/vnvdimms = [ \"xen-a,node=1\"$parts ]/" >hvm.cfg
	echo 'vnuma = [ [ "pnode=0", "size=192", "vcpus=0", "vdistances=10,20" ],
		[ "pnode=0", "size=64", "vdistances=20,10" ] ]' >>hvm.cfg
	refuses "a node that it has not" \
		'hvm.cfg: vnvdimms.0.: node: the guest has no node 2: it has 2' xen-pmem \
		create -q hvm.cfg 'vnvdimms=["xen-a,node=2"]'
	guest hvm.cfg 0 sixteen
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/endguest
cat >"$work/own.asl" <<'END'
DefinitionBlock ("", "SSDT", 2, "OWNTAB", "theirown", 7)
{
	Name (\OWNX, 0x1234)
}
END
# An NVDIMM root device, by the name that QEMU and EDK2 give it; and a name of ours.
cat >"$work/other.asl" <<'END'
DefinitionBlock ("", "SSDT", 2, "OWNTAB", "another", 1)
{
	Scope (\_SB) { Device (NVDR) { Name (_HID, "ACPI0012") } }
}
END
cat >"$work/taken.asl" <<'END'
DefinitionBlock ("", "SSDT", 2, "OWNTAB", "taken", 1)
{
	Scope (\_SB) { Device (XPQR) { Name (_HID, "TEST0001") } }
}
END
# Without a table's contents, but a table by its header.
cat >"$work/nfit.asl" <<'END'
[0004]	Signature : "NFIT"
[0004]	Table Length : 00000028
[0001]	Revision : 01
[0001]	Checksum : 00
[0006]	Oem ID : "OWNTAB"
[0008]	Oem Table ID : "theirown"
[0004]	Oem Revision : 00000001
[0004]	Asl Compiler ID : "TEST"
[0004]	Asl Compiler Revision : 00000001
[0004]	Reserved : 00000000
END
for table in own other taken nfit; do
	iasl -p "$work/$table" "$work/$table.asl" >"$work/iasl.log" 2>&1 || {
		echo "Bail out! iasl: $(tail -n 3 "$work/iasl.log")"
		exit 1
	}
done
options=(--hvm --nvdimm "$work/nvdimm:1G@0x8000000000" --add "$work/own.aml" --add "$work/nfit.aml"
	--add "$work/other.aml" --add "$work/taken.aml" --add "$built/system/endguest")
boot first POWER-CUT "${options[@]}"
sed -n '/^pvh$/,/^hvm$/{ /^pvh$/d; /^hvm$/d; p }' "$work/first.facts" >"$work/pvh"
sed -n '/^hvm$/,$p' "$work/first.facts" | sed '1d' | sort -u >"$work/hvm"
result "there are tables to compare" [ "$(wc -l <"$work/pvh")" = 2 ]
result "they are a PVH guest's, byte for byte" cmp "$work/pvh" "$work/hvm"
boot last END "${options[@]}"
echo "1..$tests"
