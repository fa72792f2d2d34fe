#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The host's power is cut at $CUTS (6) random moments while a guest's programs commit: SQLite on
# ext4 and on XFS with DAX, each with a write-ahead log and with a rollback journal, and a
# libpmemobj program on ext4. After each cut the host boots as an installed one does, and the guest;
# integrity_check and pmempool check find nothing, and everything that was told of as committed is
# there and right. TAP. It runs itself: on the test's machine, in dom0 (arguments BOOT MILLISECONDS
# TOLD...) and in the guest (argument guest, and the same).
#
# One cut hits all five, each at its own random moment: so each counts CUTS cuts. One in four may
# come before they have committed anything since the boot, while they open and recover. A program
# tells of a commit, outside of the host, when it has been made, and goes on. See powercut.t for
# what a cut is, and what it cannot show. SEED=N repeats a run's moments.
set -u
cuts=${CUTS:-6}
writers="ext4-wal ext4-truncate xfs-wal xfs-truncate ledger"

# ---- in the guest ----

mount_dax() {
	mount -t ext4 -o dax=always /dev/pmem0 /mnt/ext4 &&
		mount -t xfs -o dax=always /dev/pmem1 /mnt/xfs
}

filesystems_make() {
	local name
	{ ndctl create-namespace -f -e namespace0.0 -m fsdax --map=mem &&
		ndctl create-namespace -f -e namespace1.0 -m fsdax --map=mem &&
		mkfs.ext4 -q -b 4096 /dev/pmem0 && mkfs.xfs -q -m reflink=0 /dev/pmem1 &&
		mount_dax; } >/tmp/said 2>&1 ||
		bail "no filesystems: $(cat /tmp/said)"
	pmempool create obj --layout ledger --size 16M /mnt/ext4/ledger >/tmp/said 2>&1 ||
		bail "no pool: $(cat /tmp/said)"
	for name in {ext4,xfs}-{wal,truncate}; do
		sqlite3 "/mnt/${name%-*}/$name.db" "PRAGMA journal_mode=${name#*-};" \
			'CREATE TABLE rows(n INTEGER PRIMARY KEY, tx, body, sum);' \
			'CREATE INDEX of ON rows(tx, sum);' >/tmp/said 2>&1 ||
			bail "no database $name: $(cat /tmp/said)"
	done
	sync
}

# database_check BOOT NAME TOLD: transaction N inserts three rows with tx N, and deletes those of N
# - 300.
database_check() {
	local db=/mnt/${2%-*}/$2.db
	same "$1: $2: integrity_check" "$(sqlite3 "$db" 'PRAGMA integrity_check;' 2>&1)" ok
	same "$1: $2: every transaction that was told of is there, each whole and right" \
		"$(sqlite3 "$db" \
		"SELECT last >= $3, rows = 3 * min(300, last), txs * 3 = rows, wrong
			FROM (SELECT ifnull(max(tx), 0) AS last, count(*) AS rows,
			count(DISTINCT tx) AS txs, total(sum IS NOT sha3(body)) AS wrong
			FROM rows);" 2>&1)" "1|1|1|0.0"
	echo "# $2: $(sqlite3 "$db" \
		'SELECT ifnull(max(tx), 0) FROM rows;') transactions, the last told of: $3"
}

# all_check BOOT TOLD...: what the last cut left
all_check() {
	local boot=$1 name
	shift
	mount_dax >/tmp/said 2>&1
	verdict $? "$boot: the filesystems can be mounted"
	for name in $writers; do
		case $name in
		ledger) accepts "$boot: the pool is consistent" pmempool check -v /mnt/ext4/ledger
			accepts "$boot: its list is whole, up to what was told of" ./ledger check \
				/mnt/ext4/ledger "$1"
			echo "# ledger: $(cat /tmp/said)" ;;
		*) database_check "$boot" "$name" "$1" ;;
		esac
		shift
	done
}

# fsck_check BOOT: after a mount, which replays the journals
fsck_check() {
	{ umount /mnt/ext4 && umount /mnt/xfs; } || bail "cannot unmount"
	accepts "$1: fsck finds ext4 clean" e2fsck -f -n /dev/pmem0
	accepts "$1: xfs_repair finds XFS clean" xfs_repair -n /dev/pmem1
	mount_dax || bail "cannot mount"
}

