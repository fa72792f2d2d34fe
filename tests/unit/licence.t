#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every file has a licence and a copyright line, and its full text is there (reuse lint).
# .reuse/dep5 covers files that cannot name a licence, so two more things are looked at: each file
# that can names one itself, and .reuse/dep5 says the same of it. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0
tag=SPDX-License-Identifier	# not a tag itself: reuse looks for it with a colon

result() {
	local rc=$?
	[ $rc = 0 ] && echo "ok $((++tests)) - $1" || {
		echo "not ok $((++tests)) - $1"
		sed 's/^/# /' "$work/said"
	}
}

# Data and prose, which have no place for it.
cannot='^(VERSION|LICENSES/.*|\.reuse/.*|\.gitignore|.*\.md|.*\.cfg|tests/data/.*\.(hex|script)|'
cannot+='.*\.facts|testbed/packages.*|packaging/(.*-depends|.*\.modprobe)|'
cannot+='debian/(changelog|control|copyright|source/format|.*\.install))$'

[ -d .git ] || [ -f .git ] || {
	echo "1..0 # SKIP no git repository: which files are the project's is not known"
	exit 0
}
reuse lint >"$work/said" 2>&1
result "reuse lint"

git ls-files -co --exclude-standard | grep -vE "$cannot" >"$work/files"
# FILE LICENCE, a line each: of the first five lines of each file, and as reuse has it, which adds
# up what file and .reuse/dep5 say.
xargs awk -v tag="$tag:" 'FNR <= 5 && i = index($0, tag) {
	n = split(substr($0, i + length(tag)), word, /[^A-Za-z0-9.-]+/)
	for (i = 1; i <= n; i++)
		if (word[i] ~ /[A-Za-z]/ && word[i] != "OR") print FILENAME, word[i]
	}' <"$work/files" | sort -u >"$work/named"
reuse spdx 2>/dev/null | sed -nE 's,^FileName: \./,FILE ,p; s,^LicenseInfoInFile: ,,p' |
	awk 'NR == FNR { wanted[$0]; next } /^FILE / { file = $2; next } file in wanted {
		print file, $0 }' "$work/files" - | sort -u >"$work/reuse"

cut -d' ' -f1 "$work/named" | sort -u | comm -13 - <(sort "$work/files") >"$work/said"
[ ! -s "$work/said" ] && [ -s "$work/named" ]
result "each file that can name its licence does"
diff "$work/named" "$work/reuse" >"$work/said"
result ".reuse/dep5 says the same"
echo "1..$tests"
