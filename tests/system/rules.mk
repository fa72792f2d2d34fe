# SPDX-License-Identifier: GPL-2.0-only
# System tests: each *.t boots the bed, and runs in dom0 what it finds there; programs that they take along are built here.

SYSTEM_BIN := $(B)/system/rawcmd
# The longest first, so that two at a time end together.
SYSTEM_TAP := $(shell ls tests/system/*.t | sort -t/ -k3 | awk '/bed|powercut/ { print; next } { rest = rest "\n" $$0 } END { print rest }')
# inject.ko too: the tests that take it would build it at the same time.
ALL += $(SYSTEM_BIN) $(INJECT)

$(B)/system/%: tests/system/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $< -o $@ -lxencall -lxenctrl
