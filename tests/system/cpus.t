#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A host with four processors: what a guest of four vCPUs lost is out of the reach of each of them
# at once, and each command interrupts the processors as often as it must and no oftener; and
# everything at once (cpus.together.dom0). TAP. On the test's machine it boots Xen, bare, and runs
# itself in dom0. CPUS: how many processors; CPUS_DOM0: how many vCPUs dom0 has; CPUS_ROUNDS: how
# many rounds of everything.
#
#   SPA 4 GiB   [ reserved area 128 MiB ][ B: 64 MiB, dom0's own ]
#       5 GiB   [ A: 1 GiB, guests' ]
# shellcheck disable=SC2317 # tap.sh calls in_dom0
set -u
reserved=11111111-1111-1111-1111-111111111111
A=aaaaaaaa-1111-1111-1111-111111111111
B=bbbbbbbb-1111-1111-1111-111111111111
spa=0x140000000 length=0x40000000
B_spa=0x108000000 small=0x4000000
gpa=0x40000000	# where stores.S stores, in 16 pages
pages=16
running=16	# XEN_PMEM_ASSIGN_RUNNING and XEN_PMEM_RELEASE_RUNNING
raw=/root/rawcmd

# ---- in dom0 ----

# with a process less than tap.sh's
probe() {
	$raw --ask "$*"
}

# gives WHAT RC PART FIELD=VALUE...: the answer to the command has this return code, and PART
# somewhere
gives() {
	local what=$1 rc=$2 part=$3
	shift 3
	$raw "$@" >/tmp/said 2>&1
	grep -q "rc=$rc .*$part" /tmp/said
	verdict $? "$what"
}

# ---- flushes ----

# flushed: of the two answers of the probe in /tmp/said, of each kind, how often CPUs were
# interrupted in between; and, behind a /, how often the one that was interrupted most. What Xen
# flushes when it unmaps metadata that go, some time later, is not looked at.
flushed() {
	awk '/^guest=/ { row++
			for (i = 1; i <= NF; i++) { split($i, kind, "=")
				n = split(kind[2], of, ",")
				for (j = 1; j <= n; j++)
					if (row == 1) was[i, j] = of[j]
					else { of[j] -= was[i, j]; sum[i] += of[j]
						if (of[j] > max[i]) max[i] = of[j] }
				names[i] = kind[1] } }
		END { for (i = 1; i <= 3; i++)
			printf "%s%s=%d/%d", (i > 1 ? " " : ""), names[i], sum[i],
				max[i] }' /tmp/said
}

# costs WHAT WANTED FIELD=VALUE...: the command succeeds, and interrupts CPUs so often
costs() {
	local what=$1 wanted=$2
	shift 2
	$raw before=flushes "$@" then=flushes >/tmp/said 2>&1 || bail "$what: $(cat /tmp/said)"
	same "$what: $wanted" "$(flushed)" "$wanted"
}

test_costs() {
	costs "reserve flushes each TLB once" "guest=0/0 all=$once cache=0/0" op=1 \
		uuid=$reserved spa=0x100000000 length=0x8000000
	costs "so does serve" "guest=0/0 all=$once cache=0/0" op=3 uuid=$A spa=$spa \
		length=$length
	costs "and serve as dom0's own" "guest=0/0 all=$once cache=0/0" op=3 uuid=$B \
		spa=$B_spa length=$small flags=1
	guest_make t idle 1
	t=$(xl domid t)
	costs "assign flushes none" "guest=0/0 all=0/0 cache=0/0" op=5 uuid=$A domain="$t" \
		spa=$spa gpa=$gpa length=$length
	printf '%#x 0x4000\n' $B_spa >list
	costs "pages that were dom0's go to a guest after a flush" \
		"guest=0/0 all=$once cache=0/0" op=10 domain="$t" gpa=0x80000000 \
		extents=list
	costs "and come back after one" "guest=0/0 all=$once cache=0/0" op=6 uuid=$B \
		domain="$t"
	costs "release from a guest that never ran flushes none, as no CPU knows its map" \
		"guest=0/0 all=0/0 cache=0/0" op=6 uuid=$A domain="$t"
}

# ---- guests ----

# guest_make NAME KERNEL VCPUS: paused; vCPU N on processor N
guest_make() {
	printf '%s\n' "name = \"$1\"" 'type = "pvh"' 'memory = 32' "vcpus = $3" \
		'tsc_mode = "native"' "kernel = \"/root/$2.elf\"" 'on_crash = "preserve"' >"$1.cfg"
	[ "$3" = 1 ] || echo 'cpus = [ "0", "1", "2", "3" ]' >>"$1.cfg"
	xl create -q -p "$1.cfg" >/tmp/said 2>&1 || bail "no guest $1: $(cat /tmp/said)"
}

# words FRAME COUNT: what the four vCPUs have counted up there
words() {
	local said
	said=$(probe words "$1" "$2") || bail "Xen does not map $1"
	echo "${said#words=}"
}

# Whether each of these four numbers is higher than before: more "1,2,3,4" "2,3,4,5" BY
more() {
	awk -v a="$1" -v b="$2" -v by="${3:-1}" 'BEGIN { split(a, x, ","); split(b, y, ",")
		for (i = 1; i <= 4; i++) if (y[i] - x[i] < by) exit 1 }'
}

stores_made() {
	more "$seen" "$(words $((spa >> 12)) $pages)"
}

# Each vCPU has been through all pages at least once since $rounds was read.
rounds_made() {
	more "$rounds" "$(words "$counter" 1)" 2
}

