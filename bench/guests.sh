#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In dom0 of a host with an NVDIMM of 280 GiB that no module touches and other people's programs for
# guests (--soft): times what a vNVDIMM adds to making a guest, counts the hypercalls of it, has a
# guest write labels, and has fio compare a filesystem with DAX and tmpfs there. Prints "= NAME
# VALUE...". No module, because the kernel would take minutes to disable a region of this size that
# nd_pmem has bound.
set -u
# shellcheck source=bench/lib.sh
. /root/lib.sh
rounds=5

# The guest does not run: what it did would disturb the clock.
create_rounds() {
	local i size
	for ((i = 0; i < rounds; i++)); do
		timed create0 xl create -q -p /root/bench.cfg
		run xl destroy bench
		wait_until guests_gone
		for size in 1 16 256; do
			timed create$size xen-pmem create -q -p /root/bench.cfg \
				"vnvdimms=[\"xen-$size\"]"
			run xl destroy bench
			wait_until guests_gone
		done
	done
}

run ndctl disable-region all
run ndctl init-labels -f -V 1.2 all
run modprobe -a nd_pmem
run ndctl enable-region all
run xen-pmem load
# Each begins on a 1 GiB boundary.
for each in xen-256:256G xen-16:16G xen-1:1G xen-pmem:3G; do
	run ndctl create-namespace -r region0 -m raw -n "${each%:*}" -s "${each#*:}"
done
run xen-pmem init xen-pmem
for each in 1 16 256; do
	run xen-pmem enable xen-$each
done
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
cat >fio.cfg <<X
name = "fio"
uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"
memory = 512
vnvdimms = [ "backend=xen-1" ]
X
cat >inside.sh <<'X'
#!/bin/bash
mkdir -p /mnt/dax /mnt/ram

# each_4k NAME MANY COMMAND...: prints "= NAME MICROSECONDS" for each 4 KiB. It runs
# COMMAND N for one and for many, and takes the difference, which is without the program's start.
each_4k() {
	local name=$1 many=$2 n start took=()
	shift 2
	for n in 1 "$many"; do
		start=${EPOCHREALTIME/./}
		"$@" $n >/tmp/said 2>&1 || { cat /tmp/said; exit 1; }
		took+=($((${EPOCHREALTIME/./} - start)))
	done
	echo "= $name $(((took[1] - took[0]) / (many - 1)))"
}

labels_write() {
	ndctl write-labels -s $(($1 * 4096)) -i /tmp/labels nmem0
}

file_write() {
	xfs_io -f -s -c "pwrite -b 4k 0 $(($1 * 4))k" /mnt/dax/synced
}

{ ndctl disable-region all && ndctl read-labels -o /tmp/labels nmem0; } >/tmp/said 2>&1 || {
	cat /tmp/said
	exit 1
}
for round in 1 2 3 4 5; do
	each_4k label_write 32 labels_write
done
{ ndctl init-labels -f nmem0 && ndctl enable-region all; } >/tmp/said 2>&1 || {
	cat /tmp/said
	exit 1
}
{ ndctl create-namespace -m fsdax --map=mem && mkfs.ext4 -q -b 4096 /dev/pmem0 &&
	mount -t ext4 -o dax=always /dev/pmem0 /mnt/dax &&
	mount -t tmpfs tmpfs /mnt/ram; } >/tmp/said 2>&1 || { cat /tmp/said; exit 1; }

dd if=/dev/zero of=/mnt/dax/synced bs=4k count=32 conv=fsync 2>/dev/null
for round in 1 2 3 4 5; do
	each_4k file_write 4096 file_write
done

# fio_round WHERE randread|randwrite: prints "= fio_WHERE_randread IOPS"
fio_round() {
	fio --name=bench --directory=/mnt/"$1" --ioengine=mmap --thread --rw="$2" \
		--bs=4k --size=32M --time_based --runtime=2 --output-format=terse \
		--terse-version=3 | awk -F ';' -v name="fio_$1_$2" '{ print "=", name, $8 + $49 }'
}

for round in $(seq 7); do
	for way in randread randwrite; do
		if [ $((round % 2)) = 0 ]; then
			fio_round dax $way
			fio_round ram $way
		else
			fio_round ram $way
			fio_round dax $way
		fi
	done
done
X
calls_count
create_rounds
testguest --with fio fio.cfg inside.sh || failed "the guest's fio"
