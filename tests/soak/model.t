#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# model.t: the extension on the model of Xen, for as long as make check has no time for: faults that
# last, and $FUZZ_SECONDS (600) of fuzzing.
set -u
B=${B:-build}
echo 1..2
if FAULTS=lasting "$B/model/test_faults" >"$B/model/lasting.log" 2>&1; then
	echo "ok 1 - every call of Xen fails from one on, in every command"
else
	echo "not ok 1 - every call of Xen fails from one on, in every command"
	tail -n 5 "$B/model/lasting.log" | sed 's/^/# /'
fi
mkdir -p "$B/fuzz/found/fuzz_model"
if "$B/fuzz/fuzz_model" -max_total_time="${FUZZ_SECONDS:-600}" -max_len=300 -len_control=0 \
	-artifact_prefix="$B/fuzz/fuzz_model-" \
	"$B/fuzz/found/fuzz_model" "$B/fuzz/seeds" >"$B/fuzz/fuzz_model-soak.log" 2>&1; then
	echo "ok 2 - fuzz_model: $(grep -a '^Done' "$B/fuzz/fuzz_model-soak.log")"
else
	echo "not ok 2 - fuzz_model"
	tail -n 30 "$B/fuzz/fuzz_model-soak.log" | sed 's/^/# /'
fi