stores_start() {
	local said
	guest_make s stores 4
	s=$(xl domid s)
	said=$(probe p2m "$s" 0x300)
	counter=${said%% *}
	counter=${counter#mfn=}
	xl unpause s
	rounds=$(words "$counter" 1)
	wait_for 20 rounds_made || bail "guest s does not run on four vCPUs"
}

# stale WHAT FLAGS LENGTH MOST: the guest stores on four vCPUs, and what it stores in is released
stale() {
	local what=$1 flags=$((running | $2)) at_once later said
	seen=$(words $((spa >> 12)) $pages)
	gives "$what to a guest that runs" 0 "" op=5 uuid=$A domain="$s" spa=$spa gpa=$gpa \
		length=0x$3 flags=$flags
	wait_for 20 stores_made
	verdict $? "all four vCPUs store in it"
	gives "$what: release" 0 "pending=0" before=flushes op=6 uuid=$A domain="$s" \
		flags=$running then="words $((spa >> 12)) $pages" then=flushes
	at_once=$(sed -n 's/^words=//p' /tmp/said)
	said=$(flushed)
	rounds=$(words "$counter" 1)
	wait_for 60 rounds_made || bail "guest s runs no more: $(xl vcpu-list s)"
	later=$(words $((spa >> 12)) $pages)
	same "$what: no vCPU stores in it from then on" "$later" "$at_once"
	echo "# $what, release: $said"
	guest_flushes "$said" "$4"
	verdict $? "$what: the CPUs of the guest are interrupted, at most $4 times"
}

# guest_flushes FLUSHED MOST: at least once, and no CPU oftener than MOST
guest_flushes() {
	local each=${1#*guest=}
	each=${each%% *}
	echo "$1" >/tmp/said
	[[ $1 == *" all=0/0 cache=0/0" ]] && [ "${each%/*}" -ge 1 ] && [ "${each#*/}" -le "$2" ]
}

test_stale() {
	stores_start
	stale "1 GiB as one leaf" 0 40000000 1
	stale "8 MiB as four leaves" 1 800000 4
	stale "64 KiB as 16 pages" 3 10000 1
	stale "64 KiB as 16 pages again" 3 10000 1
	xl pause s
	costs "what a guest lost goes to another after a flush of all" \
		"guest=0/0 all=$once cache=0/0" op=5 uuid=$A domain="$t" spa=$spa \
		gpa=$gpa length=0x800000
	gives "which loses it" 0 "" op=6 uuid=$A domain="$t"
	$raw before=flushes op=9 uuid=$A spa=$spa length=0x10000 then=flushes >/tmp/said
	same "erase flushes all once before it writes" "$(flushed)" \
		"guest=0/0 all=$once cache=0/0"
	$raw before=flushes op=9 uuid=$A spa=$spa length=0x10000 then=flushes >/tmp/said
	same "and needs no flush the second time" "$(flushed)" \
		"guest=0/0 all=0/0 cache=0/0"
	same "what was stored is gone" "$(words $((spa >> 12)) $pages)" 0,0,0,0
}

test_end() {
	xl destroy s
	xl destroy t
	{ $raw op=4 uuid=$A && $raw op=4 uuid=$B && $raw op=2; } >/tmp/said
	verdict $? "all of it goes back to dom0"
	wait_for 30 no_guests
	verdict $? "no zombie is left"
	probe=probe-$(xl info build_id)
	livepatch_act --revert "$probe" && xen-livepatch unload "$probe" >/tmp/said 2>&1
	verdict $? "the probe goes"
	accepts "unload stops all processors" xen-pmem unload
}

test_flushes() {
	accepts "load stops all processors" xen-pmem load
	probe_load
	test_costs
	test_stale
	test_end
}

in_dom0() {
	# shellcheck disable=SC1091
	. /root/cpus.together.dom0
	same "dom0's vCPUs" "$(grep -c ^processor /proc/cpuinfo)" "$4"
	# One flush of all CPUs: that which the command runs on needs no interrupt.
	once=$(($2 - 1))/1
	# shellcheck disable=SC2034 # of cpus.together.dom0
	rounds_wanted=$3
	cases test_flushes test_together
	echo END
}

# ---- on the test's machine ----

here=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR
. "$here/tap.sh"
place_run "$@"

cpus=${CPUS:-4}
machine_begin build/system/stores.elf build/system/idle.elf
options=(--cpus "$cpus")
# A soft lockup is one after 120 s, not 20, and a stall of RCU one after 300 s, not 21:
# the machine may not run a processor for so long.
[ -z "${CPUS_DOM0:-}" ] ||
	options+=(--xen-args "dom0_max_vcpus=$CPUS_DOM0"
		--linux-args "watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=300")
for each in "$top"/build/testbed/pkg/lib/modules/*/kernel/drivers/block/xen-blkfront.ko; do
	options+=(--add "$each")
done
head -c 4M /dev/urandom >"$work/pattern"
truncate -s $(((2 << 30) + (256 << 10))) "$work/nvdimm"
dd if="$work/pattern" of="$work/nvdimm" bs=1M seek=256 conv=notrunc status=none
boot cpus END "${options[@]}" --bare --nvdimm "$work/nvdimm:2G" \
	--add "$top/build/system/stores.elf" --add "$top/build/system/idle.elf" \
	--add "$work/pattern" -- "$cpus" "${CPUS_ROUNDS:-1}" "${CPUS_DOM0:-1}"
echo "1..$tests"
