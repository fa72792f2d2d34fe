#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An HVM guest with PCI devices passed through and a vNVDIMM (PVH guests cannot have such devices).
# TAP.
#
# QEMU's pci-testdev has a BAR of 2 GiB, which hvmloader puts behind the guest's RAM, where vNVDIMMs
# are too. QEMU's edu copies half a page of the vNVDIMM to another as the guest tells it.
#
#   region0:  xen-pmem 64 MiB | xen-a 256 MiB, the guest's; each of its pages is marked with
#             its number before
set -u
a_at=$((64 << 20))
edu=0x11e8 testdev=0x0005	# their PCI device IDs

# pci_find ID: the address of the PCI device with this device ID
pci_find() {
	local path
	path=$(grep -lx "$1" /sys/bus/pci/devices/*/device) || return
	path=${path%/device}
	echo "${path##*/}"
}

# bar_span ADDRESS BAR: first and last address of its BAR
bar_span() {
	sed -n "$(($2 + 1))s/ 0x[^ ]*\$//p" "/sys/bus/pci/devices/$1/resource"
}

# ---- in dom0 ----

# device_lend ID: to pciback; sets $lent
device_lend() {
	lent=$(pci_find "$1") || bail "no PCI device $1"
	xl pci-assignable-add "$lent" >/tmp/said 2>&1
	verdict $? "dom0 gives up PCI device $1"
}

in_dom0() {
	local devices=
	namespaces_make xen-pmem:64M xen-a:256M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-a; } >/tmp/said 2>&1 ||
		bail "cannot enable: $(cat /tmp/said)"
	modprobe xen-pciback || bail "no xen-pciback"
	device_lend $edu && devices="'$lent'"
	device_lend $testdev && devices="$devices, '$lent'"
	printf '%s\n' 'name = "hvm"' 'type = "hvm"' 'memory = 256' 'vnvdimms = [ "xen-a" ]' \
		"pci = [ $devices ]" >hvm.cfg
	testguest --add tap.sh --add edu hvm.cfg passthrough.t guest
	same "the guest's end" $? 0
	wait_for 60 no_guests
	verdict $? "nothing is left of it"
	same "its pages are back" "$(xen-pmem status | grep -c '^  domain')" 0
	echo END
}

# ---- in the guest ----

# overlap FIRST LAST FIRST LAST
overlap() {
	(($1 <= $4 && $3 <= $2))
}

guest_placed() {
	local start end
	start=$(($(cat /sys/bus/nd/devices/region0/resource)))
	end=$((start + $(cat /sys/bus/nd/devices/region0/size) - 1))
	# shellcheck disable=SC2046
	set -- $(bar_span "$(pci_find $testdev)" 2)
	echo "vNVDIMM $(printf '%#x' $start $end) BAR $*" >/tmp/said
	same "the device's BAR has its 2 GiB" $(($2 - $1 + 1)) $((2 << 30))
	! overlap "$1" "$2" $start $end
	verdict $? "it is beside the vNVDIMM"
}

# page_sum PAGE: of the half that the device copies, as the guest sees it
page_sum() {
	dd if=/dev/pmem0 bs=2048 skip=$((2 * $1)) count=1 iflag=direct 2>/dev/null | sha256sum
}

# copies FROM TO: pages of the vNVDIMM
copies() {
	local start
	start=$(($(cat /sys/bus/nd/devices/region0/resource)))
	./edu "$((start + $1 * 4096))" "$((start + $2 * 4096))" >/tmp/said 2>&1
	verdict $? "the device copies page $1 to $2"
}

in_guest() {
	test -b /dev/pmem0
	verdict $? "the guest has its vNVDIMM"
	[ -n "$(pci_find $edu)" ] && [ -n "$(pci_find $testdev)" ]
	verdict $? "the guest has the devices that are passed through"
	guest_placed
	copies 0 2
	same "the guest sees what it wrote" "$(page_sum 2)" "$(page_sum 0)"
	# What the guest wrote itself.
	dd if=/dev/urandom of=/dev/pmem0 bs=4096 seek=1 count=1 oflag=direct 2>/dev/null
	copies 1 3
	same "the device read what the guest wrote" "$(page_sum 3)" "$(page_sum 1)"
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin build/system/edu

# page_half PAGE: the half of xen-a's page that the device copies, on the medium
page_half() {
	dd if="$work/nvdimm" bs=2048 skip=$((a_at / 2048 + 2 * $1)) count=1 status=none
}

page_is() {
	page_half "$1" | cmp -s - <(yes "page $2 " | tr -d '\n' | head -c 2048)
}

truncate -s $(((1 << 30) + (256 << 10))) "$work/nvdimm"
for n in 0 1 2 3 4; do
	yes "page $n " | tr -d '\n' | head -c 4096 |
		dd of="$work/nvdimm" bs=4096 seek=$((a_at / 4096 + n)) conv=notrunc status=none
done
boot dom0 END --hvm --nvdimm "$work/nvdimm:1G" --add "$top/build/system/edu" \
	--device intel-iommu,intremap=on --device edu,dma_mask=0xffffffffff,addr=0x8 \
	--device pci-testdev,membar=2G,addr=0x9
result "on the medium is what the device copied" page_is 2 0
result "of the guest's own data too" cmp -s <(page_half 3) <(page_half 1)
result "the copied pages are not the old marks" eval '! page_is 3 1 && ! page_is 3 3'
result "the page beside is as it was" page_is 4 4
echo "1..$tests"
