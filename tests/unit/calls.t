#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The calls of the shipped programs go one way (tests/unit/parts), and tests/unit/calls would find
# one that does not: it is tried on small programs that are right, and wrong in each way. TAP.
set -u
here=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "${B:-build}")
cd "$here/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0

result() {	# STATUS TITLE
	if [ "$1" = 0 ]; then
		echo "ok $((++tests)) - $2"
	else
		echo "not ok $((++tests)) - $2"
		sed 's/^/# /' "$work/said"
	fi
}

# program_make FILE=FUNCTION:CALLEE...: a program of one function a file, compiled.
program_make() {
	local each file function callee
	rm -rf "$work/src" "$work/build"
	for each; do
		file=${each%%=*} function=${each#*=}
		callee=${function#*:} function=${function%%:*}
		mkdir -p "$work/src/${file%/*}" "$work/build/${file%/*}"
		echo "void $callee(void); void $function(void);" \
			"void $function(void) { $callee(); }" >"$work/src/$file"
		${CC:-gcc} -c "$work/src/$file" -o "$work/build/${file%.c}.o" || exit 1
	done
}

calls_run() {	# LAYOUT: its exit status; what it printed is in said
	echo "program . $1" >"$work/parts"
	(cd "$work/src" && "$here/calls" "$work/parts" "$work/build") >"$work/said" 2>&1
}

program_make up/a.c=a:b up/b.c=b:c down/c.c=c:outside
calls_run 'up > down'
result $? "calls downwards, and inside of a part, are right"

calls_run 'down > up'
[ $? = 1 ] && grep -qx 'up/b.c: calls c() of down/c.c, against the order of the parts' "$work/said"
result $? "a call upwards is found, with the function's name"

calls_run 'up down'
[ $? = 1 ] && grep -q '^up/b.c: calls c() of down/c.c' "$work/said"
result $? "a call between two parts on one floor is found"

program_make up/a.c=a:b up/b.c=b:c up/c.c=c:a
calls_run up
[ $? = 1 ] && grep -q 'circle' "$work/said" && [ "$(grep -c '^up/[abc].c$' "$work/said")" = 3 ]
result $? "a circle inside of a part is found, with its files"

rm "$work/build/up/b.o"
calls_run up
[ $? = 2 ]
result $? "a missing object is an error, not a pass"

"$here/calls" "$here/parts" "$build" >"$work/said" 2>&1
result $? "the calls of xen-pmem, of its module and of its payload go one way"
echo "1..$tests"
