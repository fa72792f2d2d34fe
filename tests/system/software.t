#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Guests with software that nobody here wrote: fio, ndctl and daxctl, PMDK, SQLite, Debian's cloud
# kernel; and what Linux' ACPICA says of the tables. TAP. It runs itself: on the test's machine, in
# dom0 (argument software) and in guests (argument guest, and what to do).
#
#   region0:  xen-pmem 192 MiB | xen-ext4 512 MiB | xen-xfs 512 MiB | xen-dax 256 MiB |
#             xen-4 ... xen-16 16 MiB each
set -u

# ---- in a guest ----

# need COMMAND...: a command that must succeed for the rest to make sense
need() {
	"$@" >/tmp/said 2>&1 || bail "$*: $(cat /tmp/said)"
}

# docs/install.md has the same lines.
filesystems_make() {
	accepts "ndctl makes fsdax" ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem
	accepts "a namespace on the second vNVDIMM" ndctl create-namespace -f -e namespace1.0 \
		-m fsdax --map=mem
	accepts "mkfs.ext4" mkfs.ext4 -q -b 4096 /dev/pmem0
	accepts "mkfs.xfs" mkfs.xfs -q -m reflink=0 /dev/pmem1
	mkdir -p /mnt/ext4 /mnt/xfs
	accepts "mount with DAX, ext4" mount -t ext4 -o dax=always /dev/pmem0 /mnt/ext4
	accepts "mount with DAX, XFS" mount -t xfs -o dax=always /dev/pmem1 /mnt/xfs
}

# mode NAMESPACE: as ndctl lists it
mode() {
	ndctl list -n "$1" | sed -n 's/.*"mode":"\([a-z]*\)".*/\1/p'
}

