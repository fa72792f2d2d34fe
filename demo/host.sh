#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In dom0: `first` hands the NVDIMM to Xen and has a guest write to it, until the power is cut;
# `second` has the guest read. Lines "= NAME VALUE" are for demo.sh, all others for people.
set -u

failed() {
	echo "dom0: failed: $*"
	exit 1
}

# show COMMAND...: what one would type, and what it says if it is xen-pmem or fails
show() {
	local rc
	echo "    dom0# $*"
	"$@" >/tmp/said 2>&1
	rc=$?
	if [ $rc != 0 ] || [ "$1" = xen-pmem ]; then sed 's/^/      /' /tmp/said; fi
	[ $rc = 0 ] || failed "$1"
}

# Xen's free memory, in pages.
free_pages() {
	./rawcmd --free
}

# KiB of Xen's tables on the NVDIMM.
metadata() {
	xenhypfs cat /pmem/status | sed -n 's/^reserved .* metadata \([0-9]*\) of .* KiB$/\1/p'
}

host_tell() {
	echo "  Xen $(xl info xen_version) with $(xl info \
		total_memory) MiB of RAM, dom0's Linux $(uname -r)," \
		"NVDIMM of $(($(cat /sys/bus/nd/devices/region0/size) >> 20)) MiB"
}

# run_guest CFG MODE: while it runs, asks Xen what serving it takes
run_guest() {
	local line
	echo "    dom0# xen-pmem create $1"
	testguest "$1" guest.sh "$2" 2>&1 | while IFS= read -r line; do
		echo "$line"
		case $line in *"by its NFIT"*) echo "= metadata $(metadata)" ;; esac
	done
	return "${PIPESTATUS[0]}"
}

first() {
	host_tell
	echo "  A new NVDIMM: labels, then two namespaces, for Xen's own tables and for guests."
	show ndctl disable-region all
	show ndctl init-labels -f -V 1.2 all
	show ndctl enable-region all
	show ndctl create-namespace -m raw -n xen-pmem -s 128M
	show ndctl create-namespace -m raw -n xen-guest1 -s 4G
	echo "= free_loaded $(free_pages)"
	show xen-pmem init xen-pmem
	show xen-pmem enable xen-guest1
	show xen-pmem list
	echo "= free_enabled $(free_pages)"
	echo "= metadata_idle $(metadata)"
	echo "  A guest: $(grep vnvdimms guest1.cfg)"
	run_guest guest1.cfg write
}

# What a guest had comes back in the moment after its end, when its domain has gone.
guests_gone() {
	local until=$((SECONDS + 30))
	while [ "$(xl list | tail -n +3)" ] && [ $SECONDS -lt $until ]; do sleep 0.1; done
}

# Xen's free memory, once no guest is left and it has not changed for 3 seconds. Xen frees what was
# a domain's a little after the domain is gone, the last page when dom0's daemons have let go of it.
free_settled() {
	local until=$((SECONDS + 60)) free='' now since=$SECONDS
	guests_gone
	while [ $((SECONDS - since)) -lt 4 ] && [ $SECONDS -lt $until ]; do
		now=$(free_pages)
		[ "$now" = "$free" ] || since=$SECONDS free=$now
		sleep 0.5
	done
	echo "$free"
}

second() {
	host_tell
	echo "  What the record on the NVDIMM names has been enabled at boot:"
	show xen-pmem list
	echo "  A guest without NVDIMM comes and goes: Xen keeps a page or two for its first guest."
	grep -v vnvdimms guest1.cfg >plain.cfg
	run_guest plain.cfg nothing || failed "the guest without NVDIMM, status $?"
	echo "= free_before $(free_settled)"
	echo "  The guest with the NVDIMM again."
	run_guest guest1.cfg read || failed "the guest, status $?"
	echo "= free_after $(free_settled)"
	echo "  The guest has shut down; its pages are Xen's again."
	show xen-pmem status
}

"$1"
