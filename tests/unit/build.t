#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# build.t: what the Makefile and packaging/ promise to those who build and install. TAP.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
build=${B:-build}
root=$dir/root
n=0

verdict() {	# STATUS NAME
	n=$((n + 1))
	[ "$1" != 0 ] || { echo "ok $n - $2"; return; }
	echo "not ok $n - $2"
	sed 's/^/# /' "$dir/said"
}

result() {	# NAME COMMAND...
	local name=$1
	shift
	"$@" >"$dir/said" 2>&1
	verdict $? "$name"
}

# The make that runs the tests says nothing to these.
quiet_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u WERROR make \
		--no-print-directory CC="${CC:-gcc}" "$@"
}

# kver_is RUNNING WANTED HEADERS...: the folders of headers of which kver shall take WANTED
kver_is() {
	local running=$1 wanted=$2 each got
	shift 2
	rm -rf "$dir/src"
	mkdir -p "$dir/src/linux-headers-6.1.0-99-common"{,-rt}
	for each; do mkdir "$dir/src/linux-headers-$each"; done
	got=$(packaging/kver "$running" "$dir/src")
	echo "running $running, of $*: $got, not $wanted"
	[ "$got" = "$wanted" ]
}

# depends_says LIST WANTED: of a package that is not installed
depends_says() {
	printf 'dpkg # is there\n%s\n' "no-such-package-$$" >"$dir/list"
	! PATH=$dir/fake:$PATH packaging/depends check "$dir/list" && [ ! -e "$dir/apt-ran" ]
}

fake_apt() {
	mkdir -p "$dir/fake"
	printf '#!/bin/sh\necho "$0 $*" >>%s/apt-ran\nexit 100\n' "$dir" >"$dir/fake/apt-get"
	cp "$dir/fake/apt-get" "$dir/fake/apt-cache"
	chmod +x "$dir"/fake/*
}

# Each file that INSTALL names, and modes that do not depend on the umask.
programs='755 etc/xen/scripts/block-pmem
755 etc/xen/scripts/vif-pmem
755 usr/lib/dracut/modules.d/99xen-pmem/module-setup.sh
755 usr/lib/xen-pmem/next-boot
755 usr/sbin/xen-pmem
755 usr/share/initramfs-tools/hooks/xen-pmem'

installs() {
	(umask 077; quiet_make -s install DESTDIR="$root") || return
	(cd "$root" && find . -type f -printf '%m %P\n' | sort -k 2) >"$dir/files"
	cat "$dir/files"
	[ "$(grep -v '^644' "$dir/files" | xargs -n 2)" = "$programs" ] &&
		grep -q '^644 lib/modules/.*/extra/xen_pmem.ko$' "$dir/files" &&
		[ "$(grep -c '^644 usr/lib/xen-pmem/.*livepatch$' "$dir/files")" -ge 2 ] &&
		! find "$root" -mindepth 1 -type d ! -perm 755 | grep .
}

# A module for another kernel was installed by an earlier make install.
uninstalls() {
	mkdir -p "$root/lib/modules/6.1.0-1-amd64/extra"
	touch "$root/lib/modules/6.1.0-1-amd64/extra/xen_pmem.ko" "$root/usr/sbin/other"
	quiet_make -s uninstall DESTDIR="$root" || return
	find "$root" ! -type d -o -name '*xen*pmem*' -o -name extra -o -name auto-pmem >"$dir/left"
	cat "$dir/left"
	[ "$(cat "$dir/left")" = "$root/usr/sbin/other" ]
}

# A program of other people's, out of what was installed.
third_links() {
	cat >"$dir/third.c" <<-END
		#include <stdio.h>
		#include <xen-pmem/xenpmem.h>
		int main(void)
		{
			struct xenpmem_handle *h = xenpmem_open();
			puts(h ? xenpmem_error(h) : "no memory");
			xenpmem_close(h);
			return !h;
		}
	END
	"${CC:-gcc}" "$dir/third.c" -o "$dir/third" \
		$(pkg_config --cflags --libs --static xenpmem) &&
		"$dir/third" && [ "$(pkg_config --modversion xenpmem)" = "$(cat VERSION)" ]
}

pkg_config() {
	PKG_CONFIG_PATH=$root/usr/lib/x86_64-linux-gnu/pkgconfig \
		pkg-config --define-variable=prefix="$root/usr" "$@"
}

