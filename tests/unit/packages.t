#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The Debian packages: built twice they are the same bytes, lintian has nothing against them, they
# hold what make install installs, start nothing, and are not removed under guests. TAP.
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

build_first() {
	packaging/packages "$work/a"
}

# In another folder, time zone and language, without rights for others.
build_again() {
	(umask 077 && TZ=Asia/Tokyo LC_ALL=C packaging/packages "$work/another/folder") || return
	(cd "$work/a" && sha256sum ./*.deb) >"$work/sums" &&
		(cd "$work/another/folder" && sha256sum -c "$work/sums")
}

# The project has no mail address.
lintian_silent() {
	lintian --allow-root --fail-on error,warning --suppress-tags \
		bogus-mail-host,bogus-mail-host-in-debian-changelog "$work"/a/*.changes
}

# Without folders, and what only packages have
files_of() {
	sed -n 's,^-[^ ]* .* \./\(.*\)$,\1,p' |
		grep -Ev '^usr/share/(doc/.*/(changelog|copyright)|lintian)' | sed 's/\.gz$//' |
		sort
}

files_same() {
	local each
	make -s install DRIVER= DESTDIR="$work/dest" || return
	(cd "$work/dest" && find . -type f | sed 's,^\./,,' | sort) >"$work/wanted"
	for each in "$work"/a/xen-pmem_*.deb "$work"/a/libxenpmem-dev_*.deb; do
		dpkg-deb -c "$each"
	done | files_of >"$work/got"
	[ -s "$work/got" ] && diff "$work/wanted" "$work/got"
}

module_builds() {
	local kver
	kver=$(packaging/kver amd64)
	dpkg-deb -x "$work"/a/xen-pmem-dkms_*.deb "$work/dkms" &&
		make -s -C "/usr/src/linux-headers-$kver" CONFIG_DEBUG_INFO_BTF_MODULES= \
			M="$(echo "$work"/dkms/usr/src/xen-pmem-*)" modules &&
		[ "$(modinfo -F version "$work"/dkms/usr/src/xen-pmem-*/xen_pmem.ko)" = \
			"$(cat VERSION)" ]
}

scripts_unpack() {
	mkdir "$work/scripts"
	dpkg-deb -e "$work"/a/xen-pmem_*.deb "$work/scripts"
	# As if this were dom0
	echo control_d >"$work/capabilities"
	sed -i "s,/proc/xen/capabilities,$work/capabilities," "$work"/scripts/p*
	printf '#!/bin/sh\n%s\n' '[ "$1" = status ] || { cat "$0.unload"; exit; }' \
		'cat "${0%/*}/status"; exit "$(cat "$0.rc")"' >"$work/xen-pmem"
	echo 0 >"$work/xen-pmem.rc"
	chmod +x "$work/xen-pmem"
}

# script NAME ARG...: a maintainer's script, as dpkg calls it
script() {
	local name=$1
	shift
	PATH=$work:$PATH DPKG_MAINTSCRIPT_PACKAGE=xen-pmem "$work/scripts/$name" "$@"
}

# fakes_make NAME...: programs that note how they are called; a unit is neither known nor enabled
fakes_make() {
	local each
	for each; do
		printf '#!/bin/sh\necho "%s $*" >>"%s/called"\n%s\n' "$each" "$work" \
			'case "$1 $2" in *debian-installed* | *was-enabled*) exit 1 ;; esac' \
			>"$work/$each"
		chmod +x "$work/$each"
	done
}

nothing_starts() {
	fakes_make systemctl deb-systemd-helper deb-systemd-invoke modprobe
	: >"$work/called"
	script postinst configure && cat "$work/called" && [ -s "$work/called" ] &&
		! grep -Ev 'debian-installed|was-enabled|update-state|daemon-reload' \
			"$work/called"
}

removal_refused() {
	echo 'guest web (domain 3, running): namespace0.1 (xen-a), 1G at guest address 0x1' \
		>"$work/status"
	script prerm remove && return 1
	script prerm remove 2>&1 | grep -q 'guests have memory on NVDIMMs: web$'
}