# SQL without end: SQLite reads the next line when it has printed what the one before asked for,
# that is, after its commit. DELETE, the default, is not among the journal modes: with
# synchronous=FULL a transaction may come back after its commit there, as SQLite's documents say.
transactions() {
	local name=$1 tx \
		three="WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3),
		b AS MATERIALIZED (SELECT randomblob(1 + abs(random() % 2000)) AS body FROM c)"
	tx=$(sqlite3 "/mnt/${name%-*}/$name.db" 'SELECT ifnull(max(tx), 0) FROM rows;')
	printf '%s\n' '.bail on' '.output /dev/null' "PRAGMA journal_mode=${name#*-};" \
		'PRAGMA synchronous=FULL;' 'PRAGMA mmap_size=16777216;' '.output'
	while :; do
		tx=$((tx + 1))
		echo "BEGIN; $three INSERT INTO rows(tx, body, sum)
			SELECT $tx, body, sha3(body) FROM b;
			DELETE FROM rows WHERE tx = $tx - 300; COMMIT;"
		echo "SELECT '= $name $tx';"
	done
}

write_on() {
	case $1 in
	ledger) ./ledger run /mnt/ext4/ledger ledger ;;
	*) transactions "$1" | sqlite3 "/mnt/${1%-*}/$1.db" ;;
	esac
	echo "# $1 ended"
}

# Until each writer has told of a commit.
all_write() {
	local name
	for name in $writers; do
		wait_for 60 test -s "/tmp/$name.told" || bail "$name commits nothing"
	done
}

# in_guest BOOT MILLISECONDS TOLD...: checks what the cut before left, writes, and cuts after that
# time; 0: never
in_guest() {
	local boot=$1 time=$2 name
	shift 2
	mkdir -p /mnt/ext4 /mnt/xfs
	if [ "$1" = new ]; then filesystems_make; else all_check "$boot" "$@"; fi
	if [ "$time" = 0 ]; then
		fsck_check "$boot"
		return
	fi
	for name in $writers; do
		write_on "$name" | tee "/tmp/$name.told" &
	done
	[ $((time % 4)) = 0 ] || all_write
	usleep "$time"000
	echo POWER-CUT
	wait
	bail "the guest stopped writing: $(df /mnt/ext4 /mnt/xfs)"
}

# ---- in dom0 ----

host_prepare() {
	namespaces_make xen-pmem:64M xen-ext4:384M xen-xfs:384M
	{ xen-pmem init xen-pmem && xen-pmem enable xen-ext4 && xen-pmem enable xen-xfs; } \
		>/tmp/said 2>&1 || bail "cannot enable: $(cat /tmp/said)"
}

in_dom0() {
	[ "$3" != new ] || host_prepare
	printf '%s\n' 'name = "cut"' 'memory = 256' 'vnvdimms = [ "xen-ext4", "xen-xfs" ]' >cut.cfg
	testguest --with pmdk --with sqlite --add tap.sh --add ledger cut.cfg commits.t guest "$@" \
		|| bail "the guest: $?"
	wait_for 30 no_guests
	verdict $? "no zombie is left"
	echo END
}

# ---- on the test's machine ----

# told BOOT: of each writer, the last it told of before the cut of BOOT, or before that
told() {
	local name new
	for name in $writers; do
		new=$(awk -v name="$name" '$1 == name { last = $2 } END { print last + 0 }' \
			"$work/$1.facts")
		[ "$new" -gt 0 ] || new=${last[$name]:-0}
		last[$name]=$new
	done
}

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"
machine_begin
SEED=${SEED:-$RANDOM}
echo "# SEED=$SEED"
RANDOM=$SEED
declare -A last
options=(--soft --nvdimm "$work/nvdimm:2G" --add "$top/build/soft/ledger")
boot cut-1 POWER-CUT "${options[@]}" -- $((201 + RANDOM % 1000 * 4)) new
told cut-1
for ((cut = 2; cut <= cuts + 1; cut++)); do
	name=cut-$cut end=POWER-CUT time=$((200 + RANDOM % 4000))
	[ $cut -le "$cuts" ] || name=last end=END time=0
	told=()
	for writer in $writers; do told+=("${last[$writer]}"); done
	boot "$name" $end "${options[@]}" -- $time "${told[@]}"
	told "$name"
done
for writer in $writers; do
	result "$writer told of ${last[$writer]} commits" [ "${last[$writer]}" -ge $((5 * cuts)) ]
done
echo "1..$tests"