# commands ARG...: what make would do for the tool and the payloads in a fresh clone
commands() {
	quiet_make -n V=1 B="$dir/none" "$@" "$dir/none/tool/xen-pmem" \
		$(cd "$build" && printf "$dir/none/%s " hypervisor/*.livepatch)
}

# The user's flags come after ours, and reach neither the payload nor kbuild.
flags_reach() {
	local flags=(CFLAGS='-O3 -fstack-protector-strong' CPPFLAGS=-DUSER LDFLAGS=-Wl,-z,now)
	commands "${flags[@]}" >"$dir/commands" || return
	grep -v 'std=gnu11.* -DUSER -O3 -fstack-protector-strong' "$dir/commands" |
		grep -E ' -o [^ ]*/none/(lib|tool|core)/'
	[ "${PIPESTATUS[1]}" = 1 ] &&
		grep -q -- ' -DUSER -O3 .* -Wl,-z,now -o [^ ]*/tool/xen-pmem' "$dir/commands" &&
		grep -q 'mgeneral-regs-only' "$dir/commands" &&
		! grep 'mgeneral-regs-only' "$dir/commands" | grep -- '-O3\|USER\|-fstack-protector'
}

# One object and one program, hardened as Debian does it.
hardened_builds() {
	export DEB_BUILD_MAINT_OPTIONS=hardening=+all
	quiet_make B="$dir/hard" "$dir/hard/hypervisor/seal" \
		CFLAGS="$(dpkg-buildflags --get CFLAGS)" \
		CPPFLAGS="$(dpkg-buildflags --get CPPFLAGS)" \
		LDFLAGS="$(dpkg-buildflags --get LDFLAGS)" || return
	readelf -d "$dir/hard/hypervisor/seal" | grep -q 'BIND_NOW\|NOW'
}

line_a_step() {
	rm -rf "$dir/hard/core"
	quiet_make B="$dir/hard" "$dir/hard/core/crc32c.o" >"$dir/lines" 2>&1
	cat "$dir/lines"
	[ "$(cat "$dir/lines")" = 'CC core/crc32c.o' ]
}

v_shows() {
	rm -rf "$dir/hard/core"
	quiet_make V=1 B="$dir/hard" "$dir/hard/core/crc32c.o" | grep 'std=gnu11.*-c core/crc32c.c'
}

# Without apt's lists and without network. The first run finds the version by its name.
fetch_offline() {
	local version=9.9+1-1 tree=$dir/deb
	local file=$dir/bed/xen/$version deb=xen-hypervisor-4.17-amd64_${version}_amd64.deb
	mkdir -p "$tree"/{DEBIAN,boot} "$dir/bed/debs"
	echo hypervisor | gzip >"$tree/boot/xen-4.17-amd64.gz"
	printf 'Package: xen-hypervisor-4.17-amd64\nVersion: %s\nArchitecture: amd64\n%s\n' \
		"$version" 'Maintainer: a <a@b>
Description: a' >"$tree/DEBIAN/control"
	dpkg-deb --build "$tree" "$dir/bed/debs/$deb" || return
	PATH=$dir/fake:$PATH testbed/fetch "$dir/bed" - xen 9.9 || return
	[ "$(cat "$file")" = hypervisor ] &&
		PATH=$dir/fake:$PATH testbed/fetch "$dir/bed" - xen "" | grep -Fx "$file"
}

fake_apt
A=6.1.0-57-amd64
result 'kver: by version, not by letters' kver_is $A 6.1.0-49-amd64 6.1.0-9-amd64 6.1.0-49-amd64
result 'kver: 10 comes after 9' kver_is $A 6.10.2-amd64 6.9.7-amd64 6.10.2-amd64 6.1.0-57-amd64
result 'kver: a plain kernel takes neither rt nor cloud' \
	kver_is $A 6.1.0-9-amd64 6.1.0-9-amd64 6.1.0-49-rt-amd64 6.1.0-50-cloud-amd64
result 'kver: a cloud kernel takes cloud' \
	kver_is 6.1.0-9-cloud-amd64 6.1.0-9-cloud-amd64 6.1.0-9-cloud-amd64 6.1.0-49-amd64
result 'kver: an rt kernel takes rt' \
	kver_is 6.1.0-9-rt-amd64 6.1.0-10-rt-amd64 6.1.0-9-rt-amd64 6.1.0-10-rt-amd64 6.1.0-49-amd64
result 'kver: without headers of that flavour, the plain one' \
	kver_is 6.1.0-9-cloud-amd64 6.1.0-49-amd64 6.1.0-49-amd64 6.1.0-50-rt-amd64
result "kver: a kernel that is not Debian's takes the plain one" \
	kver_is 6.18.44-x 6.1.0-49-amd64 6.1.0-49-amd64 6.1.0-50-rt-amd64
result "kver: backports' names" kver_is $A 6.12.9+bpo-amd64 6.12.9+bpo-amd64 6.1.0-49-amd64
result 'kver: no headers, no name' kver_is $A ''
result 'depends check fails for a missing package, and installs nothing' depends_says
grep -q "^install them, as root: apt-get install .*no-such-package-$$\$" "$dir/said"
verdict $? 'it says the command that installs it'
! grep -q "dpkg" "$dir/said"
verdict $? 'and nothing of those that are there'
result 'make install: every file, with modes of its own, under umask 077' installs
result 'another program is built with pkg-config' third_links
result 'make uninstall: nothing is left, of other kernels neither' uninstalls
result "the user's flags come last, and the payload has its own" flags_reach
result "hardened as Debian's packages are" hardened_builds
result 'a line a step' line_a_step
result 'V=1 shows commands' v_shows
result '-Werror is not for make' eval '! commands | grep -e "-Werror\|WERROR=-W"'
result 'but for the checks' eval 'commands WERROR=-Werror | grep -q -e "-Wshadow -Werror"'
result 'the hypervisor out of what was fetched, without apt' fetch_offline
result 'make help names each goal' \
	eval 'for g in deps install uninstall check check-fast soak demo bench coverage bed; do
		quiet_make -s help | grep -q "^make $g " || { echo "$g"; exit 1; }; done'
echo "1..$n"