# Device DAX last: fio takes it.
ndctl_check() {
	same "ndctl list: one region and one namespace for each vNVDIMM" \
		"$(ndctl list -R | grep -c '"dev":"region') $(ndctl list -N |
		grep -c '"dev":"namespace')" "3 3"
	accepts "ndctl makes sector" ndctl create-namespace -f -e namespace2.0 -m sector
	same "which it is then" "$(mode namespace2.0)" sector
	accepts "with a filesystem on it" mkfs.ext4 -q -b 4096 /dev/pmem2s
	accepts "ndctl disables it" ndctl disable-namespace namespace2.0
	accepts "ndctl checks it" ndctl check-namespace namespace2.0
	accepts "ndctl enables it" ndctl enable-namespace namespace2.0
	accepts "fsck finds the filesystem there" e2fsck -f -n /dev/pmem2s
	accepts "ndctl makes raw" ndctl create-namespace -f -e namespace2.0 -m raw
	accepts "ndctl makes devdax" ndctl create-namespace -f -e namespace2.0 -m devdax --map=mem
	same "which it is then, too" "$(mode namespace2.0)" devdax
	same "daxctl lists it" "$(daxctl list | sed -n 's/.*"chardev":"\([^"]*\)".*/\1/p')" dax2.0
}

# fio_run ENGINE WHERE OPTION...: what it wrote at random places it reads back and checks. The seed
# changes, so what a run before left is not right.
fio_run() {
	local engine=$1 what=$2
	shift 2
	accepts "fio, engine $engine, on $what: what was written is there" fio --name=verify \
		--ioengine="$engine" --thread --bs=4k --rw=randwrite \
		--verify=crc32c --verify_fatal=1 --do_verify=1 --randseed=$RANDOM --size=16M "$@"
	grep -q 'err= 0' /tmp/said && grep -q 'READ: bw=.*io=16.0MiB' /tmp/said
	verdict $? "fio has read all of the file"
}

fio_check() {
	local fs
	for fs in ext4 xfs; do
		fio_run mmap "DAX of $fs" --directory=/mnt/$fs
		fio_run libpmem "DAX of $fs" --directory=/mnt/$fs --direct=1
		rm -f /mnt/$fs/verify*
	done
	fio_run dev-dax "device DAX" --filename=/dev/dax2.0
}

# pool TYPE [WORD]...: a life of a pool
pool() {
	accepts "pmempool create $1" pmempool create "$@" --size 20M /mnt/ext4/pool
	accepts "pmempool info $1" pmempool info /mnt/ext4/pool
	accepts "pmempool check $1" pmempool check -v /mnt/ext4/pool
	grep -q ': consistent' /tmp/said
	verdict $? "the pool is consistent"
	accepts "pmempool rm $1" pmempool rm /mnt/ext4/pool
	[ ! -e /mnt/ext4/pool ]
	verdict $? "the pool can be removed"
}

# sync_check PID: only of a mapping with MAP_SYNC does PMDK believe that its stores persist without
# msync ("sf": synchronous faults)
sync_check() {
	sed -n '\|/mnt/ext4/ledger|,/^VmFlags/p' "/proc/$1/smaps" >/tmp/said
	grep -q '^VmFlags:.* sf\( \|$\)' /tmp/said
	verdict $? "libpmemobj maps its pool with MAP_SYNC"
}

# Each time at another point of opening, recovering and committing.
ledger_check() {
	local i pid told=0 wrong=0
	need pmempool create obj --layout ledger --size 16M /mnt/ext4/ledger
	for i in $(seq 8); do
		./ledger run /mnt/ext4/ledger ledger >/tmp/reports &
		pid=$!
		[ "$i" != 1 ] || { wait_for 20 test -s /tmp/reports; sync_check $pid; }
		usleep $((100000 + RANDOM * 30))
		kill -KILL $pid
		wait $pid 2>/dev/null
		[ ! -s /tmp/reports ] || told=$(tail -n 1 /tmp/reports | cut -d ' ' -f 3)
		{ pmempool check -v /mnt/ext4/ledger && ./ledger check /mnt/ext4/ledger "$told"; } \
			>/tmp/said 2>&1 || {
			wrong=$i
			break
		}
	done
	[ "$wrong" = 0 ] && [ "$told" -gt 200 ]
	verdict $? \
		"killed 8 times at random, a pool and its list are whole, up to number $told"
}

# sqlite_look FILESYSTEM JOURNAL: what integrity_check says, and how many rows there are
sqlite_look() {
	sqlite3 "/mnt/$1/$2.db" 'PRAGMA integrity_check;' 'SELECT count(*) FROM t;' 2>&1 | xargs
}

# sqlite FILESYSTEM JOURNAL: indexes, updates, deletes, a vacuum
sqlite() {
	local ended
	sqlite3 "/mnt/$1/$2.db" >/tmp/said 2>&1 <<-END
		.bail on
		PRAGMA journal_mode=$2;
		PRAGMA synchronous=FULL;
		PRAGMA mmap_size=33554432;
		CREATE TABLE t(n INTEGER PRIMARY KEY, word TEXT, body BLOB);
		CREATE INDEX w ON t(word);
		WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
			INSERT INTO t SELECT n, hex(randomblob(8)), randomblob(n % 700) FROM c;
		UPDATE t SET word = word || n WHERE n % 3 = 0;
		DELETE FROM t WHERE n % 7 = 0;
		VACUUM;
	END
	ended=$?
	[ "$(head -n 1 /tmp/said)" = "$2" ] || ended=1
	verdict $ended "SQLite on $1, journal $2: a workload"
	same "its integrity_check" "$(sqlite_look "$1" "$2")" "ok 2572"
}

guest_software() {
	local fs journal
	filesystems_make
	ndctl_check
	fio_check
	pool obj
	pool blk 512
	pool log
	ledger_check
	for fs in ext4 xfs; do
		for journal in wal truncate; do
			sqlite $fs $journal
		done
	done
	date >/mnt/ext4/kept && cp /mnt/ext4/kept /mnt/xfs/kept
	need umount /mnt/ext4
	need umount /mnt/xfs
	accepts "fsck finds ext4 clean" e2fsck -f -n /dev/pmem0
	accepts "xfs_repair finds XFS clean" xfs_repair -n /dev/pmem1
}

# in_cloud: the same vNVDIMMs with another kernel
guest_cloud() {
	local fs journal
	case $(uname -r) in *-cloud-*) ;; *) false ;; esac
	verdict $? "the guest runs Debian's cloud kernel"
	same "which finds the vNVDIMMs" "$(ndctl list -N | sed -n 's/.*"mode":"\([a-z]*\)".*/\1/p' |
		sort | xargs)" "devdax fsdax fsdax"
	mkdir -p /mnt/ext4 /mnt/xfs
	accepts "mounts ext4 with DAX" mount -t ext4 -o dax=always /dev/pmem0 /mnt/ext4
	accepts "mounts XFS with DAX" mount -t xfs -o dax=always /dev/pmem1 /mnt/xfs
	[ -s /mnt/ext4/kept ] && cmp /mnt/ext4/kept /mnt/xfs/kept >/tmp/said 2>&1
	verdict $? "finds what the other kernel left"
	for fs in ext4 xfs; do
		for journal in wal truncate; do
			same "integrity_check of the other kernel's SQLite, $fs, $journal" \
				"$(sqlite_look $fs $journal)" "ok 2572"
		done
		cp /mnt/$fs/wal.db /mnt/$fs/copy &&
			cmp /mnt/$fs/wal.db /mnt/$fs/copy >/tmp/said 2>&1
		verdict $? "a copy of the database on $fs is whole"
		accepts "umount" umount /mnt/$fs
	done
}