# removal_names NAME...: is removal refused for these, with their names?
removal_names() {
	local each
	for each; do
		echo "guest $each (domain 3, running): namespace0.1, 1G at guest address 0x1"
	done >"$work/status"
	script prerm remove 2>"$work/refused" && return 1
	grep -qxF "xen-pmem: guests have memory on NVDIMMs: $*" "$work/refused"
}

removal_any_name() {
	removal_names -n && removal_names "it's" && removal_names 'a  b' &&
		removal_names 'a\nb' && removal_names a b
}

upgrade_goes_on() {
	script prerm upgrade 0.2.0 && script postinst configure 0.0.9 | grep -q "Guests go on"
}

removal_without_guests() {
	echo 'reserved area: 60M, metadata 0B of 60M' >"$work/status"
	script prerm remove
}

# removal STATUS UNLOAD: as the extension does not answer, and `unload --dry-run` says that
removal() {
	echo "xen-pmem: extension: why" >"$work/status"
	echo "$1" >"$work/xen-pmem.rc"
	echo "$2" >"$work/xen-pmem.unload"
	script prerm remove >"$work/removal" 2>&1
}

removal_not_loaded() {
	removal 1 "not loaded" && [ ! -s "$work/removal" ]
}

removal_no_answer() {
	removal 1 "the extension would be unloaded" && return 1
	grep -q "is not known: xen-pmem: extension: why" "$work/removal"
}

removal_broken() {
	removal 127 "" && grep -q "it does not run" "$work/removal"
}

removal_not_dom0() {
	: >"$work/capabilities"
	removal 1 "" && [ ! -s "$work/removal" ]
}

# next_boot STATUS: after an update for which check --next-boot has this exit status
next_boot() {
	printf '%s\n' '#!/bin/sh' '[ "$*" = "check --next-boot" ] || exit 3' \
		'echo "row of check"' "exit $1" >"$work/xen-pmem"
	chmod +x "$work/xen-pmem"
	PATH=$work:$PATH packaging/next-boot "$work/run" >"$work/next" 2>&1
}

next_boot_fails() {
	next_boot 1 && grep -q '^\*\*\* xen-pmem: the next boot will not' "$work/next" &&
		grep -qx 'row of check' "$work/run/next-boot"
}

# The note of the update before stays, as nothing is known that is newer.
next_boot_unknown() {
	next_boot 2 && grep -q 'is not known: row of check' "$work/next" &&
		[ -s "$work/run/next-boot" ]
}

next_boot_works() {
	next_boot 0 && [ ! -s "$work/next" ] && [ ! -e "$work/run/next-boot" ]
}

versions_same() {
	[ "$(dpkg-parsechangelog -S Version)" = "$(cat VERSION)" ]
}

result "an update after which the next boot fails says so, notes it, and goes on" next_boot_fails
result "one of which that is not known says so, and goes on" next_boot_unknown
result "one after which it works says nothing, and the note is gone" next_boot_works
result "the packages' version is that of the file VERSION" versions_same
result "they can be built" build_first
result "built again elsewhere they are the same bytes" build_again
result "lintian finds nothing" lintian_silent
result "they hold what make install installs, each file once" files_same
result "DKMS' source makes the module" module_builds
scripts_unpack
result "nothing is loaded, started or enabled at the installation" nothing_starts
result "removal is refused while guests have pages, and names them" removal_refused
result "whatever the guests are called" removal_any_name
result "an upgrade is not, and says what takes effect when" upgrade_goes_on
result "without guests removal is not refused" removal_without_guests
result "nor where the extension is not loaded" removal_not_loaded
result "it is refused where the extension is loaded, and does not answer" removal_no_answer
result "a command that does not run at all does not keep the package, but says so" removal_broken
result "nor does another Xen, of which this is a guest" removal_not_dom0
echo "1..$tests"
