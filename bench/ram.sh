#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In dom0 of a host with 8 GiB of RAM and an NVDIMM of 17 GiB that no module touches: times and
# counts what RAM on the NVDIMM adds to making a guest, against a guest with as much DRAM; counts
# what erasing it takes; has a guest compare its two kinds of RAM. Prints "= NAME VALUE...".
set -u
# shellcheck source=bench/lib.sh
. /root/lib.sh
rounds=5

# dirty: GiB of the pool that are to be erased
dirty() {
	xen-pmem list --json |
		jq '.namespaces[] | select(.label == "xen-ram").ram.dirty / 1073741824'
}

pool_clean() {
	[ "$(dirty)" = 0 ]
}

# For wait_until: Xen frees, and scrubs, what was a domain's after the domain is gone.
free_steady() {
	local before=${free:-}
	free=$(/root/rawcmd --free)
	sleep 0.5
	[ "$free" = "$before" ]
}

guest_end() {
	run xl destroy bench
	wait_until guests_gone
	wait_until pool_clean
	wait_until free_steady
}

# used NAME: bytes of the reserved area that the tables about it take
used() {
	echo "= $1 $(/root/rawcmd op=0 | sed 's/.* used=\([0-9]*\).*/\1/')"
}

# The guest does not run: what it did would disturb the clock. All slots are clean.
create_rounds() {
	local i size
	for ((i = 0; i < rounds; i++)); do
		timed ram_create0 xl create -q -p /root/bench.cfg
		guest_end
		for size in 1 4; do
			timed dram_create$size xl create -q -p /root/bench.cfg \
				memory=$((128 + (size << 10)))
			guest_end
		done
		for size in 1 4; do
			timed ram_create$size xen-pmem create -q -p /root/bench.cfg \
				"pmem_ram=[\"size=${size}G\"]"
			guest_end
		done
	done
}

run ndctl disable-region all
run ndctl init-labels -f -V 1.2 all
run modprobe -a nd_pmem
run ndctl enable-region all
run xen-pmem load
for each in xen-ram:16G xen-pmem:512M; do
	run ndctl create-namespace -r region0 -m raw -n "${each%:*}" -s "${each#*:}"
done
run xen-pmem init xen-pmem
run xen-pmem enable --ram xen-ram
modprobe -a virtio_blk ext4
mount -t ext4 -o ro /dev/vda $images
cat >bench.cfg <<X
name = "bench"
uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"
type = "pvh"
memory = 128
tsc_mode = "native"
kernel = "$images/vmlinuz"
ramdisk = "$images/initrd"
X
cat >tiers.cfg <<X
name = "tiers"
memory = 512
pmem_ram = [ "size=1G" ]
X
cat >inside.sh <<'X'
#!/bin/bash
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
echo 0 >/proc/sys/kernel/numa_balancing
exec ./tiers 8 301
X
calls_count
echo "= ram_slots $(dirty)"
timed ram_erase xen-pmem erase --ram
create_rounds
timed ram_create16 xen-pmem create -q -p /root/bench.cfg 'pmem_ram=["size=16G"]'
used ram_used16
guest_end
testguest --add tiers tiers.cfg inside.sh || failed "the guest's copies"
