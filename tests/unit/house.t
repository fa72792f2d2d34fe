#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What can be counted of how the files look: lines of 100 columns at most, source files of 500 lines
# at most, one name for one thing, and no word that codespell knows to be wrong. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0

result() {
	if [ ! -s "$work/said" ]; then
		echo "ok $((++tests)) - $1"
	else
		echo "not ok $((++tests)) - $1"
		head -n 40 "$work/said" | sed 's/^/# /'
	fi
}

[ -e .git ] || {
	echo "1..0 # SKIP no git repository: which files are the project's is not known"
	exit 0
}
git ls-files -co --exclude-standard | grep -v '^LICENSES/' |
	while read -r file; do [ ! -f "$file" ] || echo "$file"; done >"$work/files"

while read -r file; do
	expand "$file" | awk -v at="$file" 'length > 100 { print at ":" NR ": " length " columns" }'
done <"$work/files" >"$work/said"
result "no line is longer than 100 columns"

grep -E '\.[ch]$|\.t$|^testbed/|^bench/' "$work/files" |
	xargs -d '\n' awk 'FNR == 501 { print FILENAME ": more than 500 lines" }' >"$work/said"
result "no source file is longer than 500 lines"

# Files of these names are about the same thing: the command, the record, one verb in Xen and in the
# tool. Each program has one main.c.
same='command|erase|handover|main|namespace|record|release|ssdt|status'
sed -n 's,^.*/\([^/]*\)\.c$,\1,p' "$work/files" | sort | uniq -d | grep -vxE "$same" >"$work/said"
result "no base name of a C file means two things"

grep -vE '^tests/(data|fuzz)/' "$work/files" | xargs -d '\n' codespell -L nd,larg,bu,fo \
	>"$work/said" 2>&1
# nd: nd_pmem, /sys/bus/nd; LARG: an argument of AML; bu: a bullet of man; fo: half a "foo".
result "codespell finds no misspelt word"
echo "1..$tests"
