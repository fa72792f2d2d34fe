#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The manual pages: each verb has one, with the options of its --help; they name only pages that
# exist, and can be read in a terminal of 80 columns. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
B=${B:-build}
tool=$B/tool/xen-pmem
said=$(mktemp)
text=$(mktemp)
trap 'rm -f "$said" "$text"' EXIT
tests=0

result() {
	[ "$1" = 0 ] && echo "ok $((++tests)) - $2" && return
	echo "not ok $((++tests)) - $2"
	sed 's/^/# /' "$said"
}

# The check before it wrote into $said what is wrong.
nothing_wrong() {
	[ ! -s "$said" ]
	result $? "$1"
}

# Reads text, prints the options in it, one a line.
options_find() {
	grep -oE -- '(^|[^a-zA-Z0-9-])--?[a-zA-Z][a-z-]*' | grep -oE -- '--?[a-zA-Z].*' | sort -u
}

# Reads what --help prints: options in the usage, and those that begin a line.
help_options() {
	awk '	/^[ \t]+-/ { sub(/^[ \t]+/, ""); sub(/  .*/, ""); print; next }
		/^usage:/ || (usage && /^[ \t]/) { usage = 1; print; next }
		{ usage = 0 }' | options_find
}

# The tags in the section OPTIONS of a page: for each option a line with all its spellings.
page_tags() {
	sed -E 's/\\-/-/g; s/\\f[BIR]/ /g' "$1" | awk '
		/^\.SH/ { options = /OPTIONS/ }
		options && tag { sub(/^\.[A-Z]+ /, ""); gsub(/[",]/, " "); print }
		{ tag = /^\.T[PQ]$/ }'
}

# help_lacks HELP TAGS: the tags of which no spelling is in the help
help_lacks() {
	local words=" ${1//[^a-zA-Z0-9-]/ } " tag each found
	while read -r tag; do
		found=
		for each in $tag; do
			[[ $each != -* || $words != *" $each "* ]] || found=yes
		done
		[ "$found" ] || echo "$tag"
	done <<<"$2"
}

# The pages of ours that a page names.
references() {
	sed 's/\\-/-/g' "$1" | sed -nE 's/^\.BR (xen-pmem[a-z-]*) \(([0-9])\).*/\1.\2/p' | sort -u
}

references_missing() {
	local each
	for each in $(references "$1"); do
		[ -e "docs/man/$each" ] || echo "$each"
	done
}

# Warnings, and lines that are too long.
page_format() {
	{ groff -man -Tutf8 -ww -rLL=80n -P-cbou "$1" >"$text"; } 2>&1
	[ -s "$text" ] || echo "groff prints nothing"
	LC_ALL=C.UTF-8 grep -E '.{81}' "$text"
}

verb_check() {
	local verb=$1 page=docs/man/xen-pmem-$1.8 help tags
	grep -qx "\.SY xen\\\\-pmem\\\\ ${verb//-/\\\\-}" "$B/man/${page##*/}" 2>"$said"
	result $? "$verb has a page, with its synopsis"
	[ -e "$page" ] || return
	help=$("$tool" "$verb" --help)
	tags=$(page_tags "$page")
	comm -23 <(help_options <<<"$help") <(options_find <<<"$tags $common") >"$said"
	nothing_wrong "$verb: the page, or the overview, has each option of --help"
	[ -z "$tags" ] || help_lacks "$help" "$tags" >"$said"
	nothing_wrong "$verb: --help has each option of the page"
	grep -qx "xen-pmem-$verb.8" <<<"$overview"
	result $? "$verb is in the overview"
}

page_check() {
	local name=${1##*/} verb
	verb=$(sed -nE 's/^xen-pmem-(.*)\.8$/\1/p' <<<"$name")
	[ -z "$verb" ] || grep -qx -- "$verb" <<<"$verbs"
	result $? "$name is the page of a verb, or not of section 8"
	references_missing "$1" >"$said"
	nothing_wrong "$name: the pages that it names exist"
	page_format "$B/man/$name" >"$said"
	nothing_wrong "$name: groff has no warning, and no line more than 80 columns"
}

# The states of the JSON Schema, which xen-pmem list --help and its page name as well.
states_check() {
	local help state
	help=$("$tool" list --help | tr -s '\n ' ' ')
	jq -r '.definitions | .namespace, .file | .properties.state.enum[]' docs/json-schema.json |
		sort -u | while read -r state; do
		[[ $help =~ [:,]\ $state(\ \(|,) ]] || echo "list --help lacks the state $state"
		grep -qx "\.B $state" docs/man/xen-pmem-list.8 || echo "the page lacks $state"
	done >"$said" 2>&1
	nothing_wrong "list: --help and the page have each state of docs/json-schema.json"
}

verbs=$("$tool" --help | sed -nE 's/^  ([a-z][a-z-]*) .*/\1/p')
[ "$(wc -w <<<"$verbs")" -ge 17 ]
result $? "xen-pmem --help names the verbs"
overview=$(references docs/man/xen-pmem.8)
common=$(page_tags docs/man/xen-pmem.8)
for verb in $verbs; do
	verb_check "$verb"
done
for page in docs/man/*; do
	page_check "$page"
done
states_check
echo "1..$tests"