# ---- in dom0 ----

setup() {
	local each
	namespaces_make xen-pmem:256M xen-ext4:512M xen-xfs:512M xen-dax:256M xen-{4..16}:16M
	xen-pmem init xen-pmem >/tmp/said 2>&1 || bail "cannot init: $(cat /tmp/said)"
	for each in xen-ext4 xen-xfs xen-dax xen-{4..16}; do
		xen-pmem enable "$each" >/tmp/said 2>&1 || bail "cannot enable: $(cat /tmp/said)"
	done
}

# config NAME MEMORY BACKEND...
config() {
	local name=$1 memory=$2
	shift 2
	printf '%s\n' "name = \"$name\"" 'uuid = "4ad4b5ce-0b6f-4a9d-8d43-0c5f1e7a2b60"' \
		"memory = $memory" >"$name.cfg"
	[ $# = 0 ] || echo "vnvdimms = [ $(printf '"%s", ' "$@") ]" >>"$name.cfg"
}

# A guest's kernel says this of the tables it finds, with their addresses and lengths, which are
# made the same here.
acpi_messages() {
	config acpi 192 "$@"
	testguest acpi.cfg acpi.sh >acpi.out 2>&1
	grep '^acpi ' acpi.out |
		sed -E 's/0x[0-9A-Fa-f]+/X/g; s/\b[0-9A-F]{6,16}\b/X/g; s/-X\]/X]/g' | sort -u
}

# What else a guest with vNVDIMMs may say: that the tables are there, how many devices reserve their
# addresses (acpi_check), and the NUMA node that the nfit driver gives a region which names none.
acpi_said='^acpi ACPI: (NFIT|SSDT) X X \(v[0-9]+ XNPMEM |'
acpi_said+='^acpi ACPI: Reserving (NFIT|SSDT) table memory at |'
acpi_said+='^acpi ACPI: 2 ACPI AML tables successfully acquired and loaded$|'
acpi_said+='^acpi nfit ACPI0012:00: changing (numa|target) node from -1 to '
# Xen 4.17 tells PVH guests of general purpose events and emulates none: what Linux reads there, and
# complains of, differs from boot to boot, also of guests without a vNVDIMM.
acpi_chance='^acpi ACPI Error: No handler or method for GPE 0[0-9A-F], |'
acpi_chance+='^acpi acpi LNXCPU:[0-9a-f]+: Still not present$'

# acpi_check BACKEND...
acpi_check() {
	acpi_messages "$@" >"acpi.$#"
	grep -vxF -f acpi.0 "acpi.$#" >acpi.new
	grep -Ev "$acpi_said|$acpi_chance|^acpi pnp: PnP ACPI: found $# devices\$" acpi.new \
		>/tmp/said
	[ ! -s /tmp/said ] && grep -q 'ACPI: NFIT X' acpi.new && [ "$(wc -l <acpi.0)" -gt 8 ]
	verdict $? \
		"ACPI: of $# of them the kernel reports only that the tables of vNVDIMMs are there"
	same "the guest has $# regions" "$(sed -n 's/^regions //p' acpi.out)" $#
}

dom0_software() {
	setup
	config software 512 xen-ext4 xen-xfs xen-dax
	testguest --with fio --with pmdk --with sqlite --add tap.sh --add ledger software.cfg \
		software.t guest software
	verdict $? "the guest is well"
	testguest --with cloud --with sqlite --add tap.sh software.cfg software.t guest cloud
	verdict $? "the guest with the cloud kernel ends well"
	printf '%s\n' '#!/bin/bash' \
		'ls /sys/bus/nd/devices | grep -c ^region | sed "s/^/regions /"' \
		"dmesg | grep -iE 'acpi|nfit|firmware bug' | sed 's/^\[[^]]*\] */acpi /'" >acpi.sh
	acpi_messages >acpi.0
	acpi_check xen-ext4
	acpi_check xen-ext4 xen-xfs
	acpi_check xen-ext4 xen-xfs xen-dax xen-{4..16}
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin
boot software END --soft --add "$top/build/soft/ledger" --nvdimm "$work/nvdimm:2G"
echo "1..$tests"
