#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# docs/json-schema.json: what the tool prints with --json is in it, and docs/json.md explains what
# is in it. Where Python has jsonschema, the documents of refused verbs are checked against it. TAP.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1
tool=$(readlink -f "${B:-build}/tool/xen-pmem")
schema=docs/json-schema.json
said=$(mktemp)
trap 'rm -f "$said"' EXIT
tests=0

nothing_wrong() {
	[ ! -s "$said" ] && echo "ok $((++tests)) - $1" && return
	echo "not ok $((++tests)) - $1"
	sed 's/^/# /' "$said"
}

# same WHAT: the lists on file descriptors 3 and 4 are equal, whatever their order.
same() {
	diff <(sort -u <&3) <(sort -u <&4) >"$said"
	nothing_wrong "$1"
}

verb_arrays() {
	sed -nE 's/^\t\t\.json = "(.*)",$/\1/p' tool/verbs/*.c | tr ' ' '\n' | grep .
}

verb_names() {
	grep -l '^		\.json = "' tool/verbs/*.c | sed 's,.*/,,; s/\.c$//'
}

document_check() {
	"$tool" "$@" --json </dev/null 2>/dev/null | python3 -c '
import json, sys, jsonschema
jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))' $schema >"$said" 2>&1
	nothing_wrong "the document of $* is as the schema says"
}

documents_check() {
	if [ -e /dev/xen/privcmd ] || ! python3 -c 'import jsonschema' 2>/dev/null; then
		echo "ok $((++tests)) - documents of verbs # SKIP Xen runs, or no jsonschema"
		return
	fi
	document_check list
	document_check status
	document_check check
	document_check init --dry-run xen-pmem
	document_check release --dry-run
	document_check start-all --dry-run
	document_check monitor --once
}

same "each verb with --json is in the schema" 3< <(verb_names) \
	4< <(jq -r '.properties.verb.enum[]' $schema)
same "each array of a verb is in the schema" 3< <(verb_arrays) \
	4< <(jq -r '.properties | to_entries[] | select(.value.type == "array").key' $schema |
	     grep -vx -e warnings -e errors)
jq -r '.. | .properties? // empty | keys[]' $schema | sort -u | while read -r member; do
	grep -qF "\`$member\`" docs/json.md || echo "docs/json.md lacks $member"
done >"$said"
nothing_wrong "docs/json.md has each member of the schema"
sed -nE 's/^\| (`[^|]*) \|.*/\1/p' docs/json.md | grep -o '`[^`]*`' | tr -d '`' | sort -u |
	while read -r member; do
		jq -e --arg m "$member" 'any(.. | .properties? // empty; has($m))' $schema \
			>/dev/null || echo "the schema lacks $member"
	done >"$said"
nothing_wrong "the schema has each member of the tables in docs/json.md"
documents_check
echo "1..$tests"
