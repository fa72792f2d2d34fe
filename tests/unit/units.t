#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The services: systemd itself reads them and finds nothing to say, and each option that the docs
# rely on is in them. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0

result() {
	local what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		echo "ok $((++tests)) - $what"
	else
		echo "not ok $((++tests)) - $what"
		sed 's/^/# /' "$work/said"
	fi
}

# What the machine lacks of a Xen host: xen-pmem itself, and the services of Xen's packages.
units_copy() {
	local each
	for each in packaging/*.service; do
		sed 's,/usr/sbin/xen-pmem,/bin/true,' "$each" >"$work/${each##*/}"
	done
	for each in xen xenstored xenconsoled xendomains; do
		printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' >"$work/$each.service"
	done
}

verify() {
	SYSTEMD_UNIT_PATH="$work:" systemd-analyze verify --man=no "$1" 2>&1 | tee "$work/lines"
	[ "${PIPESTATUS[0]}" = 0 ] && [ ! -s "$work/lines" ]
}

# has FILE LINE: this very line
has() {
	grep -Fxq "$2" "packaging/$1"
}

# relation FILE KEY UNIT. What starts after another is stopped before it.
relation() {
	grep -q "^$2=\(.* \)\?$3\.service\( \|$\)" "packaging/$1"
}

after() {
	relation "$1" After "$2"
}

command -v systemd-analyze >/dev/null || { echo "Bail out! no systemd-analyze"; exit 1; }
units_copy
for each in packaging/*.service; do
	result "${each##*/}: systemd reads it without a word" verify "${each##*/}"
done
sed 's/^Type=oneshot/Type=onceshot/; s/^After=/Aftr=/' packaging/xen-pmem-domains.service \
	>"$work/wrong.service"
if verify wrong.service >/dev/null 2>&1; then
	echo "not ok $((++tests)) - a wrong one is found out"
else
	echo "ok $((++tests)) - a wrong one is found out"
fi
for each in xendomains libvirtd virtxend; do
	result "$each starts guests when what the record names is served" relation \
		xen-pmem.service Before "$each"
done
result "and guests with vNVDIMMs are shut down before xendomains would save them" after \
	xen-pmem-domains.service xendomains
result "what sees to the guests outlives the service's start" has xen-pmem-domains.service \
	KillMode=process
result "one guest that does not start leaves the others to be shut down with the host" has \
	xen-pmem-domains.service "ExecStart=-/usr/sbin/xen-pmem start-all"
result "the boot service has guests' RAM erased, with nothing else to enable" relation \
	xen-pmem.service Wants xen-pmem-erase
result "after it has enabled the pools" after xen-pmem-erase.service xen-pmem
result "and nothing waits until that is done" has xen-pmem-erase.service Type=simple
result "the boot service starts the monitor, with nothing else to enable" relation \
	xen-pmem.service Wants xen-pmem-monitor
result "after it has enabled what the record names" after xen-pmem-monitor.service xen-pmem
result "and while xenstore answers" after xen-pmem-monitor.service xenstored
result "a monitor that failed is started again" has xen-pmem-monitor.service Restart=on-failure
echo "1..$tests"
