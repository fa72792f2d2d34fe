# SPDX-License-Identifier: GPL-2.0-only
# What differs between the releases of Debian that a host of the bed can be of; sourced by fetch and
# mkroot. They want $bed; $BED_DEBIAN, 12 if not given, is the release.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables are for those who source this

BED_DEBIAN=${BED_DEBIAN:-12}
case $BED_DEBIAN in
12) codename=bookworm xen_series=4.17 t64='' ;;
13) codename=trixie xen_series=4.20 t64=t64 ;;
*)
	echo "testbed: Debian $BED_DEBIAN is not one that the bed knows: 12 or 13" >&2
	exit 125
	;;
esac

# sources_copy FILE FOLDER: a list of apt's of this machine, of the bed's release
sources_copy() {
	local own
	own=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$own" ] && [ -e "$1" ] && grep -q "\<$own\>" "$1" || return 0
	sed "s/\<$own\>/$codename/g" "$1" >"$2/${1##*/}"
}

# apt_own: from here on apt has lists, a cache and an empty record of installed packages of the
# bed's own, in $bed/apt; sources, keys and proxies are the machine's. Nothing here needs root.
apt_own() {
	local file apt=$bed/apt
	mkdir -p "$apt"/{sources,lists/partial,archives/partial}
	: >"$apt/status"
	rm -f "$apt"/sources/*
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
		sources_copy "$file" "$apt/sources"
	done
	cat >"$apt/conf" <<-END
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$apt/sources";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State::lists "$apt/lists";
		Dir::State::status "$apt/status";
		Dir::State::extended_states "$apt/states";
		Dir::Cache "$apt";
		APT::Install-Recommends "false";
		APT::Sandbox::User "";
		Debug::NoLocking "true";
	END
	export APT_CONFIG=$apt/conf
}

[ "$BED_DEBIAN" = 12 ] || apt_own
